"""The tables that the migrations make are the tables the code maps, every one of them guarded."""

import asyncio

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.ids import new_id
from db import drift_rows, payment_rows, rows, webhook_rows, wire_rows
from db.base import Row
from db.engine import UnusableDatabase, check_role
from db.migrate import config_for, migrate

TABLES = sorted(Row.metadata.tables)
assert drift_rows
assert webhook_rows
assert rows
assert wire_rows
assert payment_rows
LOCK = text("select pg_advisory_lock(0x696e73746570)")
UNLOCK = text("select pg_advisory_unlock(0x696e73746570)")
HELD = (
    "select count(*) from pg_locks join pg_database on pg_database.oid = database"
    " where locktype = 'advisory' and datname = current_database()"
)
WAITING = text(f"{HELD} and not granted")


@pytest.fixture
async def scratch(settings):
    """An empty database of the test's own, as an address."""
    name = f"instep_scratch_{new_id().hex}"
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"create database {name} template template0"))
        url = make_url(settings.database_url).set(database=name)
        yield url.render_as_string(hide_password=False)
        await connection.execute(text(f"drop database {name} with (force)"))
    await engine.dispose()


async def run(url, work):
    """Run a synchronous piece of Alembic on the database."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(work)
        await connection.commit()
    await engine.dispose()
    return found


def tables_of(connection):
    query = text("select tablename from pg_tables where schemaname = 'public'")
    return set(connection.execute(query).scalars()) - {"alembic_version"}


def functions_of(connection):
    query = text("select proname from pg_proc where pronamespace = 'public'::regnamespace")
    return set(connection.execute(query).scalars())


async def test_an_empty_database_goes_up_and_down_and_up_again(scratch):
    await migrate(scratch)
    await migrate(scratch)  # safe to repeat
    assert await run(scratch, tables_of) == set(TABLES)
    # raises when the mapped rows and the tables differ
    await run(scratch, lambda connection: command.check(config_for(connection)))

    await run(scratch, lambda connection: command.downgrade(config_for(connection), "base"))
    assert await run(scratch, tables_of) == set()
    assert await run(scratch, functions_of) == set()

    await migrate(scratch)
    assert await run(scratch, tables_of) == set(TABLES)
    await run(scratch, lambda connection: command.check(config_for(connection)))


async def test_two_migrations_at_once_go_one_after_the_other(scratch):
    """Two copies of the service are deployed at one time, say, each with its own `instep migrate`."""
    await asyncio.gather(*(migrate(scratch) for _ in range(3)))

    assert await run(scratch, tables_of) == set(TABLES)
    await run(scratch, lambda connection: command.check(config_for(connection)))


async def test_a_migration_waits_for_the_one_that_runs_and_holds_nobody_back_after_it(scratch):
    engine = create_async_engine(scratch)
    async with engine.connect() as running:
        await running.execute(LOCK)
        waiting = asyncio.create_task(migrate(scratch))
        async with asyncio.timeout(30):
            while (await running.execute(WAITING)).scalar_one() == 0:
                await running.commit()
        untouched = await run(scratch, tables_of)
        await running.execute(UNLOCK)
    await waiting

    assert untouched == set()
    assert await run(scratch, tables_of) == set(TABLES)
    async with engine.connect() as connection:
        assert (await connection.execute(text(HELD))).scalar_one() == 0
    await engine.dispose()


async def test_the_service_does_not_start_on_a_database_without_tables(scratch):
    async def check():
        engine = create_async_engine(scratch)  # the role may not exist yet either
        try:
            await check_role(engine)
        finally:
            await engine.dispose()

    with pytest.raises(UnusableDatabase, match="instep migrate"):
        await check()


async def test_every_table_forces_row_level_security_on_its_owner_too(owner):
    query = text(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and relrowsecurity and relforcerowsecurity"
    )

    async with owner.connect() as connection:
        forced = set((await connection.execute(query)).scalars())

    assert forced == set(TABLES)


async def test_every_table_lets_the_application_see_and_write_the_current_account_only(owner):
    query = text(
        "select tablename, roles::text[], cmd, qual, with_check from pg_policies"
        " where policyname = 'tenant'"
    )

    async with owner.connect() as connection:
        policies = {row.tablename: row for row in await connection.execute(query)}

    assert set(policies) == set(TABLES)
    for policy in policies.values():
        assert policy.roles == ["instep_app"]
        assert policy.cmd == "ALL"
        assert "account_id = " in policy.qual
        assert policy.with_check == policy.qual


async def test_beside_it_stand_read_only_policies_of_the_directory(owner):
    query = text(
        "select tablename, cmd, roles::text[] from pg_policies where policyname <> 'tenant'"
    )

    async with owner.connect() as connection:
        found = {(r.tablename, r.cmd, *r.roles) for r in await connection.execute(query)}

    tables = (
        "account",
        "api_key",
        "connection",
        "connector_session",
        "draft",
        "employee",
        "event_counter",
        "exchange",
        "inquiry",
        "payment",
        "qbxml_request",
        "quickbooks_link",
        "sync_event",
        "sync_issue",
        "sync_job",
        "webhook",
    )
    assert found == {(table, "SELECT", "instep_directory") for table in tables}


async def test_every_primary_key_begins_with_the_account(owner):
    query = text(
        "select c.relname, a.attname from pg_index i"
        " join pg_class c on c.oid = i.indrelid"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]"
        " where i.indisprimary and c.relnamespace = 'public'::regnamespace"
        " and c.relname <> 'alembic_version'"
    )

    async with owner.connect() as connection:
        first = {row.relname: row.attname for row in await connection.execute(query)}

    assert first == dict.fromkeys(TABLES, "account_id")


async def test_no_foreign_key_can_point_into_another_account(owner):
    query = text(
        "select k.conname, array(select attname::text from pg_attribute"
        " where attrelid = k.conrelid and attnum = any(k.conkey)) as columns"
        " from pg_constraint k where k.contype = 'f'"
        " and k.connamespace = 'public'::regnamespace"
    )

    async with owner.connect() as connection:
        keys = {row.conname: row.columns for row in await connection.execute(query)}

    assert keys
    assert [name for name, columns in keys.items() if "account_id" not in columns] == []
