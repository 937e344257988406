"""The catalogue of answers as articles: one for each meaning, and which number leads to which.

docs/quickbooks-answers.md and the page that the service itself shows are both made from these.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from domain.answer_rows import Evidence, Row
from domain.answers import UNSURE
from domain.connector_rows import CONNECTOR_ROWS, SILENCE_ROWS
from domain.finding_rows import FINDING_ROWS
from domain.hresult_rows import HRESULT_ROWS, UNKNOWN_HRESULT_ROW
from domain.issues import AnswerClass, Reach, Retry, StepActor
from domain.payment_rows import PAYMENT_ROWS
from domain.status_rows import (
    OK_WITH_WARNING,
    SEVERITY_ROWS,
    STATUS_RANGES,
    STATUS_ROWS,
    UNKNOWN_STATUS_ROWS,
)

EVIDENCE: Mapping[Evidence, str] = {
    Evidence.QUOTED: "quoted",
    Evidence.PARAPHRASED: "in short",
    Evidence.UNCONFIRMED: "unconfirmed",
}
ACTORS: Mapping[StepActor, str] = {
    StepActor.OFFICE: "Office",
    StepActor.BOOKKEEPER: "Bookkeeper",
    StepActor.ADMINISTRATOR: "Administrator of Instep",
    StepActor.QUICKBOOKS_ADMINISTRATOR: "QuickBooks administrator",
    StepActor.SUPPORT: "Support",
}
_CLASSES: Mapping[AnswerClass, str] = {
    AnswerClass.APPLIED: "Done.",
    AnswerClass.WARNING: "Done, with a remark.",
    AnswerClass.NOT_FOUND: "Nothing was found.",
    AnswerClass.TRANSIENT: "It passes.",
    AnswerClass.OUTDATED: "QuickBooks' copy is newer.",
    AnswerClass.UNPROCESSED: "It was not looked at.",
    AnswerClass.PERSON: "Somebody must act.",
    AnswerClass.CONNECTION: "The connection is in trouble, no invoice is.",
    AnswerClass.DEFECT: "A fault of Instep's.",
    AnswerClass.UNKNOWN_OUTCOME: "Nobody knows yet whether it was saved.",
}
_REACHES: Mapping[Reach, str] = {
    Reach.INVOICE: "",
    Reach.OBJECT: "It stops every invoice that names the same thing, if QuickBooks names it.",
    Reach.CONNECTION: "It concerns everything that goes through this connection.",
}
_BY_ITSELF: Mapping[Retry, str] = {
    Retry.NOT_NEEDED: "nothing more is needed.",
    Retry.BACK_OFF: "tries again after 2 s, 8 s and 30 s, then in each session of the Web"
    " Connector; after 15 minutes of tries somebody must look (ACTION_REQUIRED). Waiting for a Web"
    " Connector that is offline does not count.",
    Retry.TWICE: "looks at QuickBooks' copy and tries again twice, after 2 s and 8 s; then"
    " somebody must look (ACTION_REQUIRED).",
    Retry.READ_FIRST: "reads QuickBooks' copy, compares, and plans the write anew; it asks only if"
    " both sides changed the same field.",
    Retry.WITH_ROOT: "sends it again as soon as the request that failed before it is out of the"
    " way.",
    Retry.ASK_FIRST: "asks QuickBooks what became of it, and sends it again only if it did not"
    " arrive.",
    Retry.SPLIT: "sends each request of the message set alone; the one that fails again is kept"
    " back (ACTION_REQUIRED), the others go through.",
    Retry.EACH_SESSION: "goes on with the next call of the Web Connector that works; invoices wait"
    " as SYNCING.",
    Retry.ON_RESYNC: "nothing until somebody presses Re-Sync or Bypass.",
    Retry.ON_EXPORT: "sends a payment that waits for its invoice as soon as that is synced, and any"
    " other only when somebody exports it again; where QuickBooks may hold it, QuickBooks is asked"
    " once more first.",
}
_RELEASES = "Invoices that waited for it go by themselves once it is cleared."


class Entry(NamedTuple):
    """A number, or what stands for one, and a meaning that it may have."""

    number: str
    row: Row


@dataclass(frozen=True, slots=True)
class Told:
    """One way in which a meaning is told; steps are actor and text, "…" stands for names."""

    reason: str
    about: str
    steps: tuple[tuple[str, str], ...]
    by_itself: str


@dataclass(frozen=True, slots=True)
class Article:
    """A meaning under its code: `sync.issue.code` in the API, and `code` of a payment's problem."""

    code: str
    told: tuple[Told, ...]

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return self.code.lower()


def statuses() -> Iterator[Entry]:
    """Give codes and ranges in their order, then what stands for all others."""
    ranges = [(codes[-1], f"{codes[0]}-{codes[-1]}", rows) for codes, rows in STATUS_RANGES]
    single = [(code, str(code), rows) for code, rows in STATUS_ROWS.items()]
    yield Entry("0, warn", OK_WITH_WARNING)
    for _, number, rows in sorted([*single, *ranges], key=lambda entry: entry[0]):
        yield from (Entry(number, row) for row in rows)
    for severity, rows in SEVERITY_ROWS.items():
        yield from (Entry(f"any other, {severity}", row) for row in rows)
    yield from (Entry("any other, error", row) for row in UNKNOWN_STATUS_ROWS)


def hresults() -> Iterator[Entry]:
    """Give HRESULTs, then what stands for all others."""
    for number, row in HRESULT_ROWS.items():
        spelled = f"0x{number[2:].upper()}"
        yield Entry(f"{spelled} ↻" if row.may_reopen else spelled, row)
    yield Entry("any other", UNKNOWN_HRESULT_ROW)


def shown() -> Iterator[Entry]:
    """Give what the Web Connector shows."""
    for number, row in {**CONNECTOR_ROWS, **SILENCE_ROWS}.items():
        yield Entry(number, row)


def found() -> Iterator[Entry]:
    """Give what Instep finds by itself, of invoices and then of payments."""
    for row in (*FINDING_ROWS.values(), *PAYMENT_ROWS):
        yield Entry("-", row)


@cache
def articles() -> tuple[Article, ...]:
    """Give each code once, with every way in which it is told, in the order of the codes."""
    by_code: dict[str, list[Told]] = {}
    for _, row in (*statuses(), *hresults(), *shown(), *found()):
        known, told = by_code.setdefault(row.code, []), _tell(row)
        if told not in known:
            known.append(told)
    return tuple(Article(code, tuple(by_code[code])) for code in sorted(by_code))


def article_of(code: str) -> Article | None:
    """Give the article on an issue's code; None for a code that has none."""
    return _by_code().get(code)


@cache
def _by_code() -> Mapping[str, Article]:
    return {article.code: article for article in articles()}


def _tell(row: Row) -> Told:
    about = " ".join(part for part in (_CLASSES[row.kind], _REACHES[row.reach]) if part)
    released = f" {_RELEASES}" if row.reach is Reach.OBJECT else ""
    return Told(
        reason=_filled(row.reason),
        about=about,
        steps=tuple(_steps(row)),
        by_itself=f"{_BY_ITSELF[row.retry]}{released}",
    )


def _steps(row: Row) -> Iterable[tuple[str, str]]:
    return ((ACTORS[step.actor], _filled(step.text)) for step in row.steps)


def _filled(text: str) -> str:
    return text.format(name=" “…”", says="…", code="…", unsure=UNSURE)
