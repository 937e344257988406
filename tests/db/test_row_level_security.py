"""One account never sees another's data, even where a query forgot to ask for its own only."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from db import drift_rows, payment_rows, rows, unlock_rows, webhook_rows, wire_rows
from db.base import Row
from db.engine import UnusableDatabase, check_role
from tests.furnishing import furnish

TABLES = sorted(Row.metadata.tables)
assert drift_rows
assert webhook_rows
assert rows
assert unlock_rows
assert wire_rows
assert payment_rows
#: Nobody changes a row of these, not even one's own.
APPEND_ONLY = ["audit_entry", "unlock_consent"]
#: What each function that looks across accounts takes and gives, in PostgreSQL's words.
FUNCTIONS = {
    "directory_accounts": ("", "account_id uuid"),
    "directory_api_key": (
        "wanted bytea",
        (
            "account_id uuid, id uuid, name text, prefix text, scopes text[], permissions text[],"
            " actor_kind text, actor_id uuid, actor_name text,"
            " created_at timestamp with time zone, trusted_only boolean,"
            " expires_at timestamp with time zone, last_used_at timestamp with time zone,"
            " rotated_at timestamp with time zone, earlier_until timestamp with time zone,"
            " revoked_at timestamp with time zone, is_present boolean"
        ),
    ),
    "directory_due_jobs": (
        "now_at timestamp with time zone, quiet_since timestamp with time zone, at_most bigint",
        "account_id uuid, id uuid",
    ),
    "directory_overview": (
        "now_at timestamp with time zone",
        "kind text, state text, amount bigint, since timestamp with time zone",
    ),
    "directory_due_webhooks": (
        "now_at timestamp with time zone, at_most bigint",
        "account_id uuid, id uuid",
    ),
    "directory_event_numbers": ("wanted uuid[]", "account_id uuid, last bigint"),
    "directory_person": (
        "of_account uuid, wanted uuid",
        "name text, role text, permissions text[]",
    ),
    "directory_session": ("wanted bytea", "account_id uuid, id uuid, connection_id uuid"),
    "directory_sign_in": (
        "wanted text, drafts_since timestamp with time zone, quiet_since timestamp with time zone",
        (
            "account_id uuid, id uuid, password_hash bytea, is_disabled boolean,"
            " last_contact_at timestamp with time zone, retry_at timestamp with time zone,"
            " has_work boolean, has_draft boolean"
        ),
    ),
    "directory_unbooked": (
        "quiet_since timestamp with time zone, at_most bigint",
        "account_id uuid, id uuid",
    ),
}
#: What they read for it.
READABLE = {
    "account": "account_id",
    "api_key": "account_id id name prefix secret_hash earlier_secret_hash scopes permissions"
    " actor_kind actor_id actor_name created_at trusted_only expires_at last_used_at rotated_at"
    " earlier_until revoked_at",
    "connection": "account_id id company_file_id user_name password_hash is_disabled"
    " last_contact_at retry_at poll_seconds trouble_hresult is_wrong_company_file",
    "connector_session": "account_id id connection_id ticket_hash state last_call_at",
    "draft": "account_id invoice_id touched_at",
    "employee": "account_id id name role is_active permissions",
    "event_counter": "account_id last",
    "sync_event": "account_id sequence occurred_at",
    "exchange": "account_id id connection_id state sent_at answered_at",
    "inquiry": "account_id connection_id state",
    "payment": "account_id connection_id state next_attempt_at updated_at",
    "qbxml_request": "account_id connection_id job_id state",
    "quickbooks_link": "account_id invoice_id company_file_id",
    "sync_issue": "account_id id job_id root_id resolved_at cleared_at",
    "sync_job": "account_id id invoice_id connection_id state next_attempt_at created_at"
    " updated_at",
    "webhook": "account_id id delivered is_disabled next_attempt_at leased_until failures failing_since",
}
SET_ACCOUNT = text("select set_config('app.account_id', :account_id, true)")


@pytest.fixture
async def furnished(office):
    """An office with a row in every table."""
    return await furnish(office)


def over(table, statement):
    """The statement with the table's name in place of {}."""
    return text(statement.replace("{}", f'"{table}"'))


async def count(connection, table):
    return (await connection.execute(over(table, "select count(*) from {}"))).scalar_one()


