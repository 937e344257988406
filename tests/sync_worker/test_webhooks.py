"""A partner who holds no socket is sent every event, in order, whatever goes wrong on the way."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from app.clock import now
from app.ids import new_id
from app.webhook_post import WebhookPost
from app.worker import webhook_tools
from db.pruning import Prunable
from domain.actor import SERVICE
from domain.audit import AuditAction, TrailFilter
from domain.events import SyncStatusChanged
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus
from domain.webhooks import GIVE_UP_AFTER, LEASE, WebhookPatch, WebhookRules, WebhookState
from resolvers.webhooks import (
    NewWebhook,
    Replay,
    RotateSecret,
    UpdateWebhook,
    create_webhook,
    delete_webhook,
    replay_webhook,
    rotate_secret,
    update_webhook,
)
from sync_worker.webhooks import Deliveries, deliver, sweep_webhooks
from tests.sync_worker.receiver import a_receiver, is_genuine

RULES = WebhookRules(key=b"a key of the tests, thirty-two bytes", allows_private=True)
STRICT = replace(RULES, allows_private=False)


class Partner:
    """A webhook of the office and the server it leads to; `ahead` moves the service's clock."""

    def __init__(self, office, receiver):
        self.office, self.receiver = office, receiver
        self.ahead = timedelta()
        self.made = None

    def now(self):
        return now() + self.ahead

    async def context(self):
        return replace(await self.office.as_person("Adam"), webhooks=RULES, now=self.now)

    async def subscribe(self, url=None):
        wish = NewWebhook(url=url or self.receiver.url, idempotency_key=str(new_id()))
        self.made = await create_webhook(await self.context(), wish)
        return self.made

    @property
    def id(self):
        return self.made.webhook.id

    def tools(self, **changes):
        tools = webhook_tools(self.office.resources)
        given = {"rules": RULES, "post": WebhookPost(RULES, seconds=5), "now": self.now}
        return replace(tools, **given | changes)

    async def deliver(self, **changes):
        await deliver(self.tools(**changes), self.office.account_id, self.id)

    async def happen(self, count=1, invoice=None):
        """So many events of one invoice, in one transaction."""
        invoice = invoice or await self.office.new_invoice(number=str(new_id())[-9:])
        async with self.office.open_work() as work:
            for _ in range(count):
                work.record(an_event(invoice))
        return invoice

    async def webhook(self):
        async with self.office.open_work() as work:
            return await work.webhooks.get(self.id)

    async def log(self):
        """Oldest first."""
        async with self.office.open_work() as work:
            return (await work.webhooks.deliveries(self.id, before=None, limit=100))[::-1]

    async def last(self):
        async with self.office.open_work() as work:
            return await work.sync_events.last_sequence()


def an_event(invoice):
    return SyncStatusChanged(
        id=new_id(),
        occurred_at=now(),
        invoice_id=invoice.id,
        status=SyncStatus.SYNCING,
        previous_status=SyncStatus.NOT_APPLICABLE,
        phase=SyncPhase.QUEUED,
        invoice_version=1,
        actor=SERVICE,
    )


@pytest.fixture
async def receiver():
    async with a_receiver() as running:
        yield running


@pytest.fixture
async def partner(office, receiver):
    made = Partner(office, receiver)
    await made.subscribe()
    return made


async def test_a_partner_is_sent_what_happens_from_the_subscription_on(office, receiver):
    partner = Partner(office, receiver)
    await partner.happen(2)
    await partner.subscribe()
    before = await partner.last()
    await partner.happen(3)

    await partner.deliver()

    assert receiver.sequences == [before + 1, before + 2, before + 3]
    assert (await partner.webhook()).delivered == before + 3


async def test_what_is_sent_is_what_the_api_tells_of_the_event(partner, receiver):
    invoice = await partner.happen()
    await partner.deliver()
    (event,) = receiver.received[0].events

    async with partner.office.open_work() as work:
        (stored,) = await work.sync_events.after(event["sequence"] - 1, limit=1)
    assert event["invoice"]["invoiceNumber"] == invoice.content.number
    assert (event["status"], event["previousStatus"]) == ("SYNCING", "NOT_APPLICABLE")
    assert (event["phase"], event["invoiceVersion"]) == ("QUEUED", 1)
    assert event["actor"] == {"kind": "SERVICE", "id": None, "name": "Instep"}
    assert event["issue"] is None
    assert event["occurredAt"].startswith(stored.event.occurred_at.strftime("%Y-%m-%dT%H:%M:%S"))


