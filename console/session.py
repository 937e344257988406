"""A page's sign-in: its credential in a cookie that no script reads, taken from our own page only.

The cookie holds the credential itself, so that it ends when that does, and what is withdrawn holds
no longer. Whoever sends a credential of another kind needs no cookie: `Authorization` goes first.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What our page sends with each request. Another origin's page would have to ask for leave to.
#: Its value: the sign-in that the page shows, as an answer to it named that; at first ANYBODY's.
PAGE_HEADER: Final = "x-instep-console"
ANYBODY: Final = "1"
SIGN_IN_HEADER: Final = "x-instep-sign-in"
_API: Final = "/graphql"
#: Source: RFC 6750, section 2.1.
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LONGEST_SECONDS: Final = 12 * 60 * 60
_LARGEST_BODY_BYTES: Final = 16 * 1024
#: Browsers silently drop a cookie of more than 4,096 bytes, its name and attributes included.
_LONGEST_CREDENTIAL: Final = 3_900
_TOO_LONG: Final = (
    f"This token is longer than {_LONGEST_CREDENTIAL} characters, so the browser cannot keep it."
    " Get one with fewer claims, or sign in with an API key."
)
_NOT_OURS: Final = "This is answered to the console's own page only."
_NO_CREDENTIAL: Final = 'Send JSON: {"credential": "<token or API key>"}.'
_REFUSED: Final = "This credential does not hold: it is wrong, or it has ended. Get a new one."
_AWAY: Final = "The service cannot reach its database for the moment. Try again in a few seconds."
_ANOTHER: Final = (
    "Somebody else signed in meanwhile, perhaps in another tab: nothing was done in their name."
)
_NO_DEMO: Final = "There is no demo account here: sign in with a token or an API key."


class Unavailable(Exception):
    """Whether a credential holds cannot be told for the moment."""


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody whose credential holds; None: it has no end of its own."""

    valid_until: datetime | None


#: Tells whether a credential holds; None when it does not. Raises Unavailable.
Check = Callable[[str], Awaitable[SignedIn | None]]


class Session:
    """Signs the page in and out."""

    def __init__(
        self,
        check: Check,
        now: Callable[[], datetime],
        *,
        is_secure: bool,
        demo_credential: Callable[[], str | None],
    ) -> None:
        self._check = check
        self._now = now
        self._is_secure = is_secure
        self._demo_credential = demo_credential

    async def answer(self, request: Request) -> Response:
        """Answer GET (what can be signed in with), POST (sign in) and DELETE (sign out)."""
        if request.method == "GET":
            return JSONResponse({"demo": self._demo_credential() is not None})
        if not _is_own_page(request.scope, request.headers):
            return _told(403, _NOT_OURS)
        if request.method == "DELETE":
            return self._sign_out(request)
        return await self._sign_in(request)

    def _sign_out(self, request: Request) -> Response:
        credential = request.cookies.get(cookie_name(is_secure=self._is_secure), "")
        if _is_credential(credential) and not _is_of(request.scope, credential):
            return _told(409, _ANOTHER)
        return self._with_cookie("", 0)

    async def _sign_in(self, request: Request) -> Response:
        try:
            credential = self._named(_wish(await _body(request)))
            found = await self._check(credential)
        except _Refused as refusal:
            return _told(refusal.status, str(refusal))
        except Unavailable:
            return _told(503, _AWAY)
        if found is None:
            return _told(401, _REFUSED)
        return self._with_cookie(credential, self._lasts(found))

    def _named(self, wish: Mapping[str, object]) -> str:
        if wish.get("demo") is True:
            credential = self._demo_credential()
            if credential is None:
                raise _Refused(404, _NO_DEMO)
            return credential
        given = wish.get("credential")
        if not isinstance(given, str) or not _is_credential(given):
            raise _Refused(400, _NO_CREDENTIAL)
        if len(given) > _LONGEST_CREDENTIAL:
            raise _Refused(400, _TOO_LONG)
        return given

    def _lasts(self, found: SignedIn) -> int:
        if found.valid_until is None:
            return _LONGEST_SECONDS
        left = int((found.valid_until - self._now()).total_seconds())
        return max(0, min(left, _LONGEST_SECONDS))

    def _with_cookie(self, value: str, seconds: int) -> Response:
        response = Response(status_code=204)
        response.set_cookie(
            cookie_name(is_secure=self._is_secure),
            value,
            max_age=seconds,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="strict",
        )
        return response


class CookieSignIn:
    """Hands the API the credential of our own page's cookie, as if it had been sent."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._name = cookie_name(is_secure=is_secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does; 409 to a page that shows another one's sign-in."""
        credential = self._credential(scope)
        if credential is None:
            await self._app(scope, receive, send)
            return
        if not _is_of(scope, credential):
            await _told(409, _ANOTHER)(scope, receive, send)
            return
        mark = _mark(credential)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[SIGN_IN_HEADER] = mark
            await send(message)

        sent = (b"authorization", f"Bearer {credential}".encode("latin-1"))
        await self._app({**scope, "headers": [*scope["headers"], sent]}, receive, marked)

    def _credential(self, scope: Scope) -> str | None:
        """Give the cookie's, when it is our page that asks the API and sends none of its own."""
        if scope["type"] not in ("http", "websocket") or scope["path"] != _API:
            return None
        headers = Headers(scope=scope)
        if "authorization" in headers or not _is_own_page(scope, headers):
            return None
        credential = cookie_parser(headers.get("cookie", "")).get(self._name, "")
        return credential if _is_credential(credential) else None


def _is_of(scope: Scope, credential: str) -> bool:
    """Tell whether the page shows this sign-in; a socket has no such header, and only tells."""
    return Headers(scope=scope).get(PAGE_HEADER, ANYBODY) in {ANYBODY, _mark(credential)}


def _mark(credential: str) -> str:
    """Name the sign-in by this credential, so that nobody finds the credential by the name."""
    return hashlib.sha256(b"console sign-in:" + credential.encode("latin-1")).hexdigest()[:32]


def cookie_name(*, is_secure: bool) -> str:
    """Give the cookie's name; browsers take the longer one over TLS, from this very host, only."""
    return "__Host-instep" if is_secure else "instep"


def _is_own_page(scope: Scope, headers: Headers) -> bool:
    """Tell whether a page of ours asks; a socket has no header of its own, but always an origin."""
    origin = headers.get("origin")
    is_ours = origin is not None and urlsplit(origin).netloc == headers.get("host")
    if scope["type"] == "websocket":
        return is_ours
    is_same_site = headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return PAGE_HEADER in headers and is_same_site and (is_ours or origin is None)


def _is_credential(text: str) -> bool:
    return _CREDENTIAL.fullmatch(text) is not None


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY_BYTES:
            raise _Refused(413, _NO_CREDENTIAL)
    return body


def _wish(body: bytes) -> Mapping[str, object]:
    try:
        wish = json.loads(body)
    except ValueError:
        raise _Refused(400, _NO_CREDENTIAL) from None
    if not isinstance(wish, dict):
        raise _Refused(400, _NO_CREDENTIAL)
    return wish


def _told(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)
