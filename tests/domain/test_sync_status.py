"""The sync status of an invoice: every status with every happening."""

import pytest

from domain.sync_status import LABELS, StatusHappening, SyncStatus, advance_status
from domain.transitions import IllegalTransition

#: Written out on its own, so that a change of the table is a change here too.
MOVES = """
    NOT_APPLICABLE   SYNC_WANTED    SYNCING
    NOT_APPLICABLE   BYPASS_WANTED  BYPASSED
    SYNCING          SYNC_WANTED    SYNCING
    SYNCING          BYPASS_WANTED  BYPASSED
    SYNCING          CONFIRMED      SYNCED
    SYNCING          REFUSED        ACTION_REQUIRED
    SYNCING          ALREADY_HELD   SYNCED
    SYNCED           SYNC_WANTED    SYNCING
    SYNCED           BYPASS_WANTED  BYPASSED
    BYPASSED         SYNC_WANTED    SYNCING
    BYPASSED         BYPASS_WANTED  BYPASSED
    ACTION_REQUIRED  SYNC_WANTED    SYNCING
    ACTION_REQUIRED  BYPASS_WANTED  BYPASSED
    NOT_APPLICABLE   UNLOCKED       NOT_APPLICABLE
    SYNCING          UNLOCKED       NOT_APPLICABLE
    SYNCED           UNLOCKED       NOT_APPLICABLE
    BYPASSED         UNLOCKED       NOT_APPLICABLE
    ACTION_REQUIRED  UNLOCKED       NOT_APPLICABLE
"""
EXPECTED = {
    (SyncStatus(status), StatusHappening(happening)): SyncStatus(after)
    for status, happening, after in (line.split() for line in MOVES.strip().splitlines())
}


@pytest.mark.parametrize("happening", StatusHappening)
@pytest.mark.parametrize("status", SyncStatus)
def test_every_status_with_every_happening(status, happening):
    if (status, happening) in EXPECTED:
        assert advance_status(status, happening) is EXPECTED[status, happening]
    else:
        with pytest.raises(IllegalTransition, match=f"{happening} cannot happen in state {status}"):
            advance_status(status, happening)


def test_a_late_answer_never_turns_a_bypassed_invoice_into_a_synced_one():
    with pytest.raises(IllegalTransition):
        advance_status(SyncStatus.BYPASSED, StatusHappening.CONFIRMED)


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (SyncStatus.NOT_APPLICABLE, "N/A"),
        (SyncStatus.SYNCING, "Syncing"),
        (SyncStatus.SYNCED, "Synced"),
        (SyncStatus.BYPASSED, "Bypassed"),
        (SyncStatus.ACTION_REQUIRED, "Action Required"),
    ],
)
def test_the_screens_use_the_article_s_words(status, label):
    assert LABELS[status] == label
