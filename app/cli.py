"""The command `instep`: the parts of the service, for production and for partners."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from getpass import getpass
from pathlib import Path
from uuid import UUID

from app import administration
from app.account_file import SAMPLE, AccountFileError, read_account_file
from app.administration import AdministrationError
from app.clock import now
from app.demo import run_demo
from app.ids import new_id
from app.logging import configure_logging
from app.processes import StartFailed
from app.pruning import KEEP_DAYS, KEEP_EVENTS_DAYS, prune
from app.readiness import ServerTrouble, check_servers
from app.resources import Resources, hold_resources
from app.serving import serve
from app.settings import Settings, SettingsError, load_settings
from app.tracing import check_tracing
from app.trusted import trusted_documents
from app.web import BROKER_NAMESPACE
from app.worker import run_worker
from db.engine import DATABASE_TROUBLE, UnusableDatabase
from db.migrate import migrate
from db.outages import explain
from domain.access import Scope
from domain.errors import DomainError
from schema.build import schema
from simulator.__main__ import main as simulate
from sync_worker.broker import make_broker

Command = Callable[[argparse.Namespace], int]

_LONGEST_DAYS = 36_500
#: What asyncpg leaves with the future of a connection that ended while it was being made.
_CUT_SHORT = "unexpected connection_lost() call"
#: The callback of asyncio that finds a connection made, which nobody waits for since Ctrl-C.
_CONNECTED = "_sock_connect_cb"

_REFUSALS = (
    SettingsError,
    StartFailed,
    AccountFileError,
    AdministrationError,
    UnusableDatabase,
    DomainError,
    ServerTrouble,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give the exit code: 0 done, 1 refused with a sentence, 2 misused."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["simulate"]:
        return simulate(given[1:], program="instep simulate")
    parsed = _parser().parse_args(given)
    command: Command = parsed.command
    logging.getLogger("asyncio").addFilter(_is_news)
    try:
        return command(parsed)
    except _REFUSALS as refusal:
        print(f"instep: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _is_news(record: logging.LogRecord) -> bool:
    """Whoever waited for a connection that never came about was told already, or pressed Ctrl-C."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, asyncio.InvalidStateError):  # it came about while the wait was given up
        return _CONNECTED not in record.getMessage()
    return not (isinstance(error, ConnectionError) and _CUT_SHORT in str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="instep",
        description="Keeps a field-service business's invoices in step with QuickBooks Desktop.",
        epilog="Settings come from the environment: DATABASE_URL, REDIS_URL, INSTEP_…;"
        " `instep demo` needs none.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    demo = add("demo", _demo, "Run everything on this machine and sync one edit, step by step.")
    demo.add_argument("--once", action="store_true", help="exit after the journey")
    add("serve", _serve, "Serve GraphQL (/graphql) and the Web Connector's SOAP (/qbwc).")
    worker = add("worker", _worker, "Plan and render what was saved; run one or more of these.")
    worker.add_argument("--threads", type=int, default=4, help="messages at a time (default 4)")
    add("migrate", _migrate, "Bring the database to this version; safe to repeat.")
    _add_prune(add("prune", _prune, "Delete what nobody has to look at any more; run it daily."))
    add("schema", _schema, "Print the GraphQL schema.")
    commands.add_parser(
        "simulate", help="Run a simulated QuickBooks and Web Connector.", add_help=False
    )
    _add_account(add("account", _account, "Create an account."))
    _add_token(add("token", _token, "Give a person's token, or a partner's API key."))
    _add_connection(add("connection", _connection, "Add a QuickBooks connection."))
    _add_pin(add("pin", _pin, "Set an administrator's PIN, which unlocking asks for."))
    return parser


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["create"])
    parser.add_argument("name", help="the business's name")
    parser.add_argument("--administrator", default="Administrator", help="its first person")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--lists", type=Path, help="JSON file with customers, items, tax zones …")
    source.add_argument("--sample", action="store_true", help="the demo's lists")


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", type=UUID, required=True, help="id of the account")
    parser.add_argument("--person", help="name of the person; not needed when there is only one")
    parser.add_argument("--hours", type=int, default=12, help="lifetime of the token (default 12)")
    parser.add_argument("--api-key", metavar="NAME", help="make an API key of this name instead")
    parser.add_argument(
        "--scopes",
        nargs="+",
        type=Scope,
        choices=list(Scope),
        metavar="SCOPE",
        help=f"what the API key opens, at least one of: {', '.join(Scope)}",
    )
    parser.add_argument(
        "--trusted-only", action="store_true", help="a credential for registered documents only"
    )


def _add_connection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["add"])
    parser.add_argument("--account", type=UUID, required=True, help="id of the account")
    parser.add_argument("--company-file", required=True, help="name of the QuickBooks company file")
    parser.add_argument("--name", required=True, help="name of the connection, as people see it")
    parser.add_argument("--output", type=Path, default=Path("instep.qwc"), help="the .qwc to write")


def _add_pin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", type=UUID, required=True, help="id of the account")
    parser.add_argument("--person", help="name of the administrator; not needed for the only one")
    parser.epilog = "The PIN is typed, twice, or read from the first line of standard input."


