"""Read a fault script from JSON, for the command: docs/simulator.md describes the format."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, Final

from simulator import faults
from simulator.bookkeeper import Bookkeeper
from simulator.clock import Clock
from simulator.company_file import CompanyFile
from simulator.company_json import InvalidCompany, read_company
from simulator.faults import After, ByChance, Fault, FaultScript, Meanwhile, OtherCompanyOpen

#: The faults whose keys are plain values; Meanwhile and OtherCompanyOpen are read apart.
KINDS: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        *(faults.LoseAnswer, faults.RaiseComError, faults.SlowAnswer, faults.RefuseToOpen),
        *(faults.Kill, faults.DropConnection, faults.CutSession, faults.Asleep),
    )
}
#: What is allowed beside a fault's own keys.
_WHEN: Final = frozenset({"fault", "after_seconds", "probability"})
_EDITS: Final = frozenset({"memo", "number", "date", "due_date", "po_number"})

Record = Mapping[str, Any]


class InvalidScript(Exception):
    """The script cannot be used; the text says why, and at which fault."""


def read_script(path: Path, now: Clock) -> FaultScript:
    """Return the script in the file. Raises OSError or InvalidScript."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidScript(f"it is not JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("faults"), list):
        raise InvalidScript('it is not an object with a list "faults"')
    seed = data.get("seed", 0)
    if not _is(seed, int):
        raise InvalidScript('its "seed" is not a whole number')
    script = FaultScript(seed)
    for position, record in enumerate(data["faults"], start=1):
        try:
            script.add(_timed(record, path.parent, now))
        except (TypeError, ValueError, OSError) as error:
            raise InvalidScript(f"fault {position}: {error}") from None
        except InvalidCompany as error:
            raise InvalidScript(f"fault {position}: its company file {error}") from None
    return script


def _timed(record: object, folder: Path, now: Clock) -> Fault | After | ByChance:
    if not isinstance(record, dict):
        raise TypeError("it is not an object.")
    fault = _fault(record, folder, now)
    if "after_seconds" in record and "probability" in record:
        raise ValueError("it has both after_seconds and probability; name one of them.")
    if "after_seconds" in record:
        return After(_number(record, "after_seconds"), fault)
    if "probability" in record:
        return ByChance(_number(record, "probability"), fault)
    return fault


def _fault(record: Record, folder: Path, now: Clock) -> Fault:
    name = str(record.get("fault"))
    if name == "Meanwhile":
        _check_keys(record, _EDITS | {"edit_invoice", "nth"})
        return Meanwhile(_edit(record), _nth(record))
    if name == "OtherCompanyOpen":
        _check_keys(record, {"company_file", "nth"})
        path = folder / _text(record, "company_file")
        return OtherCompanyOpen(read_company(path, now), _nth(record))
    if name not in KINDS:
        known = ", ".join([*KINDS, "Meanwhile", "OtherCompanyOpen"])
        raise ValueError(f'"fault" is {json.dumps(name)}, which is none of {known}.')
    kind = KINDS[name]
    _check_keys(record, {key.name for key in fields(kind)})
    values = {key.name: _value(record, key) for key in fields(kind) if _is_given(record, key)}
    fault: Fault = kind(**values)
    return fault


def _check_keys(record: Record, allowed: set[str] | frozenset[str]) -> None:
    unknown = record.keys() - allowed - _WHEN
    if unknown:
        known = ", ".join(sorted(allowed | _WHEN))
        raise ValueError(f"it has no {', '.join(sorted(unknown))}; it may have {known}.")
    _nth(record)


def _is_given(record: Record, key: "Field[Any]") -> bool:
    if key.name not in record and key.default is MISSING:
        raise ValueError(f"{key.name} is missing.")
    return key.name in record


def _value(record: Record, key: "Field[Any]") -> object:
    if key.type is float:
        return _number(record, key.name)
    if not _is(record[key.name], key.type):
        named = getattr(key.type, "__name__", str(key.type))
        raise ValueError(f"{key.name} is {json.dumps(record[key.name])}, not of type {named}.")
    return record[key.name]


def _is(value: object, kind: Any) -> bool:
    # JSON's true is an int to Python.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _number(record: Record, name: str) -> float:
    value = record[name]
    if not _is(value, int | float) or value < 0:
        raise ValueError(f"{name} is {json.dumps(value)}, not a number from 0.")
    return float(value)


def _nth(record: Record) -> int:
    nth = record.get("nth", 1)
    if not _is(nth, int) or nth < 1:
        raise ValueError(f"nth is {json.dumps(nth)}, not a whole number from 1.")
    return int(nth)


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing.")
    return value


def _edit(record: Record) -> Callable[[CompanyFile], object]:
    number = _text(record, "edit_invoice")
    texts = {word: _text(record, word) for word in _EDITS & record.keys()}

    def edit(company: CompanyFile) -> None:
        for invoice in list(company.invoices.values()):
            if invoice.ref_number == number:
                Bookkeeper(company).edit_invoice(invoice.txn_id, **texts)

    return edit
