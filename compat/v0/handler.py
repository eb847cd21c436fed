"""Django views as consumers of ``http.request``: messages become requests, responses become messages."""

import codecs
import email.message
import logging
import time
import traceback
from io import BytesIO
from typing import Any, Dict, Iterable, Iterator, List, Tuple, Union

from django.conf import settings
from django.core import signals
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import handle_uncaught_exception
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseServerError,
    QueryDict,
    parse_cookie,
)
from django.urls import set_script_prefix
from django.utils.functional import cached_property

from .exceptions import RequestAborted, RequestTimeout
from .exceptions import ResponseLater as ResponseLaterOuter
from .message import Message

logger = logging.getLogger("django.request")

Content = Dict[str, Any]

# Seconds before a response is offered again to a full reply channel.
_FULL_PAUSE = 0.05
# CGI knows these two without the prefix HTTP_.
_UNPREFIXED = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}


def _text(value: Union[str, bytes], encoding: str = "latin1") -> str:
    return value.decode(encoding) if isinstance(value, bytes) else value


class AsgiRequest(HttpRequest):  # type: ignore[misc]
    """A request made from a message of ``http.request``, or of another channel that has at least ``path`` and
    ``method``. Reads the whole body.

    Args:
        message: the message; its headers are pairs, or a dict of name -> value.

    Attributes:
        body_receive_timeout: seconds in which a body that comes in several messages must be complete.

    Raises:
        KeyError: the message has no ``path`` or no ``method``.
        UnicodeDecodeError: the path is no UTF-8.
        RequestTimeout: the body was not complete in time.
        RequestAborted: the client has gone.
    """

    ResponseLater = ResponseLaterOuter
    body_receive_timeout: float = 60

    def __init__(self, message: Message) -> None:
        # Not the base class's: it would set what is a property here, as it is in Django's own WSGIRequest.
        self.message = message
        self.reply_channel = message.reply_channel
        self.resolver_match = None
        self._read_started = False
        self._post_parse_error = False
        self.path = _text(message["path"], "utf-8")
        self.script_name = message.get("root_path", "")
        self.path_info = self.path[len(self.script_name) :]
        self.method = message["method"].upper()
        self.META = {**self._server_variables(), **self._header_variables()}
        self._read_content_type()
        self._body = self._whole_body()
        self._stream = BytesIO(self._body)

    def _server_variables(self) -> Content:
        message = self.message
        meta = {
            "REQUEST_METHOD": self.method,
            # As it came, which is bytes for HTTP: code of that time that decodes it is not to break.
            "QUERY_STRING": message.get("query_string", ""),
            "SCRIPT_NAME": self.script_name,
            "PATH_INFO": self.path_info,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
        }
        if message.get("client"):
            host, port = message["client"]
            meta.update(REMOTE_ADDR=host, REMOTE_HOST=host, REMOTE_PORT=port)
        if message.get("server"):
            host, port = message["server"]
            meta.update(SERVER_NAME=host, SERVER_PORT=str(port))
        return meta

    def _header_variables(self) -> Dict[str, str]:
        headers = self.message.get("headers") or []
        pairs: Iterable[Tuple[Any, Any]] = headers.items() if isinstance(headers, dict) else headers
        meta: Dict[str, str] = {}
        for name, value in pairs:
            name, value = _text(name), _text(value)
            key = _UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")
            meta[key] = f"{meta[key]},{value}" if key in meta else value
        return meta

    def _read_content_type(self) -> None:
        parser = email.message.Message()
        parser["content-type"] = self.META.get("CONTENT_TYPE", "")
        (self.content_type, _), *parameters = parser.get_params([("", "")])
        self.content_params = dict(parameters)
        try:
            codecs.lookup(self.content_params["charset"])
        except (KeyError, LookupError, TypeError):
            return
        self.encoding = self.content_params["charset"]

    def _whole_body(self) -> bytes:
        body = self.message.get("body") or b""
        channel = self.message.get("body_channel")
        deadline = time.monotonic() + self.body_receive_timeout
        more = bool(channel)
        while more:
            if time.monotonic() >= deadline:
                raise RequestTimeout
            _, chunk = self.message.channel_layer.receive_many([channel], block=True)
            if chunk is None:
                continue
            if chunk.get("closed"):
                raise RequestAborted
            body += chunk.get("content", b"")
            more = bool(chunk.get("more_content"))
        assert isinstance(body, bytes), "Body is not bytes"
        return body

    def _get_scheme(self) -> str:
        # 0.17 forgot it, and so took requests over TLS for others.
        return self.message.get("scheme") or "http"

    @cached_property  # type: ignore[untyped-decorator]
    def GET(self) -> QueryDict:  # noqa: N802
        return QueryDict(self.message.get("query_string", ""))

    @cached_property  # type: ignore[untyped-decorator]
    def COOKIES(self) -> Dict[str, str]:  # noqa: N802
        return parse_cookie(self.META.get("HTTP_COOKIE", ""))  # type: ignore[no-any-return]

    def _loaded(self, name: str) -> Any:
        if not hasattr(self, name):
            self._read_started = False
            self._load_post_and_files()
        return getattr(self, name)

    @property
    def POST(self) -> QueryDict:  # noqa: N802
        return self._loaded("_post")

    @POST.setter
    def POST(self, post: QueryDict) -> None:  # noqa: N802
        self._post = post

    @property
    def FILES(self) -> Any:  # noqa: N802
        return self._loaded("_files")


