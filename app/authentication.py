"""From a credential to a principal: API keys of partners, JWTs of people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.passwords import API_KEY_PREFIX, fingerprint
from app.resources import OpenWork
from app.tokens import Tokens
from db.directory import Directory
from domain.access import Principal
from domain.api_keys import holder, is_use_due


class Authenticator:
    """Finds who calls. The account comes from the credential alone."""

    def __init__(
        self,
        tokens: Tokens,
        directory: Directory,
        open_work: OpenWork,
        now: Callable[[], datetime],
    ) -> None:
        self._tokens = tokens
        self._directory = directory
        self._open_work = open_work
        self._now = now

    async def principal_of(self, authorization: str | None) -> Principal | None:
        """Give who presents this Authorization header; None for none, a wrong or an expired one."""
        scheme, _, credential = (authorization or "").strip().partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            return None
        if credential.startswith(API_KEY_PREFIX):
            return await self._of_api_key(credential)
        return await self._of_jwt(credential)

    async def _of_api_key(self, secret: str) -> Principal | None:
        entry, now = await self._directory.api_key(fingerprint(secret)), self._now()
        if entry is None:
            return None
        key = entry.key
        principal = holder(entry.account_id, key, is_present=entry.is_present, now=now)
        if principal is not None and is_use_due(key, now):
            async with self._open_work(entry.account_id) as work:
                await work.api_keys.note_use(key.id, now)
        return _signed_in(principal, f"API key {key.id}")

    async def _of_jwt(self, token: str) -> Principal | None:
        claimed = await self._tokens.read(token)
        if claimed is None:
            return None
        principal = await self._directory.person(claimed.account_id, claimed.employee_id)
        signed_in = _signed_in(principal, "token")
        if signed_in is None:
            return None
        return replace(
            signed_in,
            valid_until=claimed.valid_until,
            scopes=claimed.scopes,
            trusted_only=claimed.trusted_only,
        )


def _signed_in(principal: Principal | None, credential: str) -> Principal | None:
    return None if principal is None else replace(principal, credential=credential)
