"""Why a request could not be written, in the office's words: what to do instead, and who."""

from domain.issues import Step, StepActor
from qbwc.qbxml.errors import ElementTooNew, LocalProtocolError, UnsendableValue


def explain(refusal: LocalProtocolError) -> tuple[str, Step]:
    """Give the reason and the step that leads out."""
    match refusal:
        case UnsendableValue():
            field = refusal.label.replace("_", " ")
            reason = f"QuickBooks cannot take the {field}: it {refusal.reason}."
            return reason, Step(StepActor.OFFICE, "Change that field and save again.")
        case ElementTooNew():
            text = "Update QuickBooks, or leave that field empty."
            return str(refusal), Step(StepActor.QUICKBOOKS_ADMINISTRATOR, text)
        case _:
            return str(refusal), Step(StepActor.SUPPORT, "Report this text; your edit is kept.")
