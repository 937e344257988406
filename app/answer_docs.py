"""docs/quickbooks-answers.md, written from the catalogue: `python -m app.answer_docs`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.articles import EVIDENCE, Entry, Told, articles, found, hresults, shown, statuses

_HEAD = """\
# What QuickBooks answers, and what to do

Written by `python -m app.answer_docs` from the tables behind `domain/answers.py`; a test compares
them. Look the number up in the first part. It leads to a meaning in the second part: what it means,
who does what, and what Instep does by itself. The names of the meanings, such as `RECORD_LOCKED`,
are those of `sync.issue.code` and, of payments, `Payment.problem.code` in the API.

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
_FOUND = """\
## What Instep itself finds

These come from comparing, of invoices and then of payments, without a number of QuickBooks'.
"""
_MEANINGS = """\
## Meanings
"""


def render_answers() -> str:
    """Give the page as Markdown: numbers that lead to meanings, and the meanings."""
    return "\n".join(
        (
            _HEAD,
            _STATUSES,
            _table(statuses()),
            _HRESULTS,
            _table(hresults()),
            _CONNECTOR,
            _table(shown()),
            _FOUND,
            _table(found()),
            _MEANINGS,
            "\n".join(_meanings()),
        )
    )


def _table(entries: Iterable[Entry]) -> str:
    lines = [["number", "it says", "meaning", "known"], ["---"] * 4]
    for number, row in entries:
        meaning = f"[{row.code}](#{row.code.lower()})"
        lines.append([number, row.says, meaning, EVIDENCE[row.evidence]])
    return "".join(dict.fromkeys(f"| {' | '.join(cells)} |\n" for cells in lines))


def _meanings() -> Iterator[str]:
    for article in articles():
        yield f"### {article.code}\n"
        yield from (_text(told) for told in article.told)


def _text(told: Told) -> str:
    """Give what a row means, its class and reach, the steps, and what happens by itself."""
    steps = [f"- {actor}: {text}" for actor, text in told.steps]
    return "\n".join(
        (f"{told.reason}\n", f"_{told.about}_\n", *steps, f"- Instep: {told.by_itself}\n")
    )


if __name__ == "__main__":
    page = Path(__file__).parent.parent / "docs" / "quickbooks-answers.md"
    page.write_text(render_answers(), encoding="utf-8")