async def act_for(connection, account_id):
    """What a unit of work does first."""
    await connection.execute(SET_ACCOUNT, {"account_id": str(account_id)})


async def test_a_furnished_office_has_a_row_in_every_table(furnished, application):
    """Otherwise the tests below would prove nothing for some table."""
    async with application.begin() as connection:
        await act_for(connection, furnished.account_id)
        counts = {table: await count(connection, table) for table in TABLES}

    assert [table for table, rows in counts.items() if rows == 0] == []


async def test_without_an_account_nothing_is_there(furnished, application):
    async with application.begin() as connection:
        counts = {table: await count(connection, table) for table in TABLES}

    assert set(counts.values()) == {0}


async def test_the_account_is_forgotten_with_the_transaction(furnished, application):
    """The next user of a pooled connection does not inherit it, after commit or roll-back."""
    async with application.connect() as connection:
        for end in (connection.commit, connection.rollback):
            await act_for(connection, furnished.account_id)
            assert await count(connection, "invoice") == 1
            await end()

            seen = await count(connection, "invoice")

            assert seen == 0
            await end()


async def test_an_account_sees_its_own_rows_in_every_table_and_no_others(
    furnished, another_office, application
):
    stranger = await another_office()

    async with application.begin() as connection:
        await act_for(connection, stranger.account_id)
        owners = {}
        for table in TABLES:
            found = await connection.execute(over(table, "select account_id from {}"))
            owners[table] = set(found.scalars())

    assert [t for t, seen in owners.items() if seen - {stranger.account_id}] == []
    assert owners["customer"] == {stranger.account_id}


@pytest.mark.parametrize("statement", ["update", "delete"])
async def test_foreign_rows_can_be_neither_changed_nor_deleted(
    furnished, another_office, application, statement
):
    stranger = await another_office()
    texts = {
        "update": "update {} set account_id = account_id where account_id = :foreign",
        "delete": "delete from {} where account_id = :foreign",
    }

    async with application.begin() as connection:
        await act_for(connection, stranger.account_id)
        touched = {}
        for table in APPEND_ONLY:
            await refused(connection, over(table, texts[statement]), foreign=furnished.account_id)
        for table in sorted(set(TABLES) - set(APPEND_ONLY)):
            query = over(table, texts[statement])
            done = await connection.execute(query, {"foreign": furnished.account_id})
            touched[table] = done.rowcount

    assert set(touched.values()) == {0}


async def test_nothing_can_be_inserted_into_a_foreign_account(
    furnished, another_office, application
):
    stranger = await another_office()
    rows = {}
    async with application.begin() as connection:
        await act_for(connection, furnished.account_id)
        for table in TABLES:
            query = over(table, "select to_jsonb(t) from {} t limit 1")
            rows[table] = (await connection.execute(query)).scalar_one()

    async with application.begin() as connection:
        await act_for(connection, stranger.account_id)
        for table in TABLES:
            columns = ", ".join(
                f'"{c.name}"' for c in Row.metadata.tables[table].c if not c.computed
            )
            values = "from jsonb_populate_record(null::{}, cast(:row as jsonb))"
            insert = f"insert into {{}} ({columns}) select {columns} {values}"
            await refused(connection, over(table, insert), row=json.dumps(rows[table]))


async def test_no_row_can_be_moved_into_a_foreign_account(furnished, another_office, application):
    stranger = await another_office()

    async with application.begin() as connection:
        await act_for(connection, furnished.account_id)
        for table in TABLES:
            move = over(table, "update {} set account_id = :foreign")
            await refused(connection, move, foreign=stranger.account_id)


async def refused(connection, query, **parameters):
    """PostgreSQL refuses the statement because of tenant or table; the transaction goes on."""
    savepoint = await connection.begin_nested()
    shut = "|".join(f"permission denied for table {table}" for table in APPEND_ONLY)
    with pytest.raises(DBAPIError, match=f"violates row-level security policy|{shut}"):
        await connection.execute(query, parameters)
    await savepoint.rollback()


async def test_the_service_acts_as_a_role_that_cannot_step_around(application):
    query = text(
        "select current_user as name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
        " rolcanlogin, pg_has_role(oid, 'instep_directory', 'member') as is_directory"
        " from pg_roles where rolname = current_user"
    )

    async with application.begin() as connection:
        role = (await connection.execute(query)).one()

    assert tuple(role) == ("instep_app", False, False, False, False, False, False)


