"""The environment is checked before anything starts, and told about in plain sentences."""

import pytest
from pydantic import ValidationError

from app.settings import Settings, SettingsError, load_settings

DATABASE_URL = "postgresql://office:hunter2@db.example.com:5432/instep"
ADDRESSES = {"DATABASE_URL": DATABASE_URL, "REDIS_URL": "redis://cache:6379/0"}


def problems_of(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment)
    return caught.value.problems


def test_two_addresses_are_enough() -> None:
    settings = load_settings(ADDRESSES)

    assert settings.public_url == "http://localhost:8080"
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.jwt_secret is None


def test_the_process_environment_is_read_when_no_mapping_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("INSTEP_PORT", "9000")

    assert load_settings().port == 9000


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_spelling_of_the_database_address_is_understood(scheme: str) -> None:
    settings = load_settings(ADDRESSES | {"DATABASE_URL": f"{scheme}://u:p%40ss@h:1/d"})

    assert settings.database_url == "postgresql+asyncpg://u:p%40ss@h:1/d"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("postgresql:///d?host=/run/pg", "postgresql+asyncpg:///d?host=%2Frun%2Fpg"),
    ],
)
def test_the_database_address_keeps_its_options_in_the_drivers_words(
    given: str, wanted: str
) -> None:
    assert load_settings(ADDRESSES | {"DATABASE_URL": given}).database_url == wanted


def test_every_problem_is_named_at_once_with_its_cure() -> None:
    problems = problems_of(
        {"DATABASE_URL": "mysql://h/d", "INSTEP_PORT": "http", "INSTEP_LOG_FORMAT": "xml"}
    )

    assert len(problems) == 4
    assert problems[0].startswith("DATABASE_URL must look like postgresql://")
    assert problems[1].startswith("REDIS_URL is not set: give the address of your Redis")
    assert problems[2].startswith("INSTEP_PORT must be a valid integer")
    assert problems[3] == "INSTEP_LOG_FORMAT must be 'console' or 'json'."


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_settings(ADDRESSES | {"INSTEP_PORT": " "}).port == 8080
    assert problems_of({"DATABASE_URL": "", "REDIS_URL": "redis://h"})[0].startswith("DATABASE_URL")


def test_a_misspelt_variable_is_not_ignored() -> None:
    misspelt = {"INSTEP_PROT": "80", "INSTEP_ZZ": "1", "INSTEP_DATABASE_URL": "postgresql://h/d"}
    assert problems_of(ADDRESSES | misspelt) == [
        "INSTEP_DATABASE_URL is not a setting: did you mean DATABASE_URL?",
        "INSTEP_PROT is not a setting: did you mean INSTEP_PORT?",
        "INSTEP_ZZ is not a setting: remove it.",
    ]


def test_a_short_signing_secret_is_refused_and_never_repeated() -> None:
    [problem] = problems_of(ADDRESSES | {"INSTEP_JWT_SECRET": "hunter2"})

    assert "INSTEP_JWT_SECRET must be at least 32 bytes" in problem
    assert "hunter2" not in problem


def test_passwords_stay_out_of_messages_and_representations() -> None:
    settings = load_settings(ADDRESSES | {"INSTEP_JWT_SECRET": "s3cr3t" * 6})
    refused = problems_of({"DATABASE_URL": "mysql://u:hunter2@h", "REDIS_URL": "x://:hunter2@h"})

    assert "hunter2" not in repr(settings)
    assert "s3cr3t" not in repr(settings)
    assert "hunter2" not in "".join(refused)


@pytest.mark.parametrize(
    "url", ["https://instep.example.com/", "http://localhost:9", "http://office-pc:8080"]
)
def test_the_public_address_may_be_what_the_web_connector_accepts(url: str) -> None:
    assert load_settings(ADDRESSES | {"INSTEP_PUBLIC_URL": url}).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://instep.example.com", "https://"),
        ("https://192.168.0.7", "IP addresses"),
        ("https://[::1]:8080", "IP addresses"),
        ("instep.example.com", "must look like"),
        ("ftp://instep.example.com", "must look like"),
        ("https://", "must look like"),
    ],
)
def test_a_public_address_the_web_connector_would_refuse_is_refused_here(
    url: str, reason: str
) -> None:
    [problem] = problems_of(ADDRESSES | {"INSTEP_PUBLIC_URL": url})

    assert problem.startswith("INSTEP_PUBLIC_URL must")
    assert reason in problem


