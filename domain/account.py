"""The tenant and its feature switches."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: UUID
    name: str
    #: "Account configuration is required to use this feature" (seed 000).
    edit_exported_enabled: bool = True
    accounting_periods_enabled: bool = False
    #: Off: a zero total is refused after adding or removing tasks only; on: after any edit.
    strict_zero_total: bool = False
