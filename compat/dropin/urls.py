"""``django.conf.urls.url`` as it was: also where Django has removed it, and with a view given by its dotted name."""

import functools
import warnings
from typing import Any, Callable

from django.conf import urls
from django.urls import re_path
from django.utils.module_loading import import_string

from compat.guide import see


def restore() -> None:
    """Put it there; nothing happens the second time."""
    native: Callable[..., Any] = getattr(urls, "url", re_path)
    if not hasattr(native, "takes_names"):
        urls.url = taking_names(native)


def taking_names(native: Callable[..., Any]) -> Callable[..., Any]:
    """``native``, which takes a view's dotted name too.

    Args:
        native: makes a URL pattern of (regular expression, view, kwargs, name).
    """

    @functools.wraps(native)
    def url(regex: str, view: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(view, str):
            warnings.warn(
                f"url({regex!r}, {view!r}): Django takes the view itself, not its name. Import it, and write "
                f"{view.rpartition('.')[2]} without quotes. {see('dotted-view')}",
                stacklevel=2,
            )
            view = import_string(view)
        return native(regex, view, *args, **kwargs)

    url.takes_names = True  # type: ignore[attr-defined]
    return url
