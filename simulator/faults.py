"""Troubles on order: small values that say what goes wrong, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final, TypeAlias

from simulator.company_file import CompanyFile
from simulator.soap import OPERATIONS

MODAL_DIALOG: Final = "0x80040414"
WRONG_FILE_MODE: Final = "0x80040410"


def _check_operation(during: str) -> None:
    if during not in OPERATIONS:
        raise ValueError(f'"{during}" is none of {", ".join(OPERATIONS)}.')


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
    """QuickBooks answers the nth message set so many seconds later."""

    seconds: float
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens in the company file just before the nth message set is run."""

    happens: Callable[[CompanyFile], object]
    nth: int = 1


@dataclass(frozen=True, slots=True)
class RefuseToOpen:
    """The company file cannot be opened in the nth session counted from now.

    With `tries` only the first so many tries of that session fail; the Web Connector itself tries
    twice before it calls connectionError, and twice after each answer.
    """

    hresult: str
    nth: int = 1
    message: str = ""
    tries: int | None = None


@dataclass(frozen=True, slots=True)
class OtherCompanyOpen:
    """Another company file is open in the nth session counted from now."""

    company_file: CompanyFile
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Kill:
    """The connector is killed in the nth call of that operation, and unlocks nothing.

    With `request_sent` the service got the call, and nobody read its answer.
    """

    during: str
    request_sent: bool
    nth: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for an operation that is never called."""
        _check_operation(self.during)


@dataclass(frozen=True, slots=True)
class DropConnection:
    """The internet fails in the nth call of that operation, so the session ends with its code.

    With `request_sent` only the answer is lost. On sendRequestXML that is a message set which was
    handed out and never run; on receiveResponseXML QuickBooks has run the set, and nobody at the
    connector can tell whether the service got the answer.
    """

    during: str
    request_sent: bool = True
    nth: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for an operation that is never called."""
        _check_operation(self.during)


@dataclass(frozen=True, slots=True)
class CutSession:
    """The user ends the session before the nth call of that operation; no closeConnection."""

    during: str = "sendRequestXML"
    nth: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for an operation that is never called."""
        _check_operation(self.during)


@dataclass(frozen=True, slots=True)
class Asleep:
    """The computer sleeps before the nth call of that operation, then goes on as if nothing was."""

    seconds: float
    during: str = "receiveResponseXML"
    nth: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for an operation that is never called."""
        _check_operation(self.during)


SetFault: TypeAlias = LoseAnswer | RaiseComError | SlowAnswer | Meanwhile
SessionFault: TypeAlias = RefuseToOpen | OtherCompanyOpen
CallFault: TypeAlias = Kill | DropConnection | CutSession | Asleep
Fault: TypeAlias = SetFault | SessionFault | CallFault


@dataclass(frozen=True, slots=True)
class After:
    """The fault comes by time: `nth` counts only once so many seconds have passed.

    They are counted from the first session after this was added.
    """

    seconds: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class ByChance:
    """The fault comes by chance, again and again, at each occasion with this probability.

    Its `nth` means nothing. An occasion is a message set, a session that opens the company file,
    or a call of the operation: whatever the fault strikes.
    """

    probability: float
    fault: Fault

    def __post_init__(self) -> None:
        """Raises ValueError for what is no probability."""
        if not 0 <= self.probability <= 1:
            raise ValueError(f"{self.probability} is not a probability from 0 to 1.")


#: What a chaos run draws from: each leaves an outcome in doubt, or delays it.
CHAOS: Final[tuple[Fault, ...]] = (
    LoseAnswer(after_write=False),
    LoseAnswer(after_write=True),
    RaiseComError("0x80040402"),
    RaiseComError("0x8004041C", after_write=True),
    SlowAnswer(1),
    Kill("sendRequestXML", request_sent=True),
    Kill("receiveResponseXML", request_sent=False),
    Kill("receiveResponseXML", request_sent=True),
    DropConnection("sendRequestXML"),
    DropConnection("receiveResponseXML"),
    DropConnection("receiveResponseXML", request_sent=False),
    CutSession(),
    RefuseToOpen(MODAL_DIALOG),
    RefuseToOpen(WRONG_FILE_MODE),
)

_OPENING: Final = "opening"
_MESSAGE_SET: Final = "message set"


@dataclass(slots=True)
class _Pending:
    """One fault of a script, and how near it is."""

    fault: Fault
    left: int
    seconds: float = 0
    probability: float | None = None
    chance: Random = field(default_factory=Random)
    due: datetime | None = None

    def anchor(self, now: datetime) -> datetime:
        """Begin to count the seconds, unless they are counted already; returns their end."""
        if self.due is None:
            self.due = now + timedelta(seconds=self.seconds)
        return self.due

    def strikes(self, now: datetime) -> bool:
        """Whether it comes at this occasion; counts one occasion."""
        if self.probability is not None:
            return self.chance.random() < self.probability
        if now < self.anchor(now):
            return False
        self.left -= 1
        return self.left == 0


@dataclass(slots=True)
class FaultScript:
    """The faults still to come. Each happens once; `nth` counts from when it was added.

    Those wrapped in ByChance may happen any number of times, the same for the same seed.
    """

    seed: int = 0
    _pending: list[_Pending] = field(default_factory=list)

    @classmethod
    def random(
        cls, seed: int, probability: float, faults: tuple[Fault, ...] = CHAOS
    ) -> "FaultScript":
        """Return a script for a chaos run: the same seed brings the same faults.

        With `probability` something happens in a session of one message set, in which each kind
        has one occasion.
        """
        share = 1 - (1 - probability) ** (1 / len(faults))
        return cls(seed).add(*(ByChance(share, fault) for fault in faults))

    def add(self, *faults: Fault | After | ByChance) -> "FaultScript":
        """Put faults on the script and return it."""
        for fault in faults:
            self._pending.append(self._waiting(fault))
        return self

    def begin(self, now: datetime) -> None:
        """Count the seconds of what was added since the last session from now."""
        for pending in self._pending:
            pending.anchor(now)

    def at_opening(self, now: datetime) -> list[SessionFault]:
        """Return what goes wrong with the company file of this session; counts one session."""
        return [fault for fault in self._strike(_OPENING, now) if isinstance(fault, SessionFault)]

    def at_message_set(self, now: datetime) -> list[SetFault]:
        """Return what goes wrong with the message set that comes now; counts one message set."""
        return [fault for fault in self._strike(_MESSAGE_SET, now) if isinstance(fault, SetFault)]

    def at_call(self, operation: str, now: datetime) -> list[CallFault]:
        """Return what goes wrong with the call that comes now; counts one of its operation."""
        return [fault for fault in self._strike(operation, now) if isinstance(fault, CallFault)]

    def _waiting(self, fault: Fault | After | ByChance) -> _Pending:
        if isinstance(fault, ByChance):
            # Each has dice of its own, so that how the occasions interleave changes nothing.
            chance = Random(f"{self.seed}:{len(self._pending)}")  # noqa: S311 - repeatable on purpose
            return _Pending(fault.fault, 0, probability=fault.probability, chance=chance)
        if isinstance(fault, After):
            return replace(self._waiting(fault.fault), seconds=fault.seconds)
        return _Pending(fault, fault.nth)

    def _strike(self, occasion: str, now: datetime) -> list[Fault]:
        return [
            pending.fault
            for pending in self._pending
            if _occasion(pending.fault) == occasion and pending.strikes(now)
        ]


def _occasion(fault: Fault) -> str:
    if isinstance(fault, SetFault):
        return _MESSAGE_SET
    return _OPENING if isinstance(fault, SessionFault) else fault.during
