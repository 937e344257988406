"""Nobody waits for a second connection to the database while he holds one.

Else as many callers as there are connections would wait for each other until the time is up.
"""

import asyncio
from dataclasses import replace
from functools import partial

from db.engine import make_engine, make_sessions
from db.unit_of_work import unit_of_work
from resolvers.live import follow_account, follow_connections
from tests.resolvers.asking import details, save
from tests.resolvers.test_live import everything


async def test_twenty_who_save_and_listen_share_one_connection(settings, office, olga, invoice):
    engine = make_engine(settings.database_url, pool_size=1)
    context = replace(
        olga, open_work=partial(unit_of_work, make_sessions(engine), office.account_id)
    )

    async def hear():
        async with follow_account(context, after=0, wants=everything) as follower:
            return (await anext(follower.events())).sequence

    async def watch():
        return (await anext(follow_connections(context))).id

    async with asyncio.timeout(25):  # sooner than the pool gives up
        saved, *others = await asyncio.gather(
            save(context, invoice, details(summary="Tune-up")),
            *(hear() for _ in range(10)),
            *(watch() for _ in range(10)),
        )
    assert saved.invoice.content.summary == "Tune-up"
    assert others[:10] == [1] * 10
    await engine.dispose()
