"""What the environment may decide, read once and checked before anything starts."""

import difflib
import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from domain.webhooks import WebhookRules

_PREFIX = "INSTEP_"
_DATABASE_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_JWT_SECRET_BYTES = 32
_TOKEN_CHARACTERS = 16
_LONGEST_CONTACT = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}


class SettingsError(Exception):
    """The environment is incomplete or wrong: one sentence for each problem, with its cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _refusal(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{sentence}", {"sentence": sentence})


def _database_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in _DATABASE_SCHEMES or not rest:
        raise _refusal("must look like postgresql://user:password@host:5432/name")
    place, _, query = rest.partition("?")
    # `sslmode` is libpq's word, found in addresses of hosting providers; asyncpg calls it `ssl`
    pairs = [("ssl" if key == "sslmode" else key, value) for key, value in parse_qsl(query)]
    return f"postgresql+asyncpg://{place}" + (f"?{urlencode(pairs)}" if pairs else "")


def _redis_url(url: str) -> str:
    if urlsplit(url).scheme not in _REDIS_SCHEMES:
        raise _refusal("must look like redis://host:6379/0")
    return url


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.query:
        raise _refusal("must look like https://instep.example.com")
    if ":" in host or host.replace(".", "").isdigit():
        raise _refusal("must name a host: the Web Connector refuses bare IP addresses")
    if parts.scheme == "http" and "." in host:
        raise _refusal("must begin with https://: the Web Connector wants it beyond this network")
    return url.rstrip("/")


def _jwks_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise _refusal("must look like https://login.example.com/.well-known/jwks.json")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise _refusal(
            "must begin with https://: whoever can change keys on their way signs in as anybody"
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _contact(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_CONTACT or not text.isprintable():
        raise _refusal(
            f"must be one line of at most {_LONGEST_CONTACT} characters: a name with a telephone"
            " number, an address, a URL"
        )
    return text.strip()


def _otlp_endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise _refusal("must look like http://collector:4318; spans go to /v1/traces there")
    return url.rstrip("/")


def _origins(text: object) -> tuple[str, ...]:
    """Read origins as browsers write them: in lower case, without the port that goes without."""
    return tuple(_origin(part.strip()) for part in str(text).split(",") if part.strip())


def _origin(text: str) -> str:
    refusal = _refusal(
        "must be origins with a comma between them, such as https://office.example.com"
    )
    try:
        parts, port = urlsplit(text.lower()), urlsplit(text).port
    except ValueError:
        raise refusal from None
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not is_bare:
        raise refusal
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own_port = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{own_port}"


def _jwt_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < _JWT_SECRET_BYTES:
        raise _refusal(
            f"must be at least {_JWT_SECRET_BYTES} bytes long, as `openssl rand -hex 32` gives"
        )
    return secret


def _metrics_token(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < _TOKEN_CHARACTERS or not text.isascii():
        raise _refusal(
            f"must be at least {_TOKEN_CHARACTERS} plain characters, as"
            " `openssl rand -hex 16` gives"
        )
    return secret


class Settings(BaseModel):
    """Everything configurable; each field's alias is its environment variable."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        alias="DATABASE_URL", repr=False
    )
    redis_url: Annotated[str, AfterValidator(_redis_url)] = Field(alias="REDIS_URL", repr=False)

    #: Signs users' tokens (HS256). Without it and `jwks_url` only API keys are accepted.
    jwt_secret: Annotated[SecretStr, AfterValidator(_jwt_secret)] | None = Field(
        default=None, alias="INSTEP_JWT_SECRET"
    )
    #: The public keys of who signs users' tokens otherwise (RS256, ES256, EdDSA).
    jwks_url: Annotated[str, AfterValidator(_jwks_url)] | None = Field(
        default=None, alias="INSTEP_JWKS_URL"
    )
    jwt_issuer: str = Field(default="instep", min_length=1, alias="INSTEP_JWT_ISSUER")
    jwt_audience: str = Field(default="instep", min_length=1, alias="INSTEP_JWT_AUDIENCE")

    @model_validator(mode="after")
    def _check_provider(self) -> "Settings":
        if self.jwks_url is not None and "jwt_issuer" not in self.model_fields_set:
            raise _refusal(
                "INSTEP_JWKS_URL needs INSTEP_JWT_ISSUER: set it to the `iss` of that provider's"
                " tokens, or tokens of others whom the same keys serve would be let in"
            )
        return self

    #: Where the Web Connector finds this service; it is written into every .qwc file.
    public_url: Annotated[str, AfterValidator(_public_url)] = Field(
        default="http://localhost:8080", alias="INSTEP_PUBLIC_URL"
    )
    #: Pages of these origins, beside the service's own, may call the API from a browser.
    allowed_origins: Annotated[tuple[str, ...], BeforeValidator(_origins)] | None = Field(
        default=None, alias="INSTEP_ALLOWED_ORIGINS"
    )
    host: str = Field(default="127.0.0.1", alias="INSTEP_HOST")
    port: int = Field(default=8080, ge=1, le=65535, alias="INSTEP_PORT")
    log_format: Literal["console", "json"] = Field(default="console", alias="INSTEP_LOG_FORMAT")

    #: Whoever sends it may read metrics; without it there are none.
    metrics_token: Annotated[SecretStr, AfterValidator(_metrics_token)] | None = Field(
        default=None, alias="INSTEP_METRICS_TOKEN"
    )
    #: The port on which a worker serves its own metrics.
    worker_metrics_port: int | None = Field(
        default=None, ge=1, le=65535, alias="INSTEP_WORKER_METRICS_PORT"
    )

    @model_validator(mode="after")
    def _check_metrics(self) -> "Settings":
        if self.worker_metrics_port is not None and self.metrics_token is None:
            raise _refusal(
                "INSTEP_WORKER_METRICS_PORT needs INSTEP_METRICS_TOKEN:"
                " without it nobody reads them"
            )
        return self

    #: Where spans go, by OTLP over HTTP; unset, none are made. The OpenTelemetry SDK reads
    #: variables of its own besides: headers, sampler, names.
    otlp_endpoint: Annotated[str, AfterValidator(_otlp_endpoint)] | None = Field(
        default=None, alias="OTEL_EXPORTER_OTLP_ENDPOINT", repr=False
    )

    #: How long PostgreSQL may take over one statement; one that says nothing is given up half as
    #: long later.
    database_seconds: float = Field(default=20, ge=1, le=600, alias="INSTEP_DATABASE_SECONDS")
    #: How often due work is looked for that no message announced.
    sweep_seconds: int = Field(default=5, ge=1, le=3600, alias="INSTEP_SWEEP_SECONDS")
    #: How often the Web Connector asks for work by itself (RunEveryNSeconds).
    connector_poll_seconds: int = Field(
        default=10, ge=1, le=86400, alias="INSTEP_CONNECTOR_POLL_SECONDS"
    )
    #: How long one call of a Web Connector is held while nothing waits; 0 is off.
    linger_seconds: int = Field(default=8, ge=0, le=20, alias="INSTEP_LINGER_SECONDS")
    #: No session stays open longer than this for what might be saved next.
    session_seconds: int = Field(default=60, ge=0, le=600, alias="INSTEP_SESSION_SECONDS")
    #: How often QuickBooks is asked which of our invoices were changed there; 0 is never.
    drift_minutes: int = Field(default=60, ge=0, le=10_080, alias="INSTEP_DRIFT_MINUTES")
    #: Older Web Connectors are turned away; unset, every one is welcome.
    least_connector_version: str | None = Field(
        default=None, pattern=r"^[0-9]+(\.[0-9]+)*$", alias="INSTEP_LEAST_CONNECTOR_VERSION"
    )
    #: What one credential may ask for: an object that may be returned is a point; 0 counts nothing.
    cost_per_minute: int = Field(
        default=60_000, ge=0, le=1_000_000_000, alias="INSTEP_COST_PER_MINUTE"
    )
    #: What it may ask for at once after a pause, and the most that one operation may cost.
    cost_burst: int = Field(default=30_000, ge=1_000, le=1_000_000_000, alias="INSTEP_COST_BURST")
    #: Whether the API shows its schema; `instep schema` prints it anyway.
    introspection: bool = Field(default=False, alias="INSTEP_INTROSPECTION")
    #: Whether a browser finds a page at /graphql to try documents on.
    query_page: bool = Field(default=False, alias="INSTEP_GRAPHIQL")
    #: Whether the page for the office is served at /console.
    console: bool = Field(default=True, alias="INSTEP_CONSOLE")
    #: A file with the credential that the console's demo account signs in with, by one click.
    console_demo_file: Path | None = Field(default=None, alias="INSTEP_CONSOLE_DEMO_FILE")
    #: Documents that first-party apps run by their SHA-256; a JSON file, from SHA-256 to text.
    trusted_documents: Path | None = Field(default=None, alias="INSTEP_TRUSTED_DOCUMENTS")
    #: Every webhook's secret comes from it; without it there are no webhooks.
    webhooks_key: Annotated[SecretStr, AfterValidator(_jwt_secret)] | None = Field(
        default=None, alias="INSTEP_WEBHOOKS_KEY"
    )
    #: Webhooks may go to this machine, to private networks and over plain http.
    webhooks_allow_private: bool = Field(default=False, alias="INSTEP_WEBHOOKS_ALLOW_PRIVATE")
    #: Whom steps for support mean: shown with them, and on the page of answers.
    support_contact: Annotated[str, AfterValidator(_contact)] | None = Field(
        default=None, alias="INSTEP_SUPPORT_CONTACT"
    )

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the service over TLS."""
        return self.public_url.startswith("https://")

    @property
    def webhook_rules(self) -> WebhookRules | None:
        """What holds for webhooks; None where there are none."""
        if self.webhooks_key is None:
            return None
        key = self.webhooks_key.get_secret_value().encode()
        return WebhookRules(key=key, allows_private=self.webhooks_allow_private)


def environment_with(defaults: Mapping[str, str]) -> dict[str, str]:
    """Give the process's environment for a child process; what is unset or empty gets a default."""
    return {**defaults, **{name: value for name, value in os.environ.items() if value.strip()}}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from these variables, or from the process's own environment.

    Empty variables count as unset. Raises SettingsError, which never repeats a value.
    """
    source = os.environ if environment is None else environment
    given = {name: value for name, value in source.items() if value.strip()}
    known = {field.alias: name for name, field in Settings.model_fields.items() if field.alias}
    unknown = [name for name in given if name.startswith(_PREFIX) and name not in known]
    problems = [_unknown(name, list(known)) for name in sorted(unknown)]
    try:
        settings = Settings.model_validate({name: given[name] for name in known if name in given})
    except ValidationError as error:
        problems += [_sentence(detail) for detail in error.errors(include_input=False)]
    if problems:
        raise SettingsError(problems)
    return settings


def _unknown(name: str, known: list[str]) -> str:
    near = [it for it in known if it == name.removeprefix(_PREFIX)]  # not all have the prefix
    near = near or difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"{name} is not a setting{f': did you mean {near[0]}?' if near else ': remove it.'}"


def _sentence(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        name = str(detail["loc"][0])
        server = "PostgreSQL" if name == "DATABASE_URL" else "Redis"
        return f"{name} is not set: give the address of your {server}, or try `make demo`."
    message = detail["msg"].removeprefix("Input should be ")
    if not detail["loc"]:
        return f"{message}."
    verb = "" if detail["type"] == "setting" else "must be "
    return f"{detail['loc'][0]} {verb}{message}."
