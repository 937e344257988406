"""The command's options."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.company_file import DEMO_COMPANY
from simulator.computer import Computer

_EPILOG = "docs/simulator.md describes the company file, the fault script and the journal."


def parse_options(arguments: Sequence[str] | None, program: str) -> argparse.Namespace:
    """Return the options; ends the program with code 2 and a sentence when they are misused."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="A simulated QuickBooks with its Web Connector.",
        epilog=_EPILOG,
    )
    parser.add_argument("--qwc", type=Path, required=True, help="the .qwc file of the service")
    password = parser.add_mutually_exclusive_group(required=True)
    password.add_argument("--password", help="the password the service gave for it")
    password.add_argument("--password-file", type=Path, help="a file with the password in it")
    _add_company(parser)
    _add_schedule(parser)
    _add_troubles(parser)
    return parser.parse_args(arguments)


def _add_company(parser: argparse.ArgumentParser) -> None:
    company = parser.add_argument_group("company file")
    company.add_argument(
        "--company-file", type=Path, default=DEMO_COMPANY, help="as JSON (default: the demo's)"
    )
    company.add_argument(
        "--save-company-file", type=Path, metavar="FILE", help="keep its state there, for later"
    )
    company.add_argument(
        "--write-company-file", action=_PrintDemo, help="print the demo's and stop"
    )


def _add_schedule(parser: argparse.ArgumentParser) -> None:
    schedule = parser.add_argument_group("schedule")
    schedule.add_argument("--once", action="store_true", help="run one update and stop")
    schedule.add_argument(
        "--every", type=_whole_seconds, metavar="SECONDS", help="instead of what the .qwc says"
    )
    schedule.add_argument(
        "--machine",
        type=_machine,
        metavar="NAME",
        default=Computer().machine,
        help="name of the computer (default %(default)s)",
    )


def _add_troubles(parser: argparse.ArgumentParser) -> None:
    troubles = parser.add_argument_group("troubles, and what came of them")
    either = troubles.add_mutually_exclusive_group()
    either.add_argument("--faults", type=Path, metavar="FILE", help="a fault script as JSON")
    either.add_argument(
        "--chaos",
        type=_chaos,
        metavar="SEED:PROBABILITY",
        help="faults by chance, the same for the same seed: 7:0.1",
    )
    troubles.add_argument(
        "--journal", type=Path, metavar="FILE", help="append writes and sessions as JSON lines"
    )


class _PrintDemo(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Print the file, and end the program: nothing else is asked for then."""
        sys.stdout.write(DEMO_COMPANY.read_text(encoding="utf-8"))
        parser.exit()


def _whole_seconds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number of seconds from 1')
    return int(text)


def _machine(text: str) -> str:
    if not text.strip() or ":" in text:
        raise argparse.ArgumentTypeError(f'"{text}" is no name of a computer; leave colons out')
    return text.strip()


def _chaos(text: str) -> tuple[int, float]:
    seed, _, share = text.partition(":")
    try:
        given = int(seed), float(share)
    except ValueError:
        given = 0, -1.0
    if not 0 <= given[1] <= 1:
        wanted = "a whole number, a colon and a probability from 0 to 1, such as 7:0.1"
        raise argparse.ArgumentTypeError(f'"{text}" is not {wanted}')
    return given