def test_settings_cannot_be_changed_later() -> None:
    settings: Settings = load_settings(ADDRESSES)

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc] # what mypy forbids is tried


@pytest.mark.parametrize("contact", ["x" * 201, "two\nlines", "a\x07bell"])
def test_a_contact_for_support_is_one_short_line(contact: str) -> None:
    (problem,) = problems_of(ADDRESSES | {"INSTEP_SUPPORT_CONTACT": contact})

    assert problem.startswith("INSTEP_SUPPORT_CONTACT must be one line of at most 200 characters")


def test_a_contact_for_support_is_kept_as_it_was_set() -> None:
    settings = load_settings(ADDRESSES | {"INSTEP_SUPPORT_CONTACT": " Ines, 0800 123 "})

    assert settings.support_contact == "Ines, 0800 123"


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com/.well-known/jwks.json",
        "http://127.0.0.1:9/jwks",
        "http://[::1]:9/jwks",
        "http://localhost/jwks",
    ],
)
def test_keys_come_over_https_or_from_this_very_machine(url: str) -> None:
    given = ADDRESSES | {"INSTEP_JWKS_URL": url, "INSTEP_JWT_ISSUER": "https://login.example.com/"}

    assert load_settings(given).jwks_url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://login.example.com/jwks", "must begin with https://"),
        ("http://127.0.0.1.example.com/jwks", "must begin with https://"),
        ("http://10.0.0.7/jwks", "must begin with https://"),
        ("https://user:hunter2@login.example.com/jwks", "must look like https://"),
        ("login.example.com", "must look like https://"),
        ("file:///etc/keys", "must look like https://"),
    ],
)
def test_other_addresses_of_keys_are_refused(url: str, reason: str) -> None:
    given = ADDRESSES | {"INSTEP_JWKS_URL": url, "INSTEP_JWT_ISSUER": "https://login.example.com/"}

    [problem] = problems_of(given)

    assert problem.startswith(f"INSTEP_JWKS_URL {reason}")
    assert "hunter2" not in problem


def test_a_provider_needs_its_issuer_named() -> None:
    [problem] = problems_of(ADDRESSES | {"INSTEP_JWKS_URL": "https://login.example.com/jwks"})

    assert problem.startswith("INSTEP_JWKS_URL needs INSTEP_JWT_ISSUER: set it to the `iss`")


def test_origins_are_read_as_browsers_write_them() -> None:
    given = " https://Office.example.com:443/, http://localhost:5173 ,,"

    settings = load_settings(ADDRESSES | {"INSTEP_ALLOWED_ORIGINS": given})

    assert settings.allowed_origins == ("https://office.example.com", "http://localhost:5173")


@pytest.mark.parametrize(
    "origin", ["*", "office.example.com", "https://a/b", "https://a?b", "ftp://a", "https://a:x"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    (problem,) = problems_of(ADDRESSES | {"INSTEP_ALLOWED_ORIGINS": origin})

    assert problem.startswith("INSTEP_ALLOWED_ORIGINS must be origins with a comma between them")


def test_metrics_of_a_worker_need_the_token_that_reads_them() -> None:
    port = {"INSTEP_WORKER_METRICS_PORT": "9090"}

    assert problems_of(ADDRESSES | port) == [
        "INSTEP_WORKER_METRICS_PORT needs INSTEP_METRICS_TOKEN: without it nobody reads them."
    ]
    token = {"INSTEP_METRICS_TOKEN": "0123456789abcdef"}
    assert load_settings(ADDRESSES | port | token).worker_metrics_port == 9090


@pytest.mark.parametrize("token", ["short", "an open word wïth a dot"])
def test_a_metrics_token_is_long_and_fits_into_a_header(token: str) -> None:
    (problem,) = problems_of(ADDRESSES | {"INSTEP_METRICS_TOKEN": token})

    assert "INSTEP_METRICS_TOKEN must be at least 16 plain characters" in problem
    assert token not in problem
