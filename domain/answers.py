"""What an answer of QuickBooks means: one catalogue, read in one way.

The tables stand in `status_rows` (statuses of qbXML responses and message sets) and `hresult_rows`
(errors instead of a response); nothing else in the service judges a code.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.answer_rows import Row
from domain.connector_rows import CONNECTOR_ROWS, UNKNOWN_CONNECTOR_ROW
from domain.hresult_rows import HRESULT_ROWS, UNKNOWN_HRESULT_ROW
from domain.issues import AnswerClass, QuickBooksObject, Reach, Retry, Step, Verdict
from domain.named_objects import named_object
from domain.status_rows import (
    OK_WITH_WARNING,
    SEVERITY_ROWS,
    STATUS_RANGES,
    STATUS_ROWS,
    UNKNOWN_STATUS_ROWS,
)

#: A quoted name ends where its sentence goes on, so a name may itself hold quotes.
_QUOTED = re.compile(r'"(.+?)"(?=[\s.,;:)]|$)')
_OWN_WORDS = re.compile(r"QuickBooks error message:\s*(.+)", re.IGNORECASE | re.DOTALL)
#: What an unknown outcome means, ready to follow a sentence.
UNSURE = (
    " QuickBooks may or may not have saved the change; its copy is looked up before anything is"
    " sent again."
)
_DONE = frozenset({AnswerClass.APPLIED, AnswerClass.WARNING})
_NOTHING_SAID = "no reason was given."


def judge_status(code: int, severity: str, message: str) -> Verdict:
    """Give what a qbXML response status means: statusCode, statusSeverity, statusMessage.

    It reads a messageSetStatusCode too. A code that the catalogue does not know is judged by its
    severity. As an error, such a code or one that means success leaves open what was saved.
    """
    severity = severity.casefold()
    row = _choose(_status_rows(code, severity), message)
    if severity == "error" and row.kind in _DONE:
        row = _choose(UNKNOWN_STATUS_ROWS, message)
    return _verdict(row, message, str(code), code)


def judge_hresult(hresult: str, message: str) -> Verdict:
    """Give what an HRESULT of receiveResponseXML means, in any letter case.

    An unknown one, after a write, leaves open whether it was saved.
    """
    return _verdict(_hresult_row(hresult), message, hresult.strip(), None)


def judge_opening(hresult: str, message: str) -> Verdict:
    """Give what an HRESULT of connectionError means: nothing was sent, and no invoice is blamed."""
    row = replace(
        _hresult_row(hresult),
        kind=AnswerClass.CONNECTION,
        retry=Retry.EACH_SESSION,
        reach=Reach.CONNECTION,
    )
    return _verdict(row, message, hresult.strip(), None)


def judge_connector(code: str) -> Verdict:
    """Give what an error means that the Web Connector shows: "QBWC1012", or the number alone."""
    number = code.strip().upper().removeprefix("QBWC")
    row = CONNECTOR_ROWS.get(f"QBWC{number}", UNKNOWN_CONNECTOR_ROW)
    return _verdict(row, "", code.strip(), None)


def _hresult_row(hresult: str) -> Row:
    return HRESULT_ROWS.get(hresult.strip().casefold(), UNKNOWN_HRESULT_ROW)


def _status_rows(code: int, severity: str) -> Sequence[Row]:
    if code == 0 and severity == "warn":
        return (OK_WITH_WARNING,)
    in_range = (rows for codes, rows in STATUS_RANGES if code in codes)
    by_severity = SEVERITY_ROWS.get(severity, UNKNOWN_STATUS_ROWS)
    return STATUS_ROWS.get(code) or next(in_range, by_severity)


def _choose(rows: Sequence[Row], message: str) -> Row:
    text = _one_line(message)
    found, folded = named_object(text), text.casefold()
    fitting = (
        row
        for row in rows
        if (found is not None and row.about is found.kind)
        or any(word in folded for word in row.words)
    )
    return next(fitting, rows[-1])


def _verdict(row: Row, message: str, code: str, quickbooks_code: int | None) -> Verdict:
    found = _object(row, message)
    name = _quoted(row, message) if found is None else found.name
    facts = {
        "name": f" “{name}”" if name else "",
        "says": _says(message),
        "code": code,
        "unsure": UNSURE if row.kind is AnswerClass.UNKNOWN_OUTCOME else "",
    }
    is_nameless = row.reach is Reach.OBJECT and not name
    return Verdict(
        kind=row.kind,
        code=row.code,
        reason=row.reason.format(**facts),
        steps=tuple(Step(step.actor, step.text.format(**facts)) for step in row.steps),
        quickbooks_code=quickbooks_code,
        quickbooks_message=message,
        retry=row.retry,
        reach=Reach.INVOICE if is_nameless else row.reach,
        object=found,
        may_reopen=row.may_reopen,
    )


def _object(row: Row, message: str) -> QuickBooksObject | None:
    if row.about is None:
        return None
    return named_object(_one_line(message)) or QuickBooksObject(row.about, None)


def _quoted(row: Row, message: str) -> str | None:
    """Give the quoted text that is the name; None when QuickBooks quotes nothing."""
    quoted = _QUOTED.findall(_one_line(message))
    return quoted[row.quoted] if row.quoted < len(quoted) else None


def _says(message: str) -> str:
    """Give QuickBooks' own explanation: what follows its marker, else its entire text."""
    own = _OWN_WORDS.search(message)
    return _one_line(own[1] if own else message) or _NOTHING_SAID


def _one_line(text: str) -> str:
    """QuickBooks parts sentences by two blanks, and breaks lines."""
    return " ".join(text.split())
