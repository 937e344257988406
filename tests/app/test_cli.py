"""The command `instep`: what people type, what they read, and what a script sees."""

import asyncio
import io
import logging
import re
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from lxml import etree
from sqlalchemy.exc import DBAPIError

from app.account_file import SAMPLE
from app.authentication import Authenticator
from app.cli import main
from app.clock import now
from app.ids import new_id
from app.logging import configure_logging
from app.passwords import API_KEY_PREFIX
from app.processes import free_port
from app.resources import hold_resources
from app.settings import load_settings
from app.tokens import Tokens
from db.outages import explain
from db.pruning import Prunable
from domain.access import PERMISSIONS_OF, Scope
from schema.build import schema
from sync_worker.broker import make_broker
from tests.conftest import JWT_SECRET
from tests.plain_http import http_client

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
COMMANDS = [
    "demo", "serve", "worker", "migrate", "prune", "schema", "account", "token", "connection",
    "pin",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_logging():
    """Commands direct the log to their own streams, which end with the test."""
    yield
    configure_logging("json")


@pytest.fixture
def environment(settings, monkeypatch):
    """What an administrator has set before typing."""
    given = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "INSTEP_JWT_SECRET": JWT_SECRET,
        "INSTEP_LOG_FORMAT": "json",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


@pytest.fixture
def run(capsys):
    """Runs a command: gives exit code, standard output, standard error."""

    def command(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def account(run, environment):
    """An account made by the command itself."""
    _, out, _ = run("account", "create", "Ana's Air", "--administrator", "Ana", "--sample")
    return UUID(re.search(r"account +(\S+)", out)[1])


def asked(settings, ask):
    """What the service's own resources tell, outside of the command."""

    async def hold():
        broker = make_broker(settings.redis_url, namespace="test-cli")
        async with hold_resources(settings, broker) as resources:
            return await ask(resources)

    return asyncio.run(hold())


# Help


@pytest.mark.parametrize("arguments", [[], *([name] for name in [*COMMANDS, "simulate"])])
def test_every_command_explains_itself(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])

    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith("usage:")
    assert re.search(r"^[A-Z][^\n]+\.", told.partition("\n\n")[2]), told
    assert all(len(line) <= 100 for line in told.splitlines())


def test_the_overview_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])

    told = capsys.readouterr().out
    assert all(re.search(rf"^    {name}\b", told, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["account", "create"],
        ["account", "destroy", "A"],
        ["account", "create", "A", "--sample", "--lists", "x.json"],
        ["token", "--account", "no-id"],
        ["prune", "--keep-days", "0"],
        ["prune", "--keep-events-days", "a year"],
        ["connection", "add", "--account", "0192f0c1-2b3d-7e4f-8a5b-6c7d8e9fa0b1"],
    ],
)
def test_a_misused_command_says_how_it_is_used(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: instep")


def test_without_arguments_those_of_the_process_are_taken(environment, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["instep", "schema"])

    assert main() == 0
    assert "type Query" in capsys.readouterr().out


# Parts


def test_the_schema_is_printed_as_sdl_and_needs_no_settings(run, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)

    code, out, _ = run("schema")

    assert code == 0
    assert out == schema().as_str() + "\n"


def test_migrating_twice_is_harmless(run, environment):
    answers = [run("migrate")[:2] for _ in range(2)]

    assert answers == [(0, "The database is up to date.\n")] * 2


@pytest.mark.parametrize(
    ("arguments", "gone"), [([], ["old"]), (["--keep-days", "1"], ["old", "younger"])]
)
def test_what_is_old_is_deleted_from_every_account_and_counted(
    run, account, settings, arguments, gone
):
    ages = {"old": 31, "younger": 2, "new": 0}

    async def claim_all(resources):
        """Give the keys that were free, and take them."""
        free = []
        async with resources.open_work(account) as work:
            for key, days in ages.items():
                moment = now() - timedelta(days=days)
                if await work.idempotency_keys.claim("save", key, b"", moment) is None:
                    await work.idempotency_keys.answer("save", key, {"is": "taken"})
                    free.append(key)
        return free

    assert asked(settings, claim_all) == list(ages)

    code, out, _ = run("prune", *arguments)

    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert [name for name, _ in lines] == list(Prunable)
    assert int(dict(lines)[Prunable.KEYS]) >= len(gone)
    assert asked(settings, claim_all) == gone


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("493857\n", 0, "The PIN of Ana is set."),
        ("123456\n", 1, "too easy to guess"),
        ("12\n", 1, "4 to 12 digits"),
        ("", 1, "4 to 12 digits"),
    ],
)
def test_a_pin_comes_by_standard_input_and_is_not_repeated(
    run, account, monkeypatch, typed, code, said
):
    """Never as an argument: those are seen by everybody on the machine."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    answered, out, err = run("pin", "--account", account)

    assert answered == code
    assert said in out + err
    assert "493857" not in out + err


def test_a_pin_is_an_administrators(run, account, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("493857\n"))

    code, _, err = run("pin", "--account", account, "--person", "Bob")

    assert code == 1
    assert "Name an administrator with --person; the account has: Ana." in err


def test_a_new_account_is_followed_by_what_to_type_next(run, environment, settings):
    code, out, _ = run("account", "create", "Ana's Air", "--administrator", "Ana", "--sample")

    account_id = UUID(re.search(r"account +(\S+)", out)[1])
    assert code == 0
    assert "administrator  Ana" in out
    assert f"instep token --account {account_id}" in out

    async def customers(resources):
        async with resources.open_work(account_id) as work:
            return await work.lists.customers(None)

    names = {customer.name for customer in asked(settings, customers).values()}
    assert names == {"Harriet Doyle", "Lone Star Diner"}


def test_an_account_may_begin_with_lists_of_its_own_or_none(run, environment, tmp_path):
    lists = tmp_path / "lists.json"
    lists.write_text(SAMPLE.read_text())

    assert run("account", "create", "A", "--lists", lists)[0] == 0
    assert run("account", "create", "B")[0] == 0


def test_a_bad_list_is_refused_with_the_field_and_nothing_is_made(run, environment, tmp_path):
    lists = tmp_path / "lists.json"
    lists.write_text('{"items": [{"name": "Filter", "type": "CAR"}]}')

    code, out, err = run("account", "create", "A", "--lists", lists)

    assert (code, out) == (1, "")
    assert err.startswith(f"instep: {lists}: items.0.type: Input should be 'SERVICE'")
    assert "Traceback" not in err


def test_a_token_is_printed_alone_so_that_a_script_can_take_it(run, account, settings):
    code, out, _ = run("token", "--account", account)

    async def principal(resources):
        authenticator = Authenticator(
            Tokens(settings, None), resources.directory, resources.open_work, now
        )
        return await authenticator.principal_of(f"Bearer {out.strip()}")

    assert code == 0
    assert asked(settings, principal).actor.name == "Ana"


def test_an_api_key_is_printed_alone(run, account):
    code, out, _ = run("token", "--account", account, "--api-key", "Partner", "--scopes", "read")

    assert code == 0
    assert re.fullmatch(rf"{API_KEY_PREFIX}[a-z2-7]{{32}}\n", out)


def test_an_api_key_opens_the_scopes_it_was_made_for(run, account, settings):
    given = ("--api-key", "Partner", "--scopes", "read", "export")
    secret = run("token", "--account", account, *given)[1].strip()

    async def principal(resources):
        authenticator = Authenticator(
            Tokens(settings, None), resources.directory, resources.open_work, now
        )
        return await authenticator.principal_of(f"Bearer {secret}")

    found = asked(settings, principal)
    assert found.scopes == {Scope.READ, Scope.EXPORT}
    assert found.permissions == PERMISSIONS_OF[Scope.EXPORT]
    assert not found.trusted_only


@pytest.mark.parametrize("given", [("--api-key", "Partner"), ("--scopes", "read")])
def test_a_key_without_scopes_and_scopes_without_a_key_are_refused(run, account, given):
    """A key for everything is made by saying so."""
    code, out, err = run("token", "--account", account, *given)

    assert (code, out) == (1, "")
    assert "--scopes, at least one of: read, write, export, manage, schema:read." in err


def test_a_key_for_registered_documents_is_made_where_there_are_some(
    run, account, tmp_path, monkeypatch, settings
):
    wish = ("token", "--account", account, "--api-key", "App", "--scopes", "read", "--trusted-only")
    refused = run(*wish)
    monkeypatch.setenv("INSTEP_TRUSTED_DOCUMENTS", str(tmp_path / "documents.json"))
    code, secret, _ = run(*wish)

    async def principal(resources):
        authenticator = Authenticator(
            Tokens(settings, None), resources.directory, resources.open_work, now
        )
        return await authenticator.principal_of(f"Bearer {secret.strip()}")

    assert refused[:2] == (1, "")
    assert "INSTEP_TRUSTED_DOCUMENTS is not set" in refused[2]
    assert code == 0
    assert asked(settings, principal).trusted_only


def test_a_token_for_nobody_is_refused_with_the_names_there_are(run, account):
    assert run("token", "--account", account, "--person", "Zoe") == (
        1,
        "",
        "instep: Name a person with --person; the account has: Ana.\n",
    )


def test_an_account_that_does_not_exist_is_refused_with_the_way_to_one(run, environment):
    code, _, err = run("token", "--account", new_id())

    assert code == 1
    assert "There is no account with this id; `instep account create` prints" in err


def test_a_token_without_a_signing_secret_is_refused_with_the_cure(run, account, monkeypatch):
    monkeypatch.delenv("INSTEP_JWT_SECRET")

    code, out, err = run("token", "--account", account)

    assert (code, out) == (1, "")
    assert err.startswith("instep: INSTEP_JWT_SECRET is not set: ")
    assert "openssl rand -hex 32" in err


def test_a_new_connection_writes_its_file_and_shows_the_password_once(run, account, tmp_path):
    path = tmp_path / "office.qwc"

    code, out, err = run(
        "connection", "add", "--account", account, "--company-file", "CF-1",
        "--name", "Front desk", "--output", path,
    )  # fmt: skip

    password = re.search(r"password +(\S+)", out)[1]
    file = etree.parse(path).getroot()
    assert code == 0
    assert len(password) == 32
    assert re.search(r"user +(\S+)", out)[1] == file.findtext("UserName")
    assert password not in path.read_text()
    assert (out + err).count(password) == 1


def test_a_place_that_cannot_be_written_is_said_before_anything_is_made(
    run, account, tmp_path, settings
):
    """The password is shown only once: a connection whose file is lost would be of no use."""
    for path in (tmp_path / "no" / "folder" / "office.qwc", tmp_path):
        code, out, err = run(
            "connection", "add", "--account", account, "--company-file", "CF-1",
            "--name", "Front desk", "--output", path,
        )  # fmt: skip

        assert (code, out) == (1, "")
        assert err.startswith(f"instep: {path} cannot be written: ")

    async def connections(resources):
        async with resources.open_work(account) as work:
            return await work.connections.all()

    assert asked(settings, connections) == []


def test_a_connection_that_is_refused_leaves_no_file(run, environment, tmp_path):
    path = tmp_path / "office.qwc"

    code, _, err = run(
        "connection", "add", "--account", new_id(), "--company-file", "CF-1",
        "--name", "Front desk", "--output", path,
    )  # fmt: skip

    assert code == 1
    assert "There is no account" in err
    assert not path.exists()


# Trouble


@pytest.mark.parametrize(
    "command", [["serve"], ["worker"], ["migrate"], ["account", "create", "A"]]
)
def test_missing_settings_are_named_with_their_cure(run, monkeypatch, command):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)

    code, out, err = run(*command)

    assert (code, out) == (1, "")
    assert err.startswith("instep: DATABASE_URL is not set: give the address of your PostgreSQL")
    assert "REDIS_URL is not set" in err


def test_a_bad_setting_is_named_and_its_value_is_not_repeated(run, environment, monkeypatch):
    monkeypatch.setenv("INSTEP_JWT_SECRET", "hunter2")

    code, _, err = run("serve")

    assert code == 1
    assert err.startswith("instep: INSTEP_JWT_SECRET must be at least 32 bytes long")
    assert "hunter2" not in err


@pytest.mark.parametrize("command", [["migrate"], ["account", "create", "A"]])
def test_a_postgresql_that_cannot_be_reached_is_said_with_what_to_check(
    run, environment, monkeypatch, command
):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d")

    code, _, err = run(*command)

    assert code == 1
    assert err.startswith("instep: PostgreSQL cannot be reached: ")
    assert "Check DATABASE_URL, and that the server runs." in err
    assert "hunter2" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", [["worker"], ["serve"], ["account", "create", "A"]])
def test_a_redis_that_cannot_be_reached_is_said_with_what_to_check(
    run, environment, monkeypatch, command
):
    monkeypatch.setenv("REDIS_URL", f"redis://:hunter2@127.0.0.1:{free_port()}/0")

    code, _, err = run(*command)

    assert code == 1
    assert err.startswith("instep: Redis cannot be reached: ")
    assert "Check REDIS_URL, and that the server runs." in err
    assert "hunter2" not in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((r"://[^:]+:[^@]+@", "://nobody:guessed@"), "nobody"),
        ((r"/[^/]+$", "/no_such_database"), "no_such_database"),
    ],
)
@pytest.mark.parametrize("command", [["migrate"], ["account", "create", "A"]])
def test_a_database_that_refuses_is_said_in_a_sentence(
    run, environment, monkeypatch, command, change, said
):
    """A wrong password and a wrong name are what people meet first."""
    monkeypatch.setenv("DATABASE_URL", re.sub(*change, environment["DATABASE_URL"]))

    code, _, err = run(*command)

    assert code == 1
    assert err.startswith("instep: PostgreSQL refuses DATABASE_URL: ")
    assert said in err
    assert "Traceback" not in err
    assert "guessed" not in err


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ('role "instep_app" does not exist', "run `instep migrate`"),
        ('permission denied to set role "instep_app"', "GRANT instep_app TO"),
    ],
)
def test_a_role_that_is_missing_or_not_granted_is_said_with_its_cure(said, cure):
    assert cure in explain(DBAPIError("select 1", (), Exception(said)))


def test_a_database_without_tables_is_to_be_migrated_first(run, environment, monkeypatch):
    url = environment["DATABASE_URL"]
    monkeypatch.setenv("DATABASE_URL", re.sub(r"/[^/]+$", "/template1", url))

    code, _, err = run("account", "create", "A")

    assert code == 1
    assert "instep migrate" in err
    assert "Traceback" not in err


def test_a_connection_that_was_cut_while_it_was_made_is_told_once(caplog):
    """Whoever waited for it is told; asyncio's own report of it says nothing more."""
    main(["schema"])
    errors = (ConnectionError("unexpected connection_lost() call"), OSError("disk full"))

    for error in errors:
        logging.getLogger("asyncio").error("Never retrieved", exc_info=error)

    assert [record.exc_info[1] for record in caplog.records] == [errors[1]]


