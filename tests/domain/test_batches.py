"""The life of an export batch: every status with every happening."""

import pytest

from domain.batches import (
    BatchHappening,
    advance_batch,
    bypassed,
    check_bypass,
    is_locked,
    unlocked,
)
from domain.errors import InvalidValue
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import BatchStatus
from domain.transitions import IllegalTransition
from tests.builders import BATCH_ID, a_batch, an_invoice

#: Written out on its own, so that a change of the table is a change here too.
MOVES = """
    PENDING   POSTED    POSTED
    PENDING   BYPASSED  BYPASSED
    POSTED    FINISHED  EXPORTED
    POSTED    BYPASSED  BYPASSED
    BYPASSED  UNLOCKED  UNLOCKED
    UNLOCKED  POSTED    POSTED
    UNLOCKED  BYPASSED  BYPASSED
"""
EXPECTED = {
    (BatchStatus(status), BatchHappening(happening)): BatchStatus(after)
    for status, happening, after in (line.split() for line in MOVES.strip().splitlines())
}


@pytest.mark.parametrize("happening", BatchHappening)
@pytest.mark.parametrize("status", BatchStatus)
def test_every_status_with_every_happening(status, happening):
    batch = a_batch(status=status)

    if (status, happening) in EXPECTED:
        assert advance_batch(batch, happening) == a_batch(status=EXPECTED[status, happening])
    else:
        with pytest.raises(IllegalTransition) as refusal:
            advance_batch(batch, happening)
        assert (refusal.value.state, refusal.value.happening) == (status, happening)


@pytest.mark.parametrize("status", [BatchStatus.EXPORTED, BatchStatus.BYPASSED])
def test_a_batch_with_nothing_left_to_bypass_says_so(status):
    with pytest.raises(InvalidValue) as refusal:
        check_bypass(a_batch(status=status))

    assert refusal.value.where == ("batch_id",)


def test_the_refusal_for_an_exported_batch_names_the_alternative():
    with pytest.raises(InvalidValue, match="bypass the export of that invoice"):
        check_bypass(a_batch(status=BatchStatus.EXPORTED))


def test_what_was_bypassed_is_locked_and_what_was_unlocked_is_as_if_never_exported():
    waiting = an_invoice(export_status=ExportStatus.POSTED, export_origin=None)

    locked = bypassed(waiting)
    free = unlocked(locked, batch_id=BATCH_ID)

    assert (locked.export_status, locked.export_origin) == (
        ExportStatus.EXPORTED,
        ExportOrigin.BYPASSED,
    )
    assert is_locked(locked)
    assert not is_locked(free)
    assert (free.export_status, free.export_origin) == (ExportStatus.PENDING, None)


@pytest.mark.parametrize(
    ("origin", "locked"),
    [(ExportOrigin.IMPORTED, True), (ExportOrigin.BYPASSED, True), (ExportOrigin.EXPORTED, False)],
)
def test_imported_invoices_are_locked_too(origin, locked):
    assert is_locked(an_invoice(export_origin=origin)) is locked
