"""Back to an earlier content: the edit that undoes what was saved since."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.edits import check_not_cleared
from domain.errors import NotFound, Where
from domain.invoice import Content, Task
from domain.revision import Path, Revision

_WHERE: Where = ("revision_id",)
#: Length of the path ("tasks", task id).
_WHOLE_TASK = 2


def restore(now: Content, then: Content) -> Content:
    """Give the content as it was then, as an edit of the content now.

    Tasks removed since come back under their ids; for QuickBooks they are new lines, unless their
    line is still there. Tasks added since are gone. A description that was QuickBooks' to choose
    becomes empty, as it does when an edit clears it. Raises ValueRequired where there was no tax
    zone or inventory location: QuickBooks would choose one.
    """
    check_not_cleared(now.tax_zone_id, then.tax_zone_id, "tax zone", _WHERE)
    return replace(then, tasks=tuple(_restore_task(now.task(task.id), task) for task in then.tasks))


def _restore_task(now: Task | None, then: Task) -> Task:
    if now is None:
        return then
    before, after = now.inventory_location_id, then.inventory_location_id
    check_not_cleared(before, after, "inventory location", _WHERE)
    if then.description is None and now.description is not None:
        return replace(then, description="")
    return then


def require_entries(
    missing: Sequence[tuple[str, UUID, Path]], since: Sequence[Revision], version: int
) -> None:
    """Raise NotFound, naming them, when list entries that the content needs are gone.

    `missing` has what each one is ("tax zone"), its id and where the content names it; `since` are
    the revisions behind that content, oldest first: they told its name when it was given up.
    """
    if not missing:
        return
    named = "; ".join(_told(label, key, path, since) for label, key, path in missing)
    raise NotFound(
        f"Version {version} cannot be restored, because it names what is no longer in the lists:"
        f" {named}. Edit the invoice instead.",
        where=_WHERE,
    )


def _told(label: str, key: UUID, path: Path, since: Sequence[Revision]) -> str:
    changes = [change for revision in since for change in revision.changes]
    given_up = {change.path: change.before for change in reversed(changes)}
    if text := given_up.get(path):
        return f"the {label} “{text}”"
    if text := given_up.get(path[:_WHOLE_TASK]):
        return f"the {label} of the task “{text}”"
    return f"the {label} {key}"
