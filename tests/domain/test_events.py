"""Facts that are told to everybody who listens."""

from domain.events import NumberedEvent, SyncStatusChanged
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus
from tests.builders import INVOICE_ID, NOW, OLGA, an_id


def test_an_event_tells_all_of_its_moment_by_itself():
    """So it stays true when it is replayed later, whatever has become of the invoice."""
    event = SyncStatusChanged(
        id=an_id(1),
        occurred_at=NOW,
        invoice_id=INVOICE_ID,
        status=SyncStatus.SYNCING,
        previous_status=SyncStatus.NOT_APPLICABLE,
        phase=SyncPhase.QUEUED,
        invoice_version=2,
        actor=OLGA,
    )

    assert event.issue_id is None
    assert NumberedEvent(7, event).event == event