async def test_the_service_refuses_to_start_as_a_role_that_could(settings, application):
    as_owner = create_async_engine(settings.database_url)

    with pytest.raises(UnusableDatabase, match="instep migrate"):
        await check_role(as_owner)

    await as_owner.dispose()
    await check_role(application)  # nothing to say


async def test_the_application_owns_no_table_and_cannot_empty_one(owner):
    query = text(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and (pg_get_userbyid(relowner) = 'instep_app'"
        " or has_table_privilege('instep_app', oid, 'truncate, references, trigger'))"
    )

    async with owner.connect() as connection:
        found = (await connection.execute(query)).scalars().all()

    assert found == []


async def test_the_directory_reads_only_what_its_functions_need(owner):
    """No name, no invoice, no message: and it writes nothing."""
    query = text(
        "select c.relname || '.' || a.attname from pg_attribute a"
        " join pg_class c on c.oid = a.attrelid and c.relnamespace = 'public'::regnamespace"
        " where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped"
        " and has_column_privilege('instep_directory', c.oid, a.attnum, :privilege)"
    )

    async with owner.connect() as connection:
        readable = set((await connection.execute(query, {"privilege": "select"})).scalars())
        writable = set((await connection.execute(query, {"privilege": "insert, update"})).scalars())

    assert writable == set()
    assert readable == {f"{t}.{name}" for t, names in READABLE.items() for name in names.split()}


async def test_the_directory_functions_give_what_they_say_and_only_to_the_application(owner):
    query = text(
        "select proname, pg_get_function_arguments(oid) as takes,"
        " pg_get_function_result(oid) as gives, prosecdef, proconfig, provolatile::text,"
        " pg_get_userbyid(proowner) as owner,"
        " array(select grantee::regrole::text from aclexplode(proacl) order by 1) as callers"
        " from pg_proc where pronamespace = 'public'::regnamespace"
        " and prorettype <> 'trigger'::regtype order by proname"
    )

    async with owner.connect() as connection:
        found = {f.proname: f for f in await connection.execute(query)}

    assert {n: (f.takes, f.gives) for n, f in found.items()} == {
        name: (takes, f"TABLE({gives})") for name, (takes, gives) in FUNCTIONS.items()
    }
    for function in found.values():
        assert function.prosecdef
        assert function.provolatile == "s"  # it reads and writes nothing
        assert function.proconfig == ["search_path=public"]
        assert function.owner == "instep_directory"
        assert function.callers == ["instep_app", "instep_directory"]


async def test_the_directory_tables_show_nothing_across_accounts_but_their_functions_do(
    furnished, application
):
    """What must be found before an account is known, is; the rows behind it stay shut."""
    user_name = furnished.connection.connection.user_name

    async with application.begin() as connection:
        seen = {table: await count(connection, table) for table in READABLE}
        found = await connection.execute(
            text("select account_id, id from directory_sign_in(:name, now(), now())"),
            {"name": user_name},
        )

        assert set(seen.values()) == {0}
        assert found.all() == [(furnished.account_id, furnished.connection.connection.id)]


async def test_a_repository_of_one_account_does_not_find_the_rows_of_another(
    furnished, another_office
):
    stranger = await another_office()
    async with furnished.open_work() as work:
        (event,) = await work.sync_events.after(0, limit=1)
        invoice = await work.invoices.get(event.event.invoice_id)

    company_file_id = furnished.connection.connection.company_file_id
    async with stranger.open_work() as work:
        assert await work.company_files.get(company_file_id) is None
        assert company_file_id not in await work.company_files.all()
        assert await work.invoices.get(invoice.id) is None
        assert await work.links.get(invoice.id) is None
        assert await work.drafts.get(invoice.id) is None
        assert await work.sync_jobs.latest([invoice.id]) == {}
        assert await work.sync_events.after(0, limit=9) == []
        assert await work.lists.customers([invoice.customer_id]) == {}
        assert furnished.people["Olga"] not in await work.people.all()
    person = stranger.resources.directory.person
    assert await person(stranger.account_id, furnished.people["Olga"]) is None
