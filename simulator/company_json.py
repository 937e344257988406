"""Read a company file from JSON, as a person wrote it or as it was saved, and save it."""

import json
from pathlib import Path

from simulator.clock import Clock
from simulator.company_file import CompanyFile
from simulator.errors import Refusal
from simulator.saved_state import MARK, restore_state, save_state


class InvalidCompany(Exception):
    """The file does not describe a company file; the text says why."""


def read_company(path: Path, now: Clock) -> CompanyFile:
    """Return the company file. Raises OSError or InvalidCompany."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidCompany(f"is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidCompany("does not fit together: it is not a JSON object")
    try:
        return restore_state(data, now) if MARK in data else CompanyFile.from_json(data, now)
    except KeyError as error:
        raise InvalidCompany(f"does not fit together: it has no {error}") from None
    except (TypeError, ValueError, AttributeError, ImportError, ArithmeticError) as error:
        raise InvalidCompany(f"does not fit together: {error}") from None
    except Refusal as refusal:
        raise InvalidCompany(f"does not fit together: {refusal.message}") from None


def write_company(company: CompanyFile, path: Path) -> None:
    """Save the company file as it stands, in one step: no half-written file. Raises OSError."""
    text = json.dumps(save_state(company), ensure_ascii=False, indent=1)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(f"{text}\n", encoding="utf-8")
    draft.replace(path)
