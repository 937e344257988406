"""Single-user or multi-user: what the company file's mode means for syncing, and what helps.

Source: seed 001: with one exporter single-user mode is better; the qbXML SDK's errors on modes.
"""

from collections.abc import Collection

from domain.answer_rows import office, quickbooks_administrator
from domain.answers import judge_opening
from domain.connections import Connection
from domain.diagnosis import Explanation

#: The file is open in another mode than the Web Connector needs.
_CONFLICTS = frozenset({"0x80040410", "0x80040422"})
_SWITCH = quickbooks_administrator(
    "In QuickBooks choose File > Switch to Single-user Mode; everybody else closes the company file"
    " first."
)
_ONE_EXPORTER = office(
    "If only one computer exports to this company file, single-user mode works better: no window of"
    " somebody else locks what is sent."
)


def explain_file_mode(mode: str | None, connections: Collection[Connection]) -> Explanation:
    """Give what the mode, in QuickBooks' words, means for these connections of the file."""
    enabled = [connection for connection in connections if not connection.is_disabled]
    conflict = next((c for c in enabled if _hresult(c) in _CONFLICTS), None)
    if conflict is not None:
        verdict = judge_opening(_hresult(conflict), conflict.trouble or "")
        reason = f"{verdict.reason} The connection “{conflict.name}” waits for that."
        return Explanation(reason, (*verdict.steps, _SWITCH))
    match mode:
        case "SingleUser":
            return Explanation(
                "Single-user mode: nobody else works in the company file, so nothing that is sent"
                " meets a lock. While a person has it open on another computer, the Web Connector"
                " cannot open it; what was saved waits.",
                (),
            )
        case "MultiUser":
            return Explanation(
                "Multi-user mode: people may work in the company file while invoices are sent. A"
                " record that somebody has open is locked; it is tried again by itself.",
                (_ONE_EXPORTER, _SWITCH) if len(enabled) == 1 else (),
            )
        case _:
            return Explanation(
                "QuickBooks has not told yet in which mode the company file is open; it does when"
                " the Web Connector next finds work.",
                (),
            )


def _hresult(connection: Connection) -> str:
    return (connection.trouble_hresult or "").strip().casefold()
