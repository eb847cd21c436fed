"""``django.conf.urls.url`` takes a view by its dotted name, and is there on every Django."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import urls
from django.http import HttpResponse
from django.urls import re_path

from compat.dropin.urls import restore, taking_names


def view(request: Any) -> HttpResponse:
    return HttpResponse()


def test_a_dotted_name_is_the_view_and_a_warning() -> None:
    with pytest.warns(UserWarning, match="write view without quotes"):
        pattern = taking_names(re_path)(r"^here/$", f"{__name__}.view", name="here")
    assert pattern.callback is view
    assert pattern.name == "here"


def test_a_callable_is_taken_as_ever() -> None:
    assert taking_names(re_path)(r"^here/$", view, {"a": 1}).default_args == {"a": 1}


def test_a_wrong_name_is_an_import_error() -> None:
    with pytest.warns(UserWarning, match="takes the view itself"), pytest.raises(ImportError):
        taking_names(re_path)(r"^here/$", f"{__name__}.missing")


def test_it_is_there() -> None:
    restore()
    before = urls.url
    restore()
    assert urls.url is before
    assert before.takes_names
