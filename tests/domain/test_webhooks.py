"""What may be an address, when a failed delivery is tried again, and who signs."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from domain.errors import InvalidValue
from domain.webhooks import (
    GIVE_UP_AFTER,
    GRACE,
    Posted,
    Webhook,
    WebhookPatch,
    WebhookRules,
    WebhookState,
    asked_wait,
    changed,
    checked_url,
    failed,
    may_receive,
    rotated,
    sign,
    succeeded,
)
from tests.builders import NOW, an_id

STRICT = WebhookRules(key=b"k" * 32)
LENIENT = WebhookRules(key=b"k" * 32, allows_private=True)


def a_webhook(**changes):
    given = {
        "id": an_id(1),
        "url": "https://partner.example.com/instep",
        "created_at": NOW,
        "secret_id": an_id(2),
        "delivered": 7,
    }
    return Webhook(**given | changes)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",  # what many clouds tell their machines
        "168.63.129.16",  # and one of them from an address that looks public
        "100.100.100.200",
        "192.0.0.192",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",  # mapped: no name server gives it, only somebody who tries
        "::127.0.0.1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "2001:db8::1",
    ],
)
def test_no_address_of_this_machine_or_of_a_private_network_is_sent_to(address):
    assert not may_receive(ip_address(address), STRICT)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are_sent_to(address):
    assert may_receive(ip_address(address), STRICT)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1"])  # noqa: S104
def test_nobody_in_particular_is_never_sent_to(address):
    assert not may_receive(ip_address(address), LENIENT)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "http://partner.example.com/",
        "ftp://partner.example.com/",
        "file:///etc/passwd",
        "partner.example.com",
        "https://",
        "https:///path",
        "https://user:word@partner.example.com/",
        "https://user@partner.example.com/",
        "https://partner.example.com/#part",
        "https://partner.example.com:99999/",
        "https://partner.example.com:no/",
        "https://[::1",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.1.2.3:8443/hook",
        "https://partner.example.com/ä",
        "https://partner.example.com/a b",
        "https://partner.example.com/\r\nHost: other",
        "https://partner.example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_public_https_address_is_refused(url):
    with pytest.raises(InvalidValue) as refusal:
        checked_url(url, STRICT)

    assert refusal.value.where == ("url",)


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("https://partner.example.com/instep?tenant=3", STRICT),
        ("https://8.8.8.8:8443/instep", STRICT),
        ("http://127.0.0.1:9000/", LENIENT),
        ("https://10.0.0.1/", LENIENT),
    ],
)
def test_other_addresses_are_taken(url, rules):
    assert checked_url(url, rules) == url


def test_tries_come_less_and_less_often_and_then_each_hour():
    webhook, waits = a_webhook(), []
    for _ in range(8):
        webhook = failed(webhook, "no", NOW)
        waits.append((webhook.next_attempt_at - NOW).total_seconds())

    assert waits == [5, 30, 120, 600, 1800, 3600, 3600, 3600]
    assert webhook.state is WebhookState.FAILING
    assert not webhook.is_due(NOW + timedelta(minutes=59))
    assert webhook.is_due(NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (None, [5, 30, 120]),
        (timedelta(seconds=1), [5, 30, 120]),  # sooner than its turn it is not tried
        (timedelta(seconds=60), [60, 60, 120]),
        (timedelta(hours=4), [14_400, 14_400, 14_400]),
        (timedelta(days=400), [86_400, 86_400, 86_400]),
    ],
)
def test_a_receiver_that_asks_for_more_time_is_given_it_within_bounds(asked, waits):
    webhook, found = a_webhook(), []
    for _ in waits:
        webhook = failed(webhook, "no", NOW, asked)
        found.append((webhook.next_attempt_at - NOW).total_seconds())

    assert found == waits


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 400, 86_400),
        ("Wed, 18 Nov 2026 15:00:30 GMT", 30),
        ("Wed, 18 Nov 2026 10:00:30 -0500", 30),
        ("Wed, 18 Nov 2026 15:00:30", 30),
        ("Wed, 18 Nov 2026 14:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        *((text, None) for text in (None, "", "soon", "-5", "1.5", "\u0665", "Wed, 99 Nov 2026")),
    ],
)
def test_a_retry_after_is_seconds_or_a_moment_and_nothing_else(header, seconds):
    now = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)

    assert asked_wait(header, now) == (None if seconds is None else timedelta(seconds=seconds))


def test_after_five_days_of_failures_it_is_disabled_and_not_a_moment_sooner():
    webhook = failed(a_webhook(), "no", NOW)
    almost = failed(webhook, "no", NOW + GIVE_UP_AFTER - timedelta(seconds=1))
    over = failed(webhook, "no", NOW + GIVE_UP_AFTER)

    assert almost.state is WebhookState.FAILING
    assert over.state is WebhookState.DISABLED
    assert not over.is_due(NOW + GIVE_UP_AFTER + timedelta(days=1))


def test_enabled_again_it_has_five_days_again_and_goes_on_where_it_was():
    over = failed(failed(a_webhook(), "no", NOW), "no", NOW + GIVE_UP_AFTER)

    again = changed(over, WebhookPatch(disabled=False), STRICT)

    assert (again.state, again.delivered) == (WebhookState.ACTIVE, 7)
    later = NOW + GIVE_UP_AFTER + timedelta(days=1)
    assert failed(again, "no", later).state is WebhookState.FAILING


def test_a_success_ends_the_run_of_failures():
    webhook = succeeded(failed(a_webhook(), "no", NOW), behind=7, reached=9)

    assert (webhook.delivered, webhook.failures, webhook.trouble) == (9, 0, None)
    assert webhook.is_due(NOW)


def test_a_success_moves_nothing_that_was_set_back_meanwhile():
    assert succeeded(a_webhook(delivered=2), behind=7, reached=9).delivered == 2


@pytest.mark.parametrize(
    ("status", "is_received"),
    [(200, True), (204, True), (299, True), (301, False), (400, False), (410, False), (500, False)],
)
def test_only_2xx_is_a_receipt(status, is_received):
    assert (Posted(status=status).trouble is None) is is_received


def test_without_a_status_there_is_always_a_trouble():
    assert Posted().trouble
    assert Posted(error="No way.").trouble == "No way."


def test_both_secrets_sign_for_a_day_after_a_rotation():
    webhook = rotated(a_webhook(), an_id(3), NOW)

    assert webhook.signing_secrets(NOW) == (an_id(3), an_id(2))
    assert webhook.signing_secrets(NOW + GRACE - timedelta(seconds=1)) == (an_id(3), an_id(2))
    assert webhook.signing_secrets(NOW + GRACE) == (an_id(3),)


def test_a_secret_comes_out_the_same_each_time_and_for_no_other_webhook_or_key():
    secret = STRICT.secret(an_id(1), an_id(2))

    assert secret == STRICT.secret(an_id(1), an_id(2))
    assert len({secret, STRICT.secret(an_id(1), an_id(3)), STRICT.secret(an_id(3), an_id(2))}) == 3
    assert secret != WebhookRules(key=b"o" * 32).secret(an_id(1), an_id(2))
    assert "k" * 32 not in repr(STRICT)


def test_the_signature_covers_time_and_body():
    header = sign(["whsec_a", "whsec_b"], 1_700_000_000, b"{}")

    at, *signatures = header.split(",")
    assert at == "t=1700000000"
    assert len(signatures) == 2
    assert all(s.startswith("v1=") and len(s) == 67 for s in signatures)
    assert sign(["whsec_a"], 1_700_000_001, b"{}").split(",")[1] != signatures[0]
    assert sign(["whsec_a"], 1_700_000_000, b"{ }").split(",")[1] != signatures[0]