async def test_each_delivery_is_signed_with_the_secret_that_was_shown(partner, receiver):
    await partner.happen()
    await partner.deliver()
    post = receiver.received[0]
    header, secret = post.headers["instep-signature"], partner.made.secret
    moment = now().timestamp()

    assert is_genuine(secret, header, post.body, now=moment)
    assert not is_genuine(secret, header, post.body + b" ", now=moment)
    assert not is_genuine("whsec_other", header, post.body, now=moment)
    assert not is_genuine(secret, header, post.body, now=moment + 3600)


async def test_after_a_rotation_both_secrets_hold_for_a_day_and_then_the_new_one(partner, receiver):
    wish = RotateSecret(webhook_id=partner.id, idempotency_key="rotate")
    new = (await rotate_secret(await partner.context(), wish)).secret
    repeated = (await rotate_secret(await partner.context(), wish)).secret
    signed = []
    for ahead in (timedelta(), timedelta(hours=25)):
        partner.ahead = ahead
        await partner.happen()
        await partner.deliver()
        post, moment = receiver.received[-1], partner.now().timestamp()
        header = post.headers["instep-signature"]
        signed.append(
            [is_genuine(s, header, post.body, now=moment) for s in (partner.made.secret, new)]
        )

    assert repeated == new != partner.made.secret
    assert signed == [[True, True], [False, True]]


async def test_many_events_come_in_order_and_in_batches_of_fifty(partner, receiver):
    before = await partner.last()
    await partner.happen(120)

    await partner.deliver()

    assert receiver.sequences == list(range(before + 1, before + 121))
    assert [len(post.events) for post in receiver.received] == [50, 50, 20]


async def test_what_was_not_received_is_sent_again_later_before_anything_newer(partner, receiver):
    receiver.script.extend([(500, {}), (503, {})])
    before = await partner.last()
    await partner.happen()
    await partner.deliver()
    await partner.happen()
    await partner.deliver()  # too early: it is not due
    assert len(receiver.received) == 1
    partner.ahead = timedelta(seconds=6)
    await partner.deliver()
    partner.ahead = timedelta(seconds=40)
    await partner.deliver()

    assert receiver.sequences[-2:] == [before + 1, before + 2]
    assert [(d.attempt, d.status, d.error is None) for d in await partner.log()] == [
        (1, 500, False),
        (2, 503, False),
        (3, 204, True),
    ]
    assert (await partner.webhook()).state is WebhookState.ACTIVE


async def test_a_receiver_that_says_when_to_come_again_is_left_alone_until_then(partner, receiver):
    receiver.script.append((429, {"Retry-After": "60"}))
    await partner.happen()
    await partner.deliver()
    for seconds in (6, 55):
        partner.ahead = timedelta(seconds=seconds)
        await partner.deliver()
    early = len(receiver.received)
    partner.ahead = timedelta(seconds=65)
    await partner.deliver()

    assert (early, len(receiver.received)) == (1, 2)
    assert [d.status for d in await partner.log()] == [429, 204]


async def test_a_redirect_is_followed_by_nobody(partner, receiver):
    async with a_receiver() as other:
        receiver.script.append((302, {"Location": other.url}))
        await partner.happen()
        await partner.deliver()

        assert other.received == []
    assert (await partner.webhook()).trouble.startswith("The receiver answered 302")


async def hang(writer):
    await asyncio.sleep(3600)


async def drip(writer):
    """Answers, and then never comes to an end of its headers."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def die(writer):
    writer.transport.abort()


async def babble(writer):
    """Sends more than anybody wants to read."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(64):
        writer.write(b"x" * 4096)
        await writer.drain()
    await asyncio.sleep(3600)


async def garble(writer):
    writer.write(b"\x00\x01 this is no HTTP\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    ("misdeed", "told"),
    [
        (hang, "No answer within"),
        (drip, "No answer within"),
        (die, "No connection"),
        (garble, "No"),
    ],
)
async def test_a_receiver_that_misbehaves_is_tried_again(partner, receiver, misdeed, told):
    receiver.script.append(misdeed)
    await partner.happen()
    await partner.deliver(post=WebhookPost(RULES, seconds=1))
    failing = await partner.webhook()
    partner.ahead = timedelta(seconds=6)
    await partner.deliver()

    assert failing.state is WebhookState.FAILING
    assert failing.trouble.startswith(told)
    assert receiver.sequences[0] == receiver.sequences[1]
    assert (await partner.webhook()).state is WebhookState.ACTIVE