def _add_prune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep-days",
        type=_days,
        default=KEEP_DAYS,
        help=f"exchanges, sessions, requests and idempotency keys (default {KEEP_DAYS})",
    )
    parser.add_argument(
        "--keep-events-days",
        type=_days,
        default=KEEP_EVENTS_DAYS,
        help=f"events, which clients replay (default {KEEP_EVENTS_DAYS})",
    )


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"give a number of days from 1 to {_LONGEST_DAYS}")
    return int(text)


def _demo(parsed: argparse.Namespace) -> int:
    return run_demo(once=parsed.once)


def _serve(parsed: argparse.Namespace) -> int:
    settings = load_settings()
    configure_logging(settings.log_format)
    trusted_documents(settings)  # told here, not from within the server
    check_tracing(settings)
    asyncio.run(check_servers(settings))
    serve(settings)
    return 0


def _worker(parsed: argparse.Namespace) -> int:
    settings = load_settings()
    configure_logging(settings.log_format)
    asyncio.run(check_servers(settings))
    run_worker(settings, namespace=BROKER_NAMESPACE, threads=parsed.threads)
    return 0


def _migrate(parsed: argparse.Namespace) -> int:
    try:
        asyncio.run(migrate(load_settings().database_url))
    except DATABASE_TROUBLE as fault:
        raise ServerTrouble(explain(fault)) from None
    print("The database is up to date.")
    return 0


def _prune(parsed: argparse.Namespace) -> int:
    async def drop(resources: Resources) -> None:
        pruned = await prune(
            resources,
            now=now(),
            keep_days=parsed.keep_days,
            keep_events_days=parsed.keep_events_days,
        )
        for what, rows in pruned.items():
            print(f"{what:<10}{rows:>10}")

    return _with_resources(drop)


def _schema(parsed: argparse.Namespace) -> int:
    try:
        print(schema().as_str(), flush=True)
    except BrokenPipeError:  # `instep schema | head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _account(parsed: argparse.Namespace) -> int:
    path = SAMPLE if parsed.sample else parsed.lists
    lists = None if path is None else read_account_file(path, new_id)

    async def create(resources: Resources) -> None:
        created = await administration.create_account(
            resources, name=parsed.name, administrator=parsed.administrator, lists=lists
        )
        print(f"account        {created.account_id}")
        print(f"administrator  {parsed.administrator}")
        print(f"next           instep token --account {created.account_id}")

    return _with_resources(create)


def _token(parsed: argparse.Namespace) -> int:
    if (parsed.api_key is None) != (parsed.scopes is None):
        raise AdministrationError(
            "Name what the API key opens with --scopes, at least one of:"
            f" {', '.join(Scope)}. A person's token has no --scopes: it opens what the person may."
        )

    async def make(resources: Resources) -> None:
        if parsed.api_key is not None:
            given = await administration.make_api_key(
                resources,
                account_id=parsed.account,
                name=parsed.api_key,
                scopes=parsed.scopes,
                trusted_only=parsed.trusted_only,
            )
        else:
            given = await administration.make_token(
                resources,
                account_id=parsed.account,
                person=parsed.person,
                lifetime=timedelta(hours=parsed.hours),
                trusted_only=parsed.trusted_only,
            )
        print(given)

    return _with_resources(make)


def _connection(parsed: argparse.Namespace) -> int:
    is_new = not parsed.output.exists()
    try:
        parsed.output.open("a").close()  # before the password, which is shown only once, is drawn
    except OSError as fault:
        raise AdministrationError(
            f"{parsed.output} cannot be written: {fault.strerror}. Name another file with --output."
        ) from None

    async def add(resources: Resources) -> None:
        created = await administration.add_connection(
            resources,
            account_id=parsed.account,
            company_file=parsed.company_file,
            name=parsed.name,
        )
        parsed.output.write_text(created.qwc_file, encoding="utf-8")
        print(f"file      {parsed.output}  (open it on the computer that runs QuickBooks)")
        print(f"user      {created.connection.user_name}")
        print(f"password  {created.password}  (shown only now; type it into the Web Connector)")

    try:
        return _with_resources(add)
    except BaseException:  # Ctrl-C too: an empty file would be taken for the real one
        if is_new:
            parsed.output.unlink()
        raise


def _pin(parsed: argparse.Namespace) -> int:
    pin = _typed_pin() if sys.stdin.isatty() else sys.stdin.readline().strip()

    async def store(resources: Resources) -> None:
        person = await administration.set_pin(
            resources, account_id=parsed.account, person=parsed.person, pin=pin
        )
        print(f"The PIN of {person} is set.")

    return _with_resources(store)


def _typed_pin() -> str:
    pin = getpass("PIN: ")
    if getpass("Again: ") != pin:
        raise AdministrationError("The two PINs differ; nothing was set.")
    return pin


def _with_resources(use: Callable[[Resources], Awaitable[None]]) -> int:
    settings = load_settings()
    configure_logging(settings.log_format)

    async def run(settings: Settings) -> None:
        await check_servers(settings)
        broker = make_broker(settings.redis_url, namespace=BROKER_NAMESPACE)
        async with hold_resources(settings, broker) as resources:
            await use(resources)

    asyncio.run(run(settings))
    return 0
