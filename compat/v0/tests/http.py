"""A client with headers, cookies, a session and a user."""

import copy
import json as json_module
import types
from typing import Any, Dict, Optional

from django.apps import apps
from django.conf import settings

from ..sessions import session_for_reply_channel
from .base import Client


class HttpClient(Client):
    """Stands for one browser. Arguments as for :class:`Client`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session: Any = None
        self._headers: Dict[str, Any] = {}
        self._cookies: Dict[str, str] = {}

    def set_cookie(self, key: str, value: str) -> None:
        """Send this cookie from now on."""
        self._cookies[key] = value

    def set_header(self, key: str, value: Any) -> None:
        """Send this header from now on.

        Raises:
            ValueError: it is the header of cookies, for which there is :meth:`set_cookie`.
        """
        if key == "cookie":
            raise ValueError("Use set_cookie method for cookie header")
        self._headers[key] = value

    def get_cookies(self) -> Dict[str, Any]:
        """All cookies, that of the session among them."""
        cookies = dict(self._cookies)
        if apps.is_installed("django.contrib.sessions"):
            cookies[settings.SESSION_COOKIE_NAME] = self.session.session_key
        return cookies

    @property
    def headers(self) -> Dict[str, Any]:
        cookie = "; ".join(f"{key}={value}" for key, value in self.get_cookies().items())
        return {**copy.deepcopy(self._headers), "cookie": cookie.encode("ascii")}

    @property
    def session(self) -> Any:
        """The browser's session; before somebody signs in, also that of the reply channel.

        Raises:
            OSError: there is no ``django.contrib.sessions`` in INSTALLED_APPS.
        """
        if not apps.is_installed("django.contrib.sessions"):
            raise OSError("Add django.contrib.sessions to the INSTALLED_APPS to use session")
        if self._session is None:
            self._session = session_for_reply_channel(self.reply_channel)
        return self._session

    def receive(self, json: bool = True) -> Any:
        """The text of the oldest message on our reply channel, decoded if ``json``; None if there is none."""
        content = super().receive()
        if not content:
            return None
        return json_module.loads(content["text"]) if json else content["text"]

    def send(
        self, to: str, content: Dict[Any, Any] = {}, text: Any = None, path: str = "/"  # noqa: B006
    ) -> None:
        """Send a copy of ``content`` to the channel ``to``, with what a server would add.

        Args:
            text: the frame; anything but a str is sent as JSON.
            path: the path, unless ``content`` has one.
        """
        content = copy.deepcopy(content)
        content.setdefault("reply_channel", self.reply_channel)
        content.setdefault("path", path)
        content.setdefault("headers", self.headers)
        text = text or content.get("text")
        if text is not None:
            content["text"] = text if isinstance(text, str) else json_module.dumps(text)
        self.channel_layer.send(to, content)

    def send_and_consume(  # type: ignore[override]
        self,
        channel: str,
        content: Dict[Any, Any] = {},  # noqa: B006
        text: Any = None,
        path: str = "/",
        fail_on_none: bool = True,
    ) -> Any:
        """:meth:`send` and :meth:`consume`."""
        self.send(channel, content, text, path)
        return self.consume(channel, fail_on_none=fail_on_none)

    def login(self, **credentials: Any) -> bool:
        """Sign in; whether the credentials are right and the user is active."""
        from django.contrib.auth import authenticate

        user: Any = authenticate(**credentials)
        if not (user and user.is_active and apps.is_installed("django.contrib.sessions")):
            return False
        self._login(user)
        return True

    def force_login(self, user: Any, backend: Optional[str] = None) -> None:
        """Sign ``user`` in without a password."""
        user.backend = backend or settings.AUTHENTICATION_BACKENDS[0]
        self._login(user)

    def _login(self, user: Any) -> None:
        from django.contrib.auth import login

        login(types.SimpleNamespace(session=self.session, META={}), user)
        self.session.save()
