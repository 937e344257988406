"""An account's lists as a JSON file: what an office types once, by name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.lists import (
    AccountingPeriod,
    BusinessUnit,
    Customer,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    ServiceLocation,
    TaxRate,
    TaxZone,
    Technician,
)

#: The lists of the demo: requirements, fixture F.
SAMPLE = Path(__file__).parent / "sample_account.json"


class AccountFileError(Exception):
    """The file cannot be used; the text says what to change."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    #: The name in QuickBooks; ours when absent.
    quickbooks: str | None = None

    @property
    def quickbooks_name(self) -> str:
        return self.quickbooks or self.name


class _ServiceLocation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    address: str = Field(min_length=1)


class _Customer(_Entry):
    service_locations: list[_ServiceLocation] = []


class _TaxZone(_Entry):
    is_group: bool = False
    rates: dict[str, Decimal]


class _Technician(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    #: The name of an inventory location: where material comes from that names none.
    default_truck: str | None = None


class _Location(_Entry):
    kind: InventoryLocationKind
    technician: str | None = None


class _Item(_Entry):
    type: ItemType
    cogs_account: str | None = None


class _Period(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first_day: date
    last_day: date
    is_closed: bool = False


class _AccountFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    next_batch_number: int = Field(default=1, ge=1)
    accounting_periods: list[_Period] = []
    customers: list[_Customer] = []
    business_units: list[_Entry] = []
    tax_zones: list[_TaxZone] = []
    #: A name alone, or a technician with a default truck.
    technicians: list[str | _Technician] = []
    inventory_locations: list[_Location] = []
    items: list[_Item] = []


@dataclass(frozen=True, slots=True)
class AccountLists:
    """What a new account begins with; entries are of all lists, in the order their keys need."""

    next_batch_number: int
    periods: tuple[AccountingPeriod, ...]
    entries: tuple[Any, ...]


def read_account_file(path: Path, new_id: Callable[[], UUID]) -> AccountLists:
    """Give the lists in the file. Raises AccountFileError naming the field and the cure."""
    try:
        file = _AccountFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as fault:
        raise AccountFileError(f"{path} cannot be read: {fault.strerror}.") from None
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise AccountFileError(f"{path}: {where}: {first['msg']}.") from None
    except ValueError as fault:
        raise AccountFileError(f"{path} is not JSON: {fault}.") from None
    return AccountLists(
        file.next_batch_number,
        tuple(
            AccountingPeriod(p.first_day, p.last_day, p.is_closed) for p in file.accounting_periods
        ),
        _entries(file, path, new_id),
    )


def _entries(file: _AccountFile, path: Path, new_id: Callable[[], UUID]) -> tuple[Any, ...]:
    people = [_Technician(name=t) if isinstance(t, str) else t for t in file.technicians]
    keys = {person.name: new_id() for person in people}
    locations = [_location(location, keys, path, new_id()) for location in file.inventory_locations]
    return (
        *(entry for e in file.customers for entry in _customer(e, new_id)),
        *(BusinessUnit(new_id(), e.name, e.quickbooks_name) for e in file.business_units),
        *(_tax_zone(e, new_id()) for e in file.tax_zones),
        *(_technician(person, keys[person.name], locations, path) for person in people),
        *locations,
        *(
            Item(new_id(), e.name, e.type, e.quickbooks_name, None, e.cogs_account)
            for e in file.items
        ),
    )


def _customer(entry: _Customer, new_id: Callable[[], UUID]) -> Iterator[Customer | ServiceLocation]:
    customer = Customer(new_id(), entry.name, entry.quickbooks_name)
    yield customer
    for location in entry.service_locations:
        yield ServiceLocation(new_id(), customer.id, location.name, location.address)


def _location(
    entry: _Location, technicians: dict[str, UUID], path: Path, key: UUID
) -> InventoryLocation:
    if entry.technician is not None and entry.technician not in technicians:
        raise AccountFileError(
            f"{path}: inventory location {entry.name!r} names the technician"
            f" {entry.technician!r}, who is not in the file."
        )
    owner = technicians[entry.technician] if entry.technician else None
    return InventoryLocation(key, entry.name, entry.kind, entry.quickbooks_name, owner)


def _technician(
    entry: _Technician, key: UUID, locations: list[InventoryLocation], path: Path
) -> Technician:
    if entry.default_truck is None:
        return Technician(key, entry.name)
    for location in locations:
        if location.name == entry.default_truck:
            return Technician(key, entry.name, location.id)
    raise AccountFileError(
        f"{path}: technician {entry.name!r} names the default truck {entry.default_truck!r},"
        " which is not among the inventory locations of the file."
    )


def _tax_zone(entry: _TaxZone, key: UUID) -> TaxZone:
    rates = tuple(TaxRate(name, percent) for name, percent in entry.rates.items())
    return TaxZone(key, entry.name, entry.quickbooks_name, entry.is_group, rates)