async def test_of_a_long_answer_only_the_beginning_is_read(partner, receiver):
    receiver.script.append(babble)
    await partner.happen()

    await asyncio.wait_for(partner.deliver(), timeout=4)

    assert (await partner.webhook()).failures == 0


async def test_a_receiver_that_is_not_there_is_tried_again(office, receiver):
    partner = Partner(office, receiver)
    await partner.subscribe("http://127.0.0.1:1/nobody")
    await partner.happen()

    await partner.deliver()

    assert (await partner.webhook()).state is WebhookState.FAILING


async def test_a_worker_that_dies_before_it_books_leads_to_a_repeat_and_never_to_a_loss(
    partner, receiver
):
    """The receiver has the batch, and nobody noted it."""
    await partner.happen(2)
    tools = partner.tools()

    async def post_and_die(url, body, headers):
        await tools.post(url, body, headers)
        raise SystemError

    with pytest.raises(SystemError):
        await partner.deliver(post=post_and_die)
    await partner.deliver()  # the lease of the dead one still holds
    assert len(receiver.received) == 1
    partner.ahead = LEASE + timedelta(seconds=1)
    await partner.deliver()

    first, again = receiver.received
    assert [e["id"] for e in first.events] == [e["id"] for e in again.events]
    assert (await partner.webhook()).delivered == await partner.last()


async def test_two_workers_never_send_to_one_webhook_at_the_same_time(partner, receiver):
    underway, most = 0, 0
    tools = partner.tools()

    async def counted(url, body, headers):
        nonlocal underway, most
        underway += 1
        most = max(most, underway)
        await asyncio.sleep(0.05)
        try:
            return await tools.post(url, body, headers)
        finally:
            underway -= 1

    before = await partner.last()
    await partner.happen(120)
    await asyncio.gather(*(partner.deliver(post=counted) for _ in range(4)))

    assert most == 1
    assert receiver.sequences == list(range(before + 1, before + 121))


async def test_one_whose_lease_has_ended_moves_nothing_any_more(partner, receiver):
    """It was so slow that another worker went on; what it then books must not undo that."""
    await partner.happen()
    tools = partner.tools()

    async def overtaken(url, body, headers):
        partner.ahead += LEASE + timedelta(seconds=1)
        await partner.deliver()
        await partner.happen()
        return replace(await tools.post(url, body, headers), status=500)

    await partner.deliver(post=overtaken)
    overtaking = await partner.webhook()

    assert (overtaking.failures, overtaking.lease_id) == (0, None)
    assert overtaking.delivered == await partner.last() - 1


async def test_after_days_of_failures_it_is_disabled_and_shown_and_goes_on_when_enabled(
    partner, receiver
):
    receiver.script.extend([(500, {}), (500, {})])
    before = await partner.last()
    await partner.happen()
    await partner.deliver()
    partner.ahead = GIVE_UP_AFTER + timedelta(minutes=1)
    await partner.deliver()
    await partner.happen()
    await partner.deliver()
    assert (await partner.webhook()).state is WebhookState.DISABLED
    assert len(receiver.received) == 2
    async with partner.office.open_work() as work:
        (entry, *_) = await work.audit.page(
            wanted=TrailFilter(subject_id=partner.id), behind=None, limit=1
        )
    assert (entry.action, entry.actor) == (AuditAction.WEBHOOK_GIVEN_UP, SERVICE)

    patch = WebhookPatch(disabled=False)
    await update_webhook(await partner.context(), UpdateWebhook(webhook_id=partner.id, patch=patch))
    await partner.deliver()

    assert receiver.sequences[2:] == [before + 1, before + 2]


async def test_a_replay_sends_again_behind_the_cursor_and_then_goes_on(partner, receiver):
    before = await partner.last()
    await partner.happen(3)
    await partner.deliver()
    await replay_webhook(await partner.context(), Replay(webhook_id=partner.id, after=before + 1))
    await partner.deliver()

    assert receiver.sequences == [before + n for n in (1, 2, 3, 2, 3)]


