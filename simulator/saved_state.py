"""A company file as it stands, written as JSON and read again: ids, locks and kept answers too.

The format follows the simulator's own classes, so it is for the version that wrote it; what a
person writes is the format of demo_company.json.
"""

import importlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from simulator.clock import Clock
from simulator.company_file import CompanyFile
from simulator.journal import Journal

MARK: Final = "simulator_state"
_KIND: Final = "is"
_SECOND: Final = timedelta(seconds=1)


def save_state(company: CompanyFile) -> dict[str, object]:
    """Return the state as values of JSON; the clock and the journal are not part of it."""
    return {MARK: 1, "company": _Writer().write(company)}


def restore_state(data: Mapping[str, Any], now: Clock) -> CompanyFile:
    """Return the company file that was saved, with an empty journal.

    Raises KeyError, TypeError, ValueError, AttributeError or ImportError for another's format.
    """
    company = _Reader().read(data["company"])
    if not isinstance(company, CompanyFile):
        raise TypeError("it holds no company file")
    company.now, company.journal = now, Journal()
    return company


class _Writer:
    """Writes each object once, so that invoices and lists go on sharing their entries."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def write(self, value: object) -> object:
        if value is None or type(value) in {bool, int, str}:
            return value
        if is_dataclass(value) and not isinstance(value, type):
            return self._write_object(value)
        if isinstance(value, Mapping):
            pairs = [[self.write(key), self.write(item)] for key, item in value.items()]
            return {_KIND: "map", "pairs": pairs}
        if isinstance(value, list | tuple | set | frozenset):
            return {_KIND: type(value).__name__, "items": [self.write(item) for item in value]}
        return _write_scalar(value)

    def _write_object(self, value: Any) -> object:
        if id(value) in self._numbers:
            return {_KIND: "again", "number": self._numbers[id(value)]}
        self._numbers[id(value)] = len(self._numbers)
        kept = {name: self.write(getattr(value, name)) for name in _kept_fields(type(value))}
        return {_KIND: "object", "class": _name_of(type(value)), "fields": kept}


class _Reader:
    def __init__(self) -> None:
        self._objects: list[object] = []

    def read(self, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        match written[_KIND]:
            case "object":
                return self._read_object(written)
            case "again":
                return self._objects[written["number"]]
            case "map":
                return {self.read(key): self.read(item) for key, item in written["pairs"]}
            case "list" | "tuple" | "set" | "frozenset" as kind:
                maker = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind]
                return maker(self.read(item) for item in written["items"])
            case kind:
                return _read_scalar(kind, written)

    def _read_object(self, written: Mapping[str, Any]) -> object:
        kind = _class_named(written["class"])
        if not is_dataclass(kind) or list(written["fields"]) != _kept_fields(kind):
            raise ValueError(f"another version of the simulator saved {written['class']}")
        found = object.__new__(kind)
        self._objects.append(found)
        for name, value in written["fields"].items():
            # Frozen ones too: nothing else has seen the object yet.
            object.__setattr__(found, name, self.read(value))
        return found


def _write_scalar(value: object) -> object:
    match value:
        case Enum():
            return {_KIND: "enum", "class": _name_of(type(value)), "value": value.value}
        case Decimal():
            return {_KIND: "decimal", "value": str(value)}
        case datetime():
            return {_KIND: "datetime", "value": value.isoformat()}
        case date():
            return {_KIND: "date", "value": value.isoformat()}
        case timezone():
            return {_KIND: "timezone", "value": value.utcoffset(None) // _SECOND}
        case bytes():
            return {_KIND: "bytes", "value": value.hex()}
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be saved")


def _read_scalar(kind: str, written: Mapping[str, Any]) -> object:
    value = written["value"]
    match kind:
        case "enum":
            return _enum_named(written["class"])(value)
        case "decimal":
            return Decimal(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "date":
            return date.fromisoformat(value)
        case "timezone":
            return timezone(timedelta(seconds=value))
        case "bytes":
            return bytes.fromhex(value)
        case _:
            raise ValueError(f'"{kind}" is not a kind of value')


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _kept_fields(kind: type[Any]) -> list[str]:
    left_out = {"now", "journal"} if kind is CompanyFile else set()
    return [key.name for key in fields(kind) if key.name not in left_out]


def _enum_named(name: str) -> type[Enum]:
    found = _class_named(name)
    if not issubclass(found, Enum):
        raise TypeError(f"{name} is not an enum")
    return found


def _class_named(name: str) -> type[Any]:
    """Return a class that the simulator defines; a file must not reach any other."""
    module, _, class_name = name.rpartition(".")
    if not module.startswith("simulator."):
        raise ValueError(f"{name} is not a class of the simulator")
    found = getattr(importlib.import_module(module), class_name)
    if not isinstance(found, type) or found.__module__ != module:
        raise TypeError(f"{name} is not a class of the simulator")
    return found
