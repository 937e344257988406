"""Run a simulated QuickBooks and Web Connector against a service: python -m simulator --help."""

import asyncio
import contextlib
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from simulator.clock import SystemClock
from simulator.company_file import CompanyFile
from simulator.company_json import InvalidCompany, read_company, write_company
from simulator.computer import Computer
from simulator.fault_file import InvalidScript, read_script
from simulator.faults import FaultScript
from simulator.journal import JournalLines
from simulator.options import parse_options
from simulator.qwc import InvalidQwc, Qwc, read_qwc
from simulator.reports import Outcome, UpdateReport
from simulator.web_connector import WebConnector

_DEFAULT_EVERY_SECONDS: Final = 5
_GOOD: Final = frozenset({Outcome.DONE, Outcome.NO_WORK, Outcome.BUSY, Outcome.POSTPONED})
_BAD_INPUT: Final = 2
_HINTS: Final = {
    Outcome.INVALID_USER: "check the user name in the .qwc file and --password",
    Outcome.LOCKED: "that machine must end its session first; or call yourself so with --machine",
}


class _BadInput(Exception):
    """One sentence for the person at the terminal."""


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m simulator") -> int:
    """Run the command and return its exit code: 0 good, 1 update failed, 2 bad input."""
    options = parse_options(arguments, program)
    try:
        return _run(options)
    except _BadInput as error:
        sys.stderr.write(f"error: {error}\n")
        return _BAD_INPUT


def _run(options: Namespace) -> int:
    qwc = _read_qwc(options.qwc)
    connector = _connector(options, qwc)
    keep = _keeper(connector.company_file, options)
    keep()  # a file that cannot be written is better known before than after
    code = 0
    try:
        if options.once:
            report = asyncio.run(connector.run_update())
            _show(report)
            code = 0 if report.outcome in _GOOD else 1
        else:
            every_seconds = options.every or qwc.run_every_seconds or _DEFAULT_EVERY_SECONDS
            asyncio.run(_run_until_interrupted(connector, every_seconds, keep))
    finally:
        keep()
    return code


def _read_qwc(path: Path) -> Qwc:
    try:
        return read_qwc(path)
    except OSError as error:
        raise _unusable("Cannot read the .qwc file", path, error, "--qwc") from None
    except InvalidQwc as error:
        cure = "Ask the service for a new one, or name another with --qwc."
        raise _BadInput(f"The .qwc file {path} cannot be used: {error} {cure}") from None


def _connector(options: Namespace, qwc: Qwc) -> WebConnector:
    return WebConnector(
        qwc.url,
        qwc.user_name,
        _password(options),
        _company_file(options.company_file),
        faults=_faults(options),
        style=qwc.style,
        owner_id=qwc.owner_id,
        file_id=qwc.file_id,
        computer=Computer(options.machine),
        clock=SystemClock(),
    )


def _password(options: Namespace) -> str:
    if options.password is not None:
        return str(options.password)
    path: Path = options.password_file
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        doing = "Cannot read the password file"
        raise _unusable(doing, path, error, "--password-file") from None


def _company_file(path: Path) -> CompanyFile:
    try:
        return read_company(path, SystemClock())
    except OSError as error:
        raise _unusable("Cannot read the company file", path, error, "--company-file") from None
    except InvalidCompany as error:
        cure = "--write-company-file prints one that does."
        raise _BadInput(f"The company file {path} {error}. {cure}") from None


def _faults(options: Namespace) -> FaultScript:
    if options.chaos is not None:
        return FaultScript.random(*options.chaos)
    path: Path | None = options.faults
    if path is None:
        return FaultScript()
    try:
        return read_script(path, SystemClock())
    except OSError as error:
        raise _unusable("Cannot read the fault script", path, error, "--faults") from None
    except InvalidScript as error:
        cure = "Mend it, or name another with --faults."
        raise _BadInput(f"The fault script {path} cannot be used: {error} {cure}") from None


def _keeper(company: CompanyFile, options: Namespace) -> Callable[[], None]:
    """Return what brings --journal and --save-company-file up to date. It raises _BadInput."""
    lines = JournalLines(company.journal)
    journal: Path | None = options.journal
    state: Path | None = options.save_company_file

    def keep() -> None:
        if journal is not None:
            try:
                with journal.open("a", encoding="utf-8") as file:
                    file.writelines(f"{line}\n" for line in lines.new())
            except OSError as error:
                raise _unusable("Cannot write the journal", journal, error, "--journal") from None
        if state is not None:
            try:
                write_company(company, state)
            except OSError as error:
                doing, option = "Cannot save the company file to", "--save-company-file"
                raise _unusable(doing, state, error, option) from None

    return keep


def _unusable(doing: str, path: Path, error: Exception, option: str) -> _BadInput:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return _BadInput(f"{doing} {path}: {reason}. Name another with {option}.")


async def _run_until_interrupted(
    connector: WebConnector, every_seconds: int, keep: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    name, url = connector.company_file.name, connector.url
    _say(f"{name} calls {url} every {every_seconds} s; Ctrl+C stops.")

    def tell(report: UpdateReport) -> None:
        _show(report)
        keep()

    await connector.run_forever(every_seconds, stop, tell)


def _show(report: UpdateReport) -> None:
    for message in report.messages:
        _say(f"dialog · {message}")
    hint = _HINTS.get(report.outcome)
    _say(f"{report} ({hint})" if hint else str(report))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
