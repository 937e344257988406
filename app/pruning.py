"""`instep prune`: what nobody has to look at any more goes, account by account, bit by bit."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from app.resources import Resources
from db.pruning import Prunable

#: Who asks QuickBooks for help looks back over weeks; who replays events, over a year.
KEEP_DAYS, KEEP_EVENTS_DAYS = 30, 400
#: Rows a transaction: none of them keeps a save waiting for long.
_BATCH = 1000


async def prune(
    resources: Resources, *, now: datetime, keep_days: int, keep_events_days: int
) -> Counter[Prunable]:
    """Delete what is older than so many days, of every account; give how many rows of each kind.

    Stopped half-way, it has deleted a part; the next run goes on from there.
    """
    pruned = Counter(dict.fromkeys(Prunable, 0))
    for account_id in await resources.directory.accounts():
        pruned.update(
            await prune_account(
                resources,
                account_id,
                before=now - timedelta(days=keep_days),
                events_before=now - timedelta(days=keep_events_days),
            )
        )
    return pruned


async def prune_account(
    resources: Resources, account_id: UUID, *, before: datetime, events_before: datetime
) -> Counter[Prunable]:
    """Delete what one account has from before then; give how many rows of each kind."""
    pruned: Counter[Prunable] = Counter()
    for what in Prunable:
        moment = events_before if what is Prunable.EVENTS else before
        dropped = _BATCH
        while dropped == _BATCH:
            async with resources.open_work(account_id) as work:
                dropped = await work.pruning.drop(what, before=moment, at_most=_BATCH)
            pruned[what] += dropped
    return pruned
