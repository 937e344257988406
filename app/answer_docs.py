"""docs/quickbooks-answers.md, written from the catalogue: `python -m app.answer_docs`."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from domain.answer_rows import Evidence, Row
from domain.answers import UNSURE
from domain.connector_rows import CONNECTOR_ROWS, SILENCE_ROWS
from domain.hresult_rows import HRESULT_ROWS, UNKNOWN_HRESULT_ROW
from domain.issues import AnswerClass, Reach, Retry, StepActor
from domain.status_rows import (
    OK_WITH_WARNING,
    SEVERITY_ROWS,
    STATUS_RANGES,
    STATUS_ROWS,
    UNKNOWN_STATUS_ROWS,
)

_HEAD = """\
# What QuickBooks answers, and what to do

Written by `python -m app.answer_docs` from the tables behind `domain/answers.py`; a test compares
them. Look the number up in the first part. It leads to a meaning in the second part: what it means,
who does what, and what Instep does by itself. The names of the meanings, such as `RECORD_LOCKED`,
are those of `sync.issue.code` in the API.

Nothing here was tried on a running QuickBooks. The last column says how well the text is known:

- quoted: this wording was seen in public, blanks and letter case apart;
- in short: the meaning is documented, the wording was not seen;
- unconfirmed: sources read it differently, so QuickBooks' own text is shown and decides.

“…” stands for a name or a value. Where one number has several lines, QuickBooks' text decides, from
the first line to the last.
"""
_STATUSES = """\
## Status codes

They come in an answer, as statusCode of a request or messageSetStatusCode of a message set. A code
that means success, but comes with the severity of an error, counts as unknown.
"""
_HRESULTS = """\
## HRESULTs

They come instead of an answer. If QuickBooks or the company file could not be opened, the
connection is in trouble and its invoices wait, without a change of status. If one comes after a
message set was fetched, the outcome of its writes is unknown, whatever the number says, and
QuickBooks' copy is looked up first; the exceptions are 0x80040400 and 0x80040423, after which
nothing of the set ran. A number marked ↻ is worth one more try to open QuickBooks in the same run.
"""
_CONNECTOR = """\
## What the Web Connector shows

QBWC numbers stand in the Web Connector's window and in its log, QWCLog.txt; the service is not told
of them.
"""
_MEANINGS = """\
## Meanings
"""

_EVIDENCE: Mapping[Evidence, str] = {
    Evidence.QUOTED: "quoted",
    Evidence.PARAPHRASED: "in short",
    Evidence.UNCONFIRMED: "unconfirmed",
}
_ACTORS: Mapping[StepActor, str] = {
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
}
_RELEASES = "Invoices that waited for it go by themselves once it is cleared."


class _Entry(NamedTuple):
    """One line of the first part: a number, and a meaning that it may have."""

    number: str
    row: Row


def render_answers() -> str:
    """Give the page as Markdown: numbers that lead to meanings, and the meanings."""
    statuses, hresults, shown = list(_statuses()), list(_hresults()), list(_shown())
    return "\n".join(
        (
            _HEAD,
            _STATUSES,
            _table(statuses),
            _HRESULTS,
            _table(hresults),
            _CONNECTOR,
            _table(shown),
            _MEANINGS,
            "\n".join(_meanings([*statuses, *hresults, *shown])),
        )
    )


def _statuses() -> Iterator[_Entry]:
    """Give codes and ranges in their order, then what stands for all others."""
    ranges = [(codes[-1], f"{codes[0]}-{codes[-1]}", rows) for codes, rows in STATUS_RANGES]
    single = [(code, str(code), rows) for code, rows in STATUS_ROWS.items()]
    yield _Entry("0, warn", OK_WITH_WARNING)
    for _, number, rows in sorted([*single, *ranges], key=lambda entry: entry[0]):
        yield from (_Entry(number, row) for row in rows)
    for severity, rows in SEVERITY_ROWS.items():
        yield from (_Entry(f"any other, {severity}", row) for row in rows)
    yield from (_Entry("any other, error", row) for row in UNKNOWN_STATUS_ROWS)


def _hresults() -> Iterator[_Entry]:
    for number, row in HRESULT_ROWS.items():
        spelled = f"0x{number[2:].upper()}"
        yield _Entry(f"{spelled} ↻" if row.may_reopen else spelled, row)
    yield _Entry("any other", UNKNOWN_HRESULT_ROW)


def _shown() -> Iterator[_Entry]:
    for number, row in {**CONNECTOR_ROWS, **SILENCE_ROWS}.items():
        yield _Entry(number, row)


def _table(entries: Iterable[_Entry]) -> str:
    lines = [["number", "it says", "meaning", "known"], ["---"] * 4]
    for number, row in entries:
        meaning = f"[{row.code}](#{row.code.lower()})"
        lines.append([number, row.says, meaning, _EVIDENCE[row.evidence]])
    return "".join(dict.fromkeys(f"| {' | '.join(cells)} |\n" for cells in lines))


def _meanings(entries: Iterable[_Entry]) -> Iterator[str]:
    """Give each code once, with every way in which it is told."""
    by_code: dict[str, list[Row]] = {}
    for _, row in entries:
        told = by_code.setdefault(row.code, [])
        if all(_text(row) != _text(known) for known in told):
            told.append(row)
    for code in sorted(by_code):
        yield f"### {code}\n"
        yield from (_text(row) for row in by_code[code])


def _text(row: Row) -> str:
    """Give what a row means, its class and reach, the steps, and what happens by itself."""
    about = " ".join(part for part in (_CLASSES[row.kind], _REACHES[row.reach]) if part)
    steps = [f"- {_ACTORS[step.actor]}: {_filled(step.text)}" for step in row.steps]
    itself = f"- Instep: {_BY_ITSELF[row.retry]}"
    released = f" {_RELEASES}" if row.reach is Reach.OBJECT else ""
    return "\n".join((f"{_filled(row.reason)}\n", f"_{about}_\n", *steps, f"{itself}{released}\n"))


def _filled(text: str) -> str:
    return text.format(name=" “…”", says="…", code="…", unsure=UNSURE)


if __name__ == "__main__":
    page = Path(__file__).parent.parent / "docs" / "quickbooks-answers.md"
    page.write_text(render_answers(), encoding="utf-8")