class AsgiHandler(BaseHandler):  # type: ignore[misc]
    """Runs requests through the project's middleware and views.

    Attributes:
        request_class: makes the request from a message.
        chunk_size: bytes of a response's body that one message may carry.
    """

    request_class = AsgiRequest
    chunk_size = 512 * 1024

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.load_middleware()

    def __call__(self, message: Message) -> Iterator[Content]:
        """The messages that answer ``message``; none when the view has left the answer to somebody else, or
        the client has gone."""
        set_script_prefix(message.get("root_path", ""))
        signals.request_started.send(sender=self.__class__, message=message)
        try:
            request = self.request_class(message)
        except UnicodeDecodeError:
            logger.warning("Bad Request (UnicodeDecodeError)", exc_info=True, extra={"status_code": 400})
            response = HttpResponseBadRequest()
        except RequestTimeout:
            response = HttpResponse("408 Request Timeout (upload too slow)", status=408)
        except RequestAborted:
            return
        else:
            response = self.get_response(request)
            if isinstance(response, FileResponse):
                response.block_size = self.chunk_size
            if getattr(request, "_answered_elsewhere", False):
                response.close()
                return
        yield from self.encode_response(response)
        response.close()

    def process_exception_by_middleware(self, exception: Exception, request: Any) -> Any:
        """As Django's, but a view that raises :class:`ResponseLater` has not failed."""
        if isinstance(exception, ResponseLaterOuter):
            # Not raised again: Django would turn it into an error page on its way out through the middleware.
            request._answered_elsewhere = True
            return HttpResponse()
        return super().process_exception_by_middleware(exception, request)

    def handle_uncaught_exception(self, request: Any, resolver: Any, exc_info: Any) -> Any:
        """The response to an error that nobody has handled; plain text where making the page of it fails too.

        The old Django called it only after an error in the response middleware of MIDDLEWARE_CLASSES, which are no
        more. Here it is for code that calls it.

        Args:
            resolver: the URL resolver, which knows the project's ``handler500``.
            exc_info: as ``sys.exc_info()`` has it.

        Raises:
            ResponseLater: it is the error.
        """
        if isinstance(exc_info[1], ResponseLaterOuter):
            raise exc_info[1]
        try:
            return handle_uncaught_exception(request, resolver, exc_info)
        except Exception:
            text = traceback.format_exc() if settings.DEBUG else "Internal Server Error"
            return HttpResponseServerError(text, content_type="text/plain")

    @classmethod
    def encode_response(cls, response: Any) -> Iterator[Content]:
        """The messages that carry a Django response to the client."""
        start: Content = {"status": response.status_code, "headers": cls._encode_headers(response)}
        if response.streaming:
            for part in response:
                for chunk, _ in cls.chunk_bytes(part):
                    yield {**start, "content": chunk, "more_content": True}
                    start = {}
            yield {**start, "more_content": False}
            return
        for chunk, last in cls.chunk_bytes(response.content):
            yield {**start, "content": chunk, "more_content": not last}
            start = {}

    @staticmethod
    def _encode_headers(response: Any) -> List[Tuple[bytes, bytes]]:
        # In the case in which the view gave them: some clients take "Content-Type" for another name.
        headers = [(name.encode("ascii"), str(value).encode("latin1")) for name, value in response.items()]
        cookies = [cookie.output(header="").strip().encode("ascii") for cookie in response.cookies.values()]
        return headers + [(b"Set-Cookie", cookie) for cookie in cookies]

    @classmethod
    def chunk_bytes(cls, data: bytes) -> Iterator[Tuple[bytes, bool]]:
        """``data`` in pieces of ``chunk_size``, each with whether it is the last; one empty piece for no data."""
        for position in range(0, len(data) or 1, cls.chunk_size):
            end = position + cls.chunk_size
            yield data[position:end], end >= len(data)


class ViewConsumer:
    """The consumer of ``http.request`` that answers with Django's views.

    Attributes:
        handler_class: makes the messages of the response.
    """

    handler_class = AsgiHandler

    def __init__(self) -> None:
        self.handler = self.handler_class()

    def __call__(self, message: Message) -> None:
        for reply in self.handler(message):
            self._send(message, reply)

    @staticmethod
    def _send(message: Message, reply: Content) -> None:
        while True:
            try:
                message.reply_channel.send(reply)  # type: ignore[union-attr]
                return
            except message.channel_layer.ChannelFull:
                # A slow client: its server reads on as soon as it can.
                time.sleep(_FULL_PAUSE)
