"""From a credential to a principal: API keys of partners, JWTs of people."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import structlog

from app.passwords import fingerprint
from app.resources import OpenWork
from app.settings import Settings, SettingsError
from db.directory import Directory
from domain.access import Principal

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: An API key begins with it, so that a leaked one is recognised.
API_KEY_PREFIX = "instep_"
_UNSIGNED = (
    "INSTEP_JWT_SECRET is not set: people's tokens are signed with it."
    " Set it to what `openssl rand -hex 32` gives, or make an API key with --api-key."
)
_ALGORITHM = "HS256"
_ACCOUNT_CLAIM = "account"
_LEEWAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claimed:
    """What a valid token says."""

    account_id: UUID
    employee_id: UUID
    valid_until: datetime


class Authenticator:
    """Finds who calls. The account comes from the credential alone."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        open_work: OpenWork,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
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
        entry = await self._directory.api_key(fingerprint(secret))
        if entry is None:
            return None
        async with self._open_work(entry.account_id) as work:
            principal = await work.accounts.api_key_principal(entry.id, self._now())
        return _signed_in(principal, f"API key {entry.id}")

    async def _of_jwt(self, token: str) -> Principal | None:
        claimed = self._read(token)
        if claimed is None:
            return None
        async with self._open_work(claimed.account_id) as work:
            principal = await work.people.principal(claimed.employee_id)
        signed_in = _signed_in(principal, "token")
        return None if signed_in is None else replace(signed_in, valid_until=claimed.valid_until)

    def _read(self, token: str) -> "_Claimed | None":
        secret = self._settings.jwt_secret
        if secret is None:
            return None
        try:
            claims = jwt.decode(
                token,
                secret.get_secret_value(),
                algorithms=[_ALGORITHM],
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub", _ACCOUNT_CLAIM]},
            )
            return _Claimed(
                account_id=UUID(str(claims[_ACCOUNT_CLAIM])),
                employee_id=UUID(str(claims["sub"])),
                valid_until=datetime.fromtimestamp(int(claims["exp"]), UTC) + _LEEWAY,
            )
        except (jwt.InvalidTokenError, ValueError, OverflowError) as refusal:
            log.info("token.refused", error=type(refusal).__name__)
            return None


def _signed_in(principal: Principal | None, credential: str) -> Principal | None:
    return None if principal is None else replace(principal, credential=credential)


def issue_token(
    settings: Settings, *, account_id: UUID, employee_id: UUID, now: datetime, lifetime: timedelta
) -> str:
    """Give a JWT for a person of the account. Raises SettingsError without INSTEP_JWT_SECRET."""
    if settings.jwt_secret is None:
        raise SettingsError([_UNSIGNED])
    claims = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "sub": str(employee_id),
        _ACCOUNT_CLAIM: str(account_id),
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), algorithm=_ALGORITHM)
