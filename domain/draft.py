"""Staged edits of one invoice by one person; the invoice does not change until they are saved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.actor import Actor
from domain.errors import BeingEdited
from domain.invoice import Content

#: So long after its last edit a draft keeps others from editing; then it counts as abandoned.
HOLD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`content` is the invoice as it would be after a save; it began at `base_version`."""

    invoice_id: UUID
    base_version: int
    editor: Actor
    #: Of an invoice that was exported; a person edits one of those at a time.
    is_of_exported: bool
    started_at: datetime
    #: When something was staged last.
    touched_at: datetime
    content: Content

    @property
    def expires_at(self) -> datetime:
        """From then on somebody else may begin to edit the invoice, and this draft gives way."""
        return self.touched_at + HOLD


def is_held_by_another(draft: Draft | None, actor: Actor) -> bool:
    """Tell whether somebody else holds the draft; a person who was renamed is the same person."""
    if draft is None:
        return False
    return (draft.editor.kind, draft.editor.id) != (actor.kind, actor.id)


def is_abandoned(draft: Draft, now: datetime) -> bool:
    """Tell whether the draft has ceased to keep others from editing."""
    return now >= draft.expires_at


def check_editor(draft: Draft | None, actor: Actor, now: datetime) -> None:
    """Raise BeingEdited when somebody else holds the draft and has not abandoned it."""
    if draft is not None and is_held_by_another(draft, actor) and not is_abandoned(draft, now):
        raise BeingEdited(editor=draft.editor, since=draft.started_at, expires_at=draft.expires_at)
