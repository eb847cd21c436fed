"""Static files for development, in front of the project's views."""

from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from django.conf import settings
from django.contrib.staticfiles import utils
from django.contrib.staticfiles.views import serve
from django.http import Http404

from .handler import AsgiHandler, ViewConsumer


class StaticFilesHandler(AsgiHandler):
    """Answers requests below STATIC_URL with the files of ``django.contrib.staticfiles``, and passes on all others.

    Raises:
        ImproperlyConfigured: the settings of static files are wrong.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base_url = urlparse(self.get_base_url())

    def get_base_url(self) -> str:
        """STATIC_URL, checked."""
        utils.check_settings()
        return settings.STATIC_URL  # type: ignore[no-any-return]

    def _should_handle(self, path: str) -> bool:
        # A STATIC_URL with a host is another server's.
        return not self.base_url.netloc and path.startswith(self.base_url.path)

    def file_path(self, url: str) -> str:
        """The path of the file for ``url``, as the staticfiles finders take it."""
        return url2pathname(url[len(self.base_url.path) :])

    def serve(self, request: Any) -> Any:
        """The response with the file.

        Raises:
            Http404: there is no such file.
        """
        return serve(request, self.file_path(request.path), insecure=True)

    def get_response(self, request: Any) -> Any:
        if not self._should_handle(request.path):
            return super().get_response(request)
        try:
            return self.serve(request)
        except Http404 as error:
            if not settings.DEBUG:
                return super().get_response(request)
            from django.views import debug

            return debug.technical_404_response(request, error)


class StaticFilesConsumer(ViewConsumer):
    """As ViewConsumer, with static files."""

    handler_class = StaticFilesHandler