async def test_a_replay_asked_for_during_a_delivery_is_not_lost(partner, receiver):
    before = await partner.last()
    await partner.happen(2)
    tools, calls = partner.tools(), []

    async def replayed_meanwhile(url, body, headers):
        if not calls:
            wish = Replay(webhook_id=partner.id, after=max(before - 1, 0))
            await replay_webhook(await partner.context(), wish)
        calls.append(url)
        return await tools.post(url, body, headers)

    await partner.happen(1)
    if before == 0:
        await partner.deliver()
        before = await partner.last()
        await partner.happen(2)
        receiver.received.clear()
    await partner.deliver(post=replayed_meanwhile)

    assert len(receiver.received) == 2
    assert receiver.received[1].events[0]["sequence"] == before


async def test_a_deleted_webhook_is_sent_nothing_even_in_the_middle_of_a_delivery(
    partner, receiver
):
    await partner.happen(60)
    tools = partner.tools()

    async def deleted_meanwhile(url, body, headers):
        await delete_webhook(await partner.context(), partner.id)
        return await tools.post(url, body, headers)

    await partner.deliver(post=deleted_meanwhile)

    assert len(receiver.received) == 1
    assert await partner.webhook() is None


async def test_one_account_is_never_told_what_happens_in_another(partner, receiver, another_office):
    other = Partner(await another_office(), receiver)
    await other.happen()
    await partner.happen()

    await deliver(partner.tools(), other.office.account_id, partner.id)  # a forged message
    assert receiver.received == []
    await partner.deliver()

    assert len(receiver.sequences) == 1


async def test_the_sweep_finds_what_no_message_told_of(partner, receiver):
    directory, enqueued = partner.office.resources.directory, []

    async def enqueue(account_id, webhook_id):
        enqueued.append((account_id, webhook_id))

    async def swept():
        enqueued.clear()

        async def due(moment, *, at_most):
            return await directory.due_webhooks(moment, at_most=1_000_000)

        await sweep_webhooks(due, enqueue, now=partner.now())
        return (partner.office.account_id, partner.id) in enqueued

    assert not await swept()  # it has everything
    receiver.script.append((500, {}))
    await partner.happen()
    assert await swept()
    await partner.deliver()
    assert not await swept()  # it is tried again later
    partner.ahead = timedelta(seconds=6)
    assert await swept()
    await partner.deliver()
    assert not await swept()


async def test_a_commit_wakes_the_webhooks_that_are_due(partner, receiver):
    async with partner.office.open_work() as work:
        work.record(an_event(await partner.office.new_invoice()))
    assert work.webhooks_to_tell == [partner.id]

    receiver.script.append((500, {}))
    await partner.deliver()
    invoice = await partner.office.new_invoice("99")
    async with partner.office.open_work() as work:
        work.record(an_event(invoice))
    assert work.webhooks_to_tell == []  # it waits for its time; the sweeper finds it


async def test_a_wake_up_during_a_delivery_is_not_missed(partner, receiver):
    """It comes when the delivery under way has looked for the last time, and has not ended yet."""
    tools, late = partner.tools(), asyncio.Event()

    @asynccontextmanager
    async def open_work(account_id):
        async with tools.open_work(account_id) as work:
            yield work
        if receiver.received and not late.is_set():
            late.set()
            await partner.happen()
            deliveries.wake(partner.office.account_id, partner.id)

    deliveries = Deliveries(replace(tools, open_work=open_work))
    await partner.happen()
    deliveries.wake(partner.office.account_id, partner.id)
    await receiver.until(lambda r: len(r.sequences) == 2)
    await deliveries.close()

    assert receiver.sequences == sorted(set(receiver.sequences))


async def test_without_a_key_of_the_service_nothing_is_sent(partner, receiver):
    await partner.happen()

    await partner.deliver(rules=None)

    assert receiver.received == []


async def test_the_log_is_pruned_and_the_webhook_stays(partner, receiver):
    await partner.happen()
    await partner.deliver()
    async with partner.office.open_work() as work:
        young = await work.pruning.drop(
            Prunable.DELIVERIES, before=now() - timedelta(days=1), at_most=10
        )
        old = await work.pruning.drop(
            Prunable.DELIVERIES, before=now() + timedelta(days=1), at_most=10
        )

    assert (young, old) == (0, 1)
    assert await partner.log() == []
    assert (await partner.webhook()).delivered == await partner.last()
