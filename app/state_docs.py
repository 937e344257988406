"""docs/sync-states.md, written from the transition tables: `python -m app.state_docs`."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from domain import batches, exchange, inquiry, payments, sync, sync_status
from domain.lists import BatchStatus

_HEAD = """\
# Sync states

Written by `python -m app.state_docs` from the tables in `domain/sync_status.py`, `domain/sync.py`,
`domain/exchange.py`, `domain/inquiry.py`, `domain/batches.py` and `domain/payments.py`; a test
compares them. A pair without an entry is refused (`IllegalTransition`) and changes nothing.
"""
_STATUS = """\
## Sync status of an invoice

What the office sees. Waiting for a connector, a lock or a lost answer is SYNCING; only what a
person must decide is ACTION_REQUIRED.
"""
_JOB = """\
## Sync job

One intention: QuickBooks shall hold version n of this invoice. A lost answer leads to UNKNOWN, and
only what QuickBooks itself says leads out.
"""
_SET = """\
## Message set

What left for QuickBooks at once, and what is known of its answer. Its bytes are stored before they
leave, its answer before it is booked. A LOST set is asked after with QuickBooks' own status check;
of an UNTOLD one the writes are asked after invoice by invoice. No set is handed out twice.
"""
_INQUIRY = """\
## Inquiry

A question to QuickBooks outside of any job: it reads, and changes no invoice and no status. A lost
answer means that it is asked again, five times at most; what no Web Connector fetched in time has
expired.
"""
_BATCH = """\
## Export batch

A bypassed batch counts as exported although nothing of it was sent. It is unlocked after QuickBooks
was asked and holds none of it, and an administrator consented; an exported one never is.
"""
_PAYMENT = """\
## Payment

It goes to QuickBooks at most once and changes no status of its invoice. A lost answer leads to
UNKNOWN, and QuickBooks is asked before a second Add; what may be there is decided by a person.
"""


S = TypeVar("S", bound=StrEnum)
H = TypeVar("H", bound=StrEnum)


class _Machine(NamedTuple, Generic[S, H]):
    table: Mapping[tuple[S, H], S]
    states: type[S]
    happenings: type[H]


def render_states() -> str:
    """Give the page as Markdown: each table as a matrix, with its diagram."""
    statuses = _Machine(
        sync_status.TRANSITIONS, sync_status.SyncStatus, sync_status.StatusHappening
    )
    jobs = _Machine(sync.TRANSITIONS, sync.JobState, sync.JobHappening)
    sets = _Machine(exchange.TRANSITIONS, exchange.ExchangeState, exchange.ExchangeHappening)
    inquiries = _Machine(inquiry.TRANSITIONS, inquiry.InquiryState, inquiry.InquiryHappening)
    sections = (
        _section(_STATUS, statuses),
        _section(_JOB, jobs),
        _section(_SET, sets),
        _section(_INQUIRY, inquiries),
        _section(_BATCH, _Machine(batches.TRANSITIONS, BatchStatus, batches.BatchHappening)),
        _section(
            _PAYMENT,
            _Machine(payments.TRANSITIONS, payments.PaymentState, payments.PaymentHappening),
        ),
    )
    return "\n".join((_HEAD, *sections))


def _section(text: str, machine: _Machine[S, H]) -> str:
    return "\n".join((text, _matrix(machine), _diagram(machine)))


def _matrix(machine: _Machine[S, H]) -> str:
    rows = [
        ["happening \\ state", *machine.states],
        ["---"] * (len(machine.states) + 1),
        *(
            [happening, *(machine.table.get((state, happening), "") for state in machine.states)]
            for happening in machine.happenings
        ),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _diagram(machine: _Machine[S, H]) -> str:
    lines = ("stateDiagram-v2", *(f"    {arrow}" for arrow in _arrows(machine)))
    return "\n".join(("```mermaid", *lines, "```\n"))


def _arrows(machine: _Machine[S, H]) -> Iterator[str]:
    """Give the arrows in the order of the states; happenings that lead the same way share one."""
    yield f"[*] --> {next(iter(machine.states))}"
    for state in machine.states:
        ways: dict[S, list[str]] = {}
        for happening in machine.happenings:
            if (state, happening) in machine.table:
                ways.setdefault(machine.table[state, happening], []).append(happening)
        yield from (f"{state} --> {after}: {', '.join(names)}" for after, names in ways.items())
        if not ways:
            yield f"{state} --> [*]"


if __name__ == "__main__":
    page = Path(__file__).parent.parent / "docs" / "sync-states.md"
    page.write_text(render_states(), encoding="utf-8")
