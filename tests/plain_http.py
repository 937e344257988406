"""HTTP clients for services of ours, none of which encrypts."""

import ssl
from functools import cache
from typing import Any

import httpx


def http_client(**settings: Any) -> httpx.AsyncClient:
    """Give a client that reads no certificates: that takes longer than most of what it is for."""
    return httpx.AsyncClient(verify=_trusts_nobody(), **settings)


@cache
def _trusts_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
