"""One POST to a partner's address, and never to one that the partner should not reach.

The host is resolved once, every address that comes out is judged, and the connection goes to one of
those very addresses: a name that points elsewhere a moment later changes nothing. The certificate
must be the name's. Redirects are not followed and no proxy of the environment is asked.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from ipaddress import ip_address

import httpx
import structlog

from app.clock import now
from domain.webhooks import Address, Posted, WebhookRules, asked_wait, may_receive

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: From the first look at the name to the end of the answer.
_SECONDS = 10.0
#: More of an answer is not read: its status says all.
_LARGEST_ANSWER = 4096

Resolve = Callable[[str, int], Awaitable[list[Address]]]


async def resolve(host: str, port: int) -> list[Address]:
    """Give every address of a host. Raises OSError when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]


class WebhookPost:
    """Fits `sync_worker.webhooks.WebhookTools.post`."""

    def __init__(
        self,
        rules: WebhookRules,
        *,
        resolve: Resolve = resolve,
        seconds: float = _SECONDS,
        trust: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = now,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._seconds = seconds
        self._trust = trust
        self._now = now

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        """Send it and give what was answered; whatever goes wrong there is told, not raised."""
        if self._trust is None:  # in a thread: it reads the certificates of authorities
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(self._trust, httpx.URL(url), body, headers)
        except TimeoutError:
            return Posted(error=f"No answer within {self._seconds:g} seconds.")
        except ssl.SSLError as trouble:
            return Posted(error=f"No secure connection: {_words(trouble)}.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as trouble:
            return Posted(error=f"No connection: {_words(trouble)}.")

    async def _post(
        self, trust: ssl.SSLContext, url: httpx.URL, body: bytes, headers: dict[str, str]
    ) -> Posted:
        if url.scheme != "https" and not self._rules.allows_private:
            return Posted(error="Refused: only https is sent to.")
        addresses = await self._resolve(url.host, url.port or _PORTS[url.scheme])
        if not addresses or not all(may_receive(one, self._rules) for one in addresses):
            return Posted(error="Refused: the host is of this machine or of a private network.")
        # no connection is kept: two hosts may share an address and not a certificate
        client = httpx.AsyncClient(
            verify=trust, trust_env=False, follow_redirects=False, timeout=self._seconds
        )
        placed = url.copy_with(host=str(addresses[0]))
        named = {**headers, "Host": url.netloc.decode("ascii")}
        request = client.build_request(
            "POST", placed, content=body, headers=named, extensions={"sni_hostname": url.host}
        )
        async with client:
            answer = await client.send(request, stream=True)
            try:
                await _read_a_little(answer)
            finally:
                await answer.aclose()
        wait = asked_wait(answer.headers.get("retry-after"), self._now())
        return Posted(status=answer.status_code, wait=wait)


_PORTS = {"http": 80, "https": 443}


async def _read_a_little(answer: httpx.Response) -> None:
    read = 0
    async for chunk in answer.aiter_raw():
        read += len(chunk)
        if read > _LARGEST_ANSWER:
            return


def _words(trouble: Exception) -> str:
    return str(trouble).strip().rstrip(".") or type(trouble).__name__
