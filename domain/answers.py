"""What an answer of QuickBooks means: one catalogue, read in one way.

The rows stand in `status_rows` (statuses of qbXML responses) and `hresult_rows` (errors instead of
a response); nothing else in the service judges a code.
"""

import re
from collections.abc import Sequence

from domain.answer_rows import Row
from domain.hresult_rows import HRESULT_ROWS, UNKNOWN_HRESULT_ROW
from domain.issues import Verdict
from domain.status_rows import SEVERITY_ROWS, STATUS_RANGES, STATUS_ROWS, UNKNOWN_STATUS_ROWS

#: A quoted name ends where its sentence goes on, so a name may itself hold quotes.
_QUOTED = re.compile(r'"(.+?)"(?=[\s.,;:)]|$)')
_OWN_WORDS = re.compile(r"QuickBooks error message:\s*(.+)", re.IGNORECASE | re.DOTALL)
_NOTHING_SAID = "no reason was given."


def judge_status(code: int, severity: str, message: str) -> Verdict:
    """Give what a qbXML response status means: statusCode, statusSeverity, statusMessage.

    A code that the catalogue does not know is judged by its severity; as an error it leaves open
    whether a write was saved.
    """
    in_range = (rows for codes, rows in STATUS_RANGES if code in codes)
    by_severity = SEVERITY_ROWS.get(severity.casefold(), UNKNOWN_STATUS_ROWS)
    rows = STATUS_ROWS.get(code) or next(in_range, by_severity)
    return _verdict(_choose(rows, message), message, str(code), code)


def judge_hresult(hresult: str, message: str) -> Verdict:
    """Give what an HRESULT of receiveResponseXML or connectionError means, in any letter case.

    An unknown one, after a write, leaves open whether it was saved.
    """
    row = HRESULT_ROWS.get(hresult.strip().casefold(), UNKNOWN_HRESULT_ROW)
    return _verdict(row, message, hresult.strip(), None)


def _choose(rows: Sequence[Row], message: str) -> Row:
    text = _one_line(message).casefold()
    fitting = (row for row in rows if any(word in text for word in row.words))
    return next(fitting, rows[-1])


def _verdict(row: Row, message: str, code: str, quickbooks_code: int | None) -> Verdict:
    reason = row.reason.format(name=_name(row, message), says=_says(message), code=code)
    return Verdict(
        kind=row.kind,
        code=row.code,
        reason=reason,
        steps=row.steps,
        quickbooks_code=quickbooks_code,
        quickbooks_message=message,
    )


def _name(row: Row, message: str) -> str:
    """Give the quoted name, ready to follow a word; "" when QuickBooks' text quotes nothing."""
    quoted = _QUOTED.findall(_one_line(message))
    return f" “{quoted[row.quoted]}”" if row.quoted < len(quoted) else ""


def _says(message: str) -> str:
    """Give QuickBooks' own explanation: what follows its marker, else its entire text."""
    own = _OWN_WORDS.search(message)
    return _one_line(own[1] if own else message) or _NOTHING_SAID


def _one_line(text: str) -> str:
    """QuickBooks parts sentences by two blanks, and breaks lines."""
    return " ".join(text.split())
