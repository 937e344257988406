"""Every example of the API's documents is sent to the running service, and answered as it is shown."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app import administration
from app.api_examples import Example, Play, read_examples
from app.clock import now
from app.graphql_client import GraphQLClient, GraphQLFailure
from app.settings import Settings
from domain.access import LABELS, Permission
from schema.permissions import PERMISSIONS
from tests.api.stage import Stage
from tests.journeys.conftest import Service, global_id, local_id
from tests.journeys.test_partner import ready_to_leave

#: What these show is that nothing is done.
REFUSED = {"edit-and-sync.version-conflict", "edit-and-sync.guard", "set-customer-mapping.asked"}
CURE = "If that is right, run `make examples` and look at each change below docs/api/examples."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """QuickBooks is asked once an hour what was changed there, and webhooks are switched on."""
    key = SecretStr("a key of the tests, thirty-two bytes")
    return settings.model_copy(update={"drift_minutes": 60, "webhooks_key": key})


class Script:
    """The stage, the examples, and what was played of them."""

    def __init__(self, stage: Stage, service: Service, *, is_written: bool) -> None:
        self.stage = stage
        self.service = service
        self.examples = read_examples()
        self.played: dict[str, tuple[Play, object]] = {}
        self._is_written = is_written

    async def play(self, *names: str, events: int = 0) -> None:
        for name in names:
            example = self.examples[name.split(".")[0]]
            play = next(play for play in example.plays if play.name == name)
            await self.is_refused_without_permission(example, play)
            answer = await self.stage.play(example, play, events=events)
            self.played[name] = (play, answer)
            is_refused = '"code": ' in json.dumps(refusals(answer))
            assert is_refused == (name in REFUSED), f"{name}: {answer}"
            if self._is_written:
                play.path.write_text(play.with_answer(answer), encoding="utf-8")
            else:
                assert answer == play.answer, f"{name} is answered otherwise. {CURE}"

    async def is_refused_without_permission(self, example: Example, play: Play) -> None:
        """Nick has none: he is told which one he lacks, and nothing is done."""
        field = example.root_fields[0].partition(".")[2]
        if field not in PERMISSIONS:
            return
        try:
            given = self.stage.given(play.variables)
            answer = await self.service.client("Nick").call(example.document, **given)
            told = "; ".join(error["message"] for error in refusals(answer))
        except GraphQLFailure as refusal:  # of a query
            told = str(refusal)
        named = re.match(r"`(\w+)`", PERMISSIONS[field])
        lacking = LABELS[Permission(named[1])] if named else "Only an administrator"
        assert lacking in told, f"{example.name} to Nick: {told}"

    @property
    def invoice_id(self) -> str:
        return self.stage.shown["<id of invoice 21259>"]

    async def synced(self) -> dict:
        """Let the Web Connector run until QuickBooks has confirmed, and a minute pass by."""
        seen = await self.service.update_until(self.invoice_id, syncStatus="SYNCED")
        await self.service.age(local_id(self.invoice_id))
        return seen


@pytest.fixture
async def script(service: Service, request: pytest.FixtureRequest) -> AsyncIterator[Script]:
    office = service.office
    partner = await administration.make_api_key(
        office.resources,
        account_id=office.account_id,
        name="Partner",
        permissions=administration.EVERYTHING,
    )
    clients = {
        "partner": GraphQLClient(service.http, f"{service.url}/graphql", partner),
        "Adam": service.client("Adam"),
    }
    async with service.working():
        yield Script(
            Stage(clients), service, is_written=request.config.getoption("--write-examples")
        )


async def test_every_example_is_answered_as_it_is_shown(script: Script) -> None:
    await an_invoice_is_made_and_exported(script)
    await it_is_looked_at_and_edited_in_steps(script)
    await it_is_edited_in_one_call_and_followed(script)
    await a_bookkeeper_changes_the_same_price(script)
    await it_is_bypassed_and_sent_after_all(script)
    await something_changes_behind_our_backs(script)
    await it_is_corrected_and_paid(script)
    await a_batch_is_bypassed_and_unlocked(script)
    await the_connections_are_looked_after(script)
    await the_office_is_run(script)
    await partners_get_keys_and_webhooks(script)

    assert set(script.played) == {p.name for e in script.examples.values() for p in e.plays}


async def an_invoice_is_made_and_exported(script: Script) -> None:
    await script.play("who-am-i", "lists", "create-invoice", "save-invoice", "export-invoices")
    await script.service.update_until(script.invoice_id, exportStatus="EXPORTED")
    await script.service.age(local_id(script.invoice_id))
    another = await script.service.office.new_invoice("21260")
    await script.service.office.export(another)
    await script.service.update_until(global_id("Invoice", another.id), exportStatus="EXPORTED")
    await script.play("batches", "find-invoice", "invoice", "node")
    await script.play("invoices-page", "invoices-page.next")


async def it_is_looked_at_and_edited_in_steps(script: Script) -> None:
    await script.play("preview-sync", "update-invoice-details", "add-task", "edit-task")
    await script.play("remove-task", "discard-draft")


async def it_is_edited_in_one_call_and_followed(script: Script) -> None:
    await script.play("edit-and-sync", "edit-and-sync.again")
    await ready_to_leave(script.service, script.invoice_id)
    connection_id = script.service.office.connection.connection.id
    script.stage.shown["<id of Front desk>"] = global_id("Connection", connection_id)
    await script.play("sync-queue")
    await script.synced()
    await script.play("follow-invoice", events=4)
    await script.play("sync-events")
    await script.play("follow-account", events=1)
    await script.play("edit-and-sync.version-conflict", "edit-and-sync.guard", "snapshot")


async def a_bookkeeper_changes_the_same_price(script: Script) -> None:
    service = script.service
    seen = await service.read(script.invoice_id)
    service.bookkeeper.change_line(
        seen["quickbooks"]["txnId"], seen["tasks"][0]["quickbooksLineId"], rate=Decimal("40.00")
    )
    await script.play("edit-and-sync.conflict")
    await service.update_until(script.invoice_id, syncStatus="ACTION_REQUIRED")
    await script.play("read-conflict", "sync-issues", "sync-issues-csv")
    service.clock.pass_seconds()
    await script.play("resolve-conflict")
    await script.synced()


async def it_is_bypassed_and_sent_after_all(script: Script) -> None:
    await script.play("save-and-bypass", "bypass-debt", "period-readiness", "resync")
    await script.synced()
    await script.play("revisions", "revert-to")
    await script.service.mutate("discardDraft", "Adam", invoiceId=script.invoice_id)


async def something_changes_behind_our_backs(script: Script) -> None:
    service = script.service
    seen = await service.read(script.invoice_id)
    service.clock.pass_seconds()
    service.bookkeeper.edit_invoice(seen["quickbooks"]["txnId"], memo="Tune-up of the fall")
    await an_hour_passes(service)
    await service.connector().run_update()
    await script.play("drifts", "resolve-drift")
    await script.synced()


async def it_is_corrected_and_paid(script: Script) -> None:
    await script.play("create-adjustment-invoice", "record-payment", "export-payments", "payments")
    await script.play("bypass-payment")


async def a_batch_is_bypassed_and_unlocked(script: Script) -> None:
    service = script.service
    made = [await service.office.new_invoice(number) for number in ("21261", "21262")]
    for invoice in made:
        words = f"<id of invoice {invoice.content.number}>"
        script.stage.shown[words] = global_id("Invoice", invoice.id)
    await script.play("export-invoices.week-48", "bypass-batch")
    await script.play("set-admin-pin", "request-unlock")
    await service.connector().run_update()
    await script.play("unlock-request", "confirm-unlock", "export-batch")
    for invoice in made:
        await service.update_until(global_id("Invoice", invoice.id), exportStatus="EXPORTED")
    await script.play("bypass-invoice-export", "withdraw-invoice-bypass")


async def the_connections_are_looked_after(script: Script) -> None:
    await script.play("connections")
    await script.play("follow-connections", events=1)
    await script.play("create-connection", "update-connection", "rotate-connection-password")
    await script.play(
        "set-customer-mapping.asked",
        "set-customer-mapping",
        "setup-findings",
        "set-quickbooks-name",
    )
    await script.play("set-cogs-account")


async def the_office_is_run(script: Script) -> None:
    await script.play("employees", "add-employee", "set-permission", "update-employee")
    await script.play("update-account", "set-accounting-period", "accounting-periods")
    await script.play("audit-trail")


async def partners_get_keys_and_webhooks(script: Script) -> None:
    await script.play("create-api-key", "rotate-api-key", "revoke-api-key", "api-keys")
    await script.play("create-webhook", "update-webhook", "rotate-webhook-secret")
    await script.play("replay-webhook", "webhooks", "delete-webhook")


def refusals(answer: object) -> list[object]:
    """What stands in `userErrors` of the answer."""
    payloads = answer.values() if isinstance(answer, dict) else []
    return [error for it in payloads if isinstance(it, dict) for error in it.get("userErrors", [])]


async def an_hour_passes(service: Service) -> None:
    """The Web Connector was last heard, and QuickBooks last asked for changes, so long ago."""
    owner = create_async_engine(service.settings.database_url)
    moments = {
        "connection": ("last_contact_at", now() - timedelta(minutes=2)),
        "drift_watch": ("asked_at", now() - timedelta(minutes=61)),
    }
    async with owner.begin() as connection:
        for table, (column, moment) in moments.items():
            statement = f"update {table} set {column} = :moment where account_id = :account"  # noqa: S608
            given = {"moment": moment, "account": service.office.account_id}
            await connection.execute(text(statement), given)
    await owner.dispose()