def test_a_connection_that_comes_about_at_ctrl_c_is_not_told(caplog):
    """asyncio's callback finds that nobody waits for it any more; elsewhere that is a fault."""
    main(["schema"])
    error = asyncio.InvalidStateError("invalid state")

    for callback in ("_SelectorEventLoop._sock_connect_cb(<Future cancelled>)", "of_ours()"):
        logging.getLogger("asyncio").error("Exception in callback %s", callback, exc_info=error)

    (told,) = caplog.records
    assert "of_ours" in told.getMessage()


#: Whoever is started in the background by a shell is deaf to Ctrl-C; that would be passed on.
HEARING_CTRL_C = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("app", run_name="__main__", alter_sys=True)
"""


def test_ctrl_c_ends_a_command_quietly(environment):
    """130 is what shells expect of it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a server that never answers
        port = silent.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-c", HEARING_CTRL_C, "migrate"],
            cwd=ROOT,
            env={**environment, "DATABASE_URL": f"postgresql://u@127.0.0.1:{port}/d"},
            stderr=subprocess.PIPE,
        )
        silent.settimeout(PATIENCE_SECONDS)
        caller, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
        caller.close()

    assert (process.returncode, told) == (130, b"")


def test_who_reads_only_the_first_lines_of_the_schema_sees_no_traceback():
    """`instep schema | head`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "schema"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()

    assert (process.wait(PATIENCE_SECONDS), told) == (0, b"")


# Running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_runs_until_it_is_asked_to_end(environment, tmp_path, number):
    port = free_port()
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve"],
            cwd=ROOT,
            env={**environment, "INSTEP_PORT": str(port)},
            stdout=log,
            stderr=log,
        )
        try:
            health = asyncio.run(answered(f"http://127.0.0.1:{port}/healthz"))
        finally:
            process.send_signal(number)
            code = process.wait(PATIENCE_SECONDS)

    assert health == {"status": "ok"}
    assert code in (0, -number)
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


async def answered(url):
    async with asyncio.timeout(PATIENCE_SECONDS), http_client() as web:
        while True:
            try:
                return (await web.get(url)).json()
            except httpx.TransportError:
                await asyncio.sleep(0.05)


def test_settings_of_the_environment_are_those_of_the_service(environment):
    assert load_settings().database_url == environment["DATABASE_URL"]
