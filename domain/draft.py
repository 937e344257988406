"""Staged edits of one invoice by one person; the invoice does not change until they are saved."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.errors import BeingEdited
from domain.invoice import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`content` is the invoice as it would be after a save; it began at `base_version`."""

    invoice_id: UUID
    base_version: int
    editor: Actor
    started_at: datetime
    content: Content


def is_held_by_another(draft: Draft | None, actor: Actor) -> bool:
    """Tell whether somebody else holds the draft; a person who was renamed is the same person."""
    if draft is None:
        return False
    return (draft.editor.kind, draft.editor.id) != (actor.kind, actor.id)


def check_editor(draft: Draft | None, actor: Actor) -> None:
    """Raise BeingEdited when somebody else holds the draft."""
    if draft is not None and is_held_by_another(draft, actor):
        raise BeingEdited(editor=draft.editor, since=draft.started_at)
