"""Everything that people do lands in a trail that nobody can change."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.audit import AuditAction
from domain.connections import ConnectionPatch
from domain.errors import Forbidden, TextTooLong, VersionConflict
from domain.guards import GuardCode
from resolvers.auditing import read_entry, read_invoice_trail, read_trail
from resolvers.connections import UpdateConnection, rotate_password, update_connection
from resolvers.drafts import discard_draft
from tests.resolvers.asking import bypass, details, save, stage_edits, sync_again


async def trail_of(context, invoice):
    found, _ = await read_invoice_trail(context, invoice.id, before=None, first=100)
    return found[::-1]


async def test_a_history_of_an_invoice_names_who_did_what_and_what_changed(office, invoice, olga):
    asking = replace(olga, request_id="r-1", principal=replace(olga.principal, credential="token"))

    bypassed = (await bypass(asking, invoice, details(summary="New"))).invoice
    await sync_again(asking, bypassed)

    created, exported, saved, resynced = await trail_of(olga, invoice)
    assert [entry.action for entry in (created, exported, saved, resynced)] == [
        AuditAction.INVOICE_CREATED,
        AuditAction.EXPORTED,
        AuditAction.SAVED_AND_BYPASSED,
        AuditAction.RESYNCED,
    ]
    assert [(c.path, c.before, c.after) for c in saved.changes] == [
        (("summary",), "Fall tune-up", "New")
    ]
    assert (saved.actor.name, saved.credential, saved.request_id) == ("Olga", "token", "r-1")
    assert [(c.path, c.before, c.after) for c in resynced.changes] == [
        (("sync_status",), "BYPASSED", "SYNCING")
    ]
    assert exported.changes[0].after == "1042 2026-11-20 HVAC"


async def test_what_was_acknowledged_is_in_the_trail(office, invoice, olga, change_row):
    await change_row("account", accounting_periods_enabled=True)

    await save(
        olga,
        invoice,
        details(summary="New"),
        acknowledge=(GuardCode.PERIOD_OPEN_REMINDER,),
        reason="The customer asked",
    )

    saved = (await trail_of(olga, invoice))[-1]
    assert saved.action is AuditAction.SAVED_AND_SYNCED
    assert saved.changes[-1].path == ("acknowledged",)
    assert saved.changes[-1].after == "PERIOD_OPEN_REMINDER"
    assert saved.reason == "The customer asked"


async def test_the_reason_of_a_bypass_without_an_edit_is_in_the_trail(office, invoice, olga):
    """It makes no revision that could tell it."""
    saved = (await save(olga, invoice, details(summary="New"))).invoice

    with pytest.raises(TextTooLong):
        await bypass(olga, saved, reason="x" * 1001)
    await bypass(olga, saved, reason="Corrected in QuickBooks by hand")

    newest = (await trail_of(olga, invoice))[-1]
    assert newest.action is AuditAction.SAVED_AND_BYPASSED
    assert newest.reason == "Corrected in QuickBooks by hand"


async def test_a_refused_call_leaves_no_entry(office, invoice, olga):
    before = await trail_of(olga, invoice)

    with pytest.raises(VersionConflict):
        await save(olga, replace(invoice, version=9), details(summary="New"))

    assert await trail_of(olga, invoice) == before


async def test_a_repeated_call_is_one_entry(office, invoice, olga):
    for _ in range(2):
        await save(olga, invoice, details(summary="New"), idempotency_key="k")

    actions = [entry.action for entry in await trail_of(olga, invoice)]
    assert actions.count(AuditAction.SAVED_AND_SYNCED) == 1


async def test_dropping_a_draft_is_told_once(office, invoice, olga, adam):
    await stage_edits(olga, invoice, details(summary="New"))

    for _ in range(2):
        await discard_draft(adam, invoice.id)

    dropped = [e for e in await trail_of(olga, invoice) if e.action is AuditAction.DRAFT_DISCARDED]
    assert [(entry.actor.name, entry.changes[0].before) for entry in dropped] == [("Adam", "Olga")]


async def test_changes_of_a_connection_are_told_without_its_password(office, adam):
    connection = office.connection.connection
    wish = UpdateConnection(connection.id, ConnectionPatch(name="Back office", disabled=True))

    await update_connection(adam, wish)
    rotated = await rotate_password(adam, connection.id)

    found, _ = await read_trail(adam, before=None, first=2)
    assert [entry.action for entry in found] == [
        AuditAction.CONNECTION_PASSWORD_ROTATED,
        AuditAction.CONNECTION_CHANGED,
    ]
    assert [(c.path, c.before, c.after) for c in found[1].changes] == [
        (("name",), "Front desk", "Back office"),
        (("disabled",), "false", "true"),
    ]
    assert rotated.password not in repr(found)


async def test_the_whole_trail_is_for_those_who_manage_people(office, invoice, olga, adam):
    (newest,), more = await read_trail(adam, before=None, first=1)

    assert more
    assert await read_entry(adam, newest.id) == newest
    assert await read_entry(olga, newest.id) is None
    with pytest.raises(Forbidden):
        await read_trail(olga, before=None, first=1)


async def test_pages_of_the_trail_meet_without_hole_or_double(office, invoice, adam):
    whole, _ = await read_trail(adam, before=None, first=100)
    first, more = await read_trail(adam, before=None, first=2)

    rest, no_more = await read_trail(adam, before=first[-1].id, first=100)

    assert more
    assert not no_more
    assert first + rest == whole


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor_name = 'Nobody'",
        "delete from audit_entry",
        "truncate audit_entry",
        "truncate account cascade",
    ],
)
async def test_not_even_the_owner_of_the_database_changes_the_trail(settings, invoice, statement):
    owner = create_async_engine(settings.database_url)
    try:
        with pytest.raises(DBAPIError, match="audit_entry is append-only"):
            async with owner.begin() as connection:
                await connection.execute(text(statement))
    finally:
        await owner.dispose()
