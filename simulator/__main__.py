"""Run a simulated QuickBooks and Web Connector against a service: python -m simulator --help."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.errors import Refusal
from simulator.qwc import InvalidQwc, Qwc, read_qwc
from simulator.reports import Outcome, UpdateReport
from simulator.web_connector import WebConnector

_DEFAULT_EVERY_SECONDS: Final = 5
_GOOD: Final = frozenset({Outcome.DONE, Outcome.NO_WORK, Outcome.BUSY, Outcome.POSTPONED})
_BAD_INPUT: Final = 2


class _BadInput(Exception):
    """One sentence for the person at the terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 good, 1 update failed, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        connector, qwc = _connector(options)
    except _BadInput as error:
        _say(f"error: {error}", file_number=2)
        return _BAD_INPUT
    if options.once:
        report = asyncio.run(connector.run_update())
        _show(report)
        return 0 if report.outcome in _GOOD else 1
    every_seconds = options.every or qwc.run_every_seconds or _DEFAULT_EVERY_SECONDS
    _say(f"{connector.company_file.name} calls {qwc.url} every {every_seconds} s; Ctrl+C stops.")
    asyncio.run(_run_until_interrupted(connector, every_seconds))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A simulated QuickBooks with its Web Connector."
    )
    parser.add_argument("--qwc", type=Path, required=True, help="the .qwc file of the service")
    password = parser.add_mutually_exclusive_group(required=True)
    password.add_argument("--password", help="the password the service gave for it")
    password.add_argument("--password-file", type=Path, help="a file with the password in it")
    parser.add_argument(
        "--company-file", type=Path, default=DEMO_COMPANY, help="a company file as JSON"
    )
    parser.add_argument("--once", action="store_true", help="run one update and stop")
    parser.add_argument(
        "--every", type=_whole_seconds, metavar="SECONDS", help="instead of what the .qwc says"
    )
    return parser


def _whole_seconds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        message = f'"{text}" is not a whole number of seconds'
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _connector(options: argparse.Namespace) -> tuple[WebConnector, Qwc]:
    try:
        qwc = read_qwc(options.qwc)
    except OSError as error:
        raise _unreadable("the .qwc file", options.qwc, error) from None
    except InvalidQwc as error:
        raise _BadInput(str(error)) from None
    connector = WebConnector(
        qwc.url,
        qwc.user_name,
        _password(options),
        _company_file(options.company_file),
        style=qwc.style,
        owner_id=qwc.owner_id,
        file_id=qwc.file_id,
    )
    return connector, qwc


def _password(options: argparse.Namespace) -> str:
    if options.password is not None:
        return str(options.password)
    path: Path = options.password_file
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable("the password file", path, error) from None


def _company_file(path: Path) -> CompanyFile:
    try:
        return CompanyFile.load(path)
    except OSError as error:
        raise _unreadable("the company file", path, error) from None
    except json.JSONDecodeError as error:
        message = f"The company file {path} is not JSON: {error}."
        raise _BadInput(message) from None
    except (KeyError, TypeError, ValueError, ArithmeticError, Refusal) as error:
        message = f"The company file {path} does not fit together: {error}"
        raise _BadInput(message) from None


def _unreadable(what: str, path: Path, error: Exception) -> _BadInput:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return _BadInput(f"Cannot read {what} {path}: {reason}.")


async def _run_until_interrupted(connector: WebConnector, every_seconds: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await connector.run_forever(every_seconds, stop, _show)


def _show(report: UpdateReport) -> None:
    hint = ""
    if report.outcome is Outcome.INVALID_USER:
        hint = " (check the user name in the .qwc file and the password)"
    _say(f"{report}{hint}")


def _say(text: str, *, file_number: int = 1) -> None:
    stream = sys.stderr if file_number == _STDERR else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


_STDERR: Final = 2

if __name__ == "__main__":
    sys.exit(main())
