"""Troubles on order: small values that say what goes wrong, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.company_file import CompanyFile


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """The connector dies with the nth message set, before or after QuickBooks ran it.

    Either way the service never hears an answer.
    """

    after_write: bool
    nth: int = 1


@dataclass(frozen=True, slots=True)
class RaiseComError:
    """QuickBooks throws on the nth message set; with `after_write` it has saved it first."""

    hresult: str
    nth: int = 1
    after_write: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class SlowAnswer:
    """The answer to the nth message set comes so many seconds later."""

    seconds: float
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens in the company file just before the nth message set is run."""

    happens: Callable[[CompanyFile], object]
    nth: int = 1


@dataclass(frozen=True, slots=True)
class RefuseToOpen:
    """The company file cannot be opened in the nth session counted from now."""

    hresult: str
    nth: int = 1
    message: str = ""


@dataclass(frozen=True, slots=True)
class OtherCompanyOpen:
    """Another company file is open in the nth session counted from now."""

    company_file: CompanyFile
    nth: int = 1


SetFault: TypeAlias = LoseAnswer | RaiseComError | SlowAnswer | Meanwhile
SessionFault: TypeAlias = RefuseToOpen | OtherCompanyOpen
Fault: TypeAlias = SetFault | SessionFault


@dataclass(slots=True)
class FaultScript:
    """The faults still to come. Each happens once; `nth` counts from when it was added."""

    _sets: list[tuple[int, SetFault]] = field(default_factory=list)
    _sessions: list[tuple[int, SessionFault]] = field(default_factory=list)
    _set_count: int = 0
    _session_count: int = 0

    def add(self, *faults: Fault) -> "FaultScript":
        """Put faults on the script and return it."""
        for fault in faults:
            if isinstance(fault, RefuseToOpen | OtherCompanyOpen):
                self._sessions.append((self._session_count + fault.nth, fault))
            else:
                self._sets.append((self._set_count + fault.nth, fault))
        return self

    def at_message_set(self) -> list[SetFault]:
        """Return what goes wrong with the message set that comes now; counts one message set."""
        self._set_count += 1
        return [fault for turn, fault in self._sets if turn == self._set_count]

    def at_opening(self) -> list[SessionFault]:
        """Return what goes wrong with the company file of this session; counts one session."""
        self._session_count += 1
        return [fault for turn, fault in self._sessions if turn == self._session_count]
