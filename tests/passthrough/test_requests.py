"""An error in a view that nobody has handled, on both stacks."""

import importlib
import sys
import types
from typing import Any

import pytest
from django.http import HttpResponse
from django.test.utils import override_settings
from django.urls import get_resolver
from support.layers import make_layer

from compat.v0.exceptions import ResponseLater
from compat.v0.handler import AsgiHandler, AsgiRequest
from compat.v0.message import Message


def page(request: Any, *args: Any) -> HttpResponse:
    return HttpResponse("the project's page", status=500)


def broken_page(request: Any, *args: Any) -> HttpResponse:
    raise LookupError("of the page")


def response_to(error: Exception, error_page: Any, debug: bool = False) -> Any:
    urls: Any = types.ModuleType("urls_of_the_test")
    urls.urlpatterns, urls.handler500 = [], error_page
    with override_settings(DEBUG=debug, ALLOWED_HOSTS=["*"]):
        content = {"path": "/", "method": "GET", "reply_channel": "reply", "server": ["there", 80]}
        request = AsgiRequest(Message(content, "http.request", make_layer([])))
        try:
            raise error
        except Exception:
            return AsgiHandler().handle_uncaught_exception(request, get_resolver(urls), sys.exc_info())


def test_the_page_of_the_project_answers() -> None:
    response = response_to(ValueError("of the view"), page)
    assert (response.status_code, response.content) == (500, b"the project's page")


def test_an_error_in_that_page_is_told_in_plain_text() -> None:
    response = response_to(ValueError("of the view"), broken_page)
    assert (response.status_code, response["Content-Type"]) == (500, "text/plain")
    assert response.content == b"Internal Server Error"


def test_with_debug_the_plain_text_is_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("django.views.debug"), "technical_500_response", broken_page)
    response = response_to(ValueError("of the view"), page, debug=True)
    assert response["Content-Type"] == "text/plain"
    assert "LookupError: of the page" in response.content.decode()


def test_an_answer_that_somebody_else_gives_is_no_error() -> None:
    with pytest.raises(ResponseLater):
        response_to(ResponseLater(), page)
