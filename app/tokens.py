"""People's tokens: JWTs that the service signs with its secret, or a provider with its key."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import structlog
from jwt import PyJWK

from app.jwks import ALGORITHMS, ProviderKeys
from app.settings import Settings, SettingsError
from domain.access import EVERY_SCOPE, Scope

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_UNSIGNED = (
    "INSTEP_JWT_SECRET is not set: people's tokens are signed with it."
    " Set it to what `openssl rand -hex 32` gives, or make an API key with --api-key."
)
#: How tokens are signed with the secret.
_SHARED = "HS256"
_ACCOUNT_CLAIM = "account"
#: Who it is here, where the provider's own `sub` says something else.
_EMPLOYEE_CLAIM = "employee"
#: What the token is for. Source: RFC 8693, section 4.2.
_SCOPE_CLAIM = "scope"
#: The token is an app's of our own: it may run registered documents only.
_TRUSTED_ONLY_CLAIM = "trusted_only"
_LEEWAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a valid token says."""

    account_id: UUID
    employee_id: UUID
    valid_until: datetime
    scopes: frozenset[Scope] = EVERY_SCOPE
    trusted_only: bool = False


class Tokens:
    """Reads people's tokens. With which key follows from how a token says to be signed."""

    def __init__(self, settings: Settings, keys: ProviderKeys | None) -> None:
        self._settings = settings
        self._keys = keys

    async def read(self, token: str) -> Claimed | None:
        """Give what the token says; None for one that does not hold."""
        try:
            key = await self._key_of(jwt.get_unverified_header(token))
            if key is None:
                return None
            return _claimed(self._decode(token, key))
        except (jwt.PyJWTError, ValueError, OverflowError) as refusal:
            log.info("token.refused", error=type(refusal).__name__)
            return None

    async def _key_of(self, header: dict[str, Any]) -> PyJWK | str | None:
        """Give the secret, or the provider's key of this id: never one for the other."""
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm == _SHARED:
            secret = self._settings.jwt_secret
            return None if secret is None else secret.get_secret_value()
        if self._keys is None or algorithm not in ALGORITHMS or not isinstance(key_id, str):
            return None
        return await self._keys.find(key_id)

    def _decode(self, token: str, key: PyJWK | str) -> dict[str, Any]:
        # a provider's key says itself for which algorithm it is, and no other is accepted with it
        algorithm = key.algorithm_name if isinstance(key, PyJWK) else _SHARED
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=self._settings.jwt_issuer,
            audience=self._settings.jwt_audience,
            leeway=_LEEWAY,
            options={
                "require": ["exp", "iss", "aud", "sub", _ACCOUNT_CLAIM],
                "enforce_minimum_key_length": True,
            },
        )
        return claims


def _claimed(claims: dict[str, Any]) -> Claimed:
    return Claimed(
        account_id=UUID(str(claims[_ACCOUNT_CLAIM])),
        employee_id=UUID(str(claims.get(_EMPLOYEE_CLAIM, claims["sub"]))),
        valid_until=datetime.fromtimestamp(int(claims["exp"]), UTC) + _LEEWAY,
        scopes=_scopes(claims),
        # whatever is not plainly false narrows: a word that was meant otherwise opens nothing
        trusted_only=claims.get(_TRUSTED_ONLY_CLAIM, False) is not False,
    )


def _scopes(claims: dict[str, Any]) -> frozenset[Scope]:
    """Give the scopes of the claim `scope`, words between blanks; all of them without it."""
    if _SCOPE_CLAIM not in claims:
        return EVERY_SCOPE
    if not isinstance(claims[_SCOPE_CLAIM], str):
        raise ValueError("The claim scope is no text.")  # noqa: TRY004 - it came from outside
    named = claims[_SCOPE_CLAIM].split()
    return frozenset(scope for scope in Scope if scope in named)


def issue_token(
    settings: Settings,
    *,
    account_id: UUID,
    employee_id: UUID,
    now: datetime,
    lifetime: timedelta,
    trusted_only: bool = False,
) -> str:
    """Give a JWT for a person of the account. Raises SettingsError without INSTEP_JWT_SECRET."""
    if settings.jwt_secret is None:
        raise SettingsError([_UNSIGNED])
    claims: dict[str, Any] = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "sub": str(employee_id),
        _ACCOUNT_CLAIM: str(account_id),
        "iat": now,
        "exp": now + lifetime,
    }
    if trusted_only:
        claims[_TRUSTED_ONLY_CLAIM] = True
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), algorithm=_SHARED)
