"""Who is told the same as others, and who is not: what an answer hangs on decides."""

import pytest

from schema.alike import alike

ACCOUNT = "subscription($after: String) { syncStatusChanged(after: $after) { %s } }"


def of(fields, **variables):
    return alike(ACCOUNT % fields, None, variables)


@pytest.mark.parametrize(
    "fields",
    [
        "sequence cursor status phase actor { kind name }",
        "__typename sequence invoice { id invoiceNumber total tasks { id unitPrice } }",
        "invoice { customer { id name } sync { status phase attempts } } issue { id code }",
        "... on SyncEvent { sequence } ... { status }",
    ],
)
def test_what_belongs_to_the_account_is_told_to_all_alike(fields):
    assert of(fields, after="a") == of(fields, after="b") is not None


@pytest.mark.parametrize(
    "fields",
    [
        "invoice { editEligibility { canEdit } }",
        "invoice { exportEvidence { txnId } }",
        "invoice { draft { id } }",
        "sequence ... { invoice { editEligibility { canEdit } } }",
        "... on Node { id }",
    ],
)
def test_what_depends_on_who_asks_is_told_to_each_alone(fields):
    assert of(fields) is None


def test_a_fragment_counts_like_what_stands_in_it():
    document = ACCOUNT % "...Told"
    harmless = "fragment Told on SyncEvent { sequence invoice { ...Paper } }"
    plain = " fragment Paper on Invoice { id }"
    personal = " fragment Paper on Invoice { editEligibility { canEdit } }"

    assert alike(document + harmless + plain, None, {}) is not None
    assert alike(document + harmless + personal, None, {}) is None


def test_other_variables_than_the_cursor_tell_subscribers_apart():
    document = """subscription($after: String, $filter: SyncEventFilter) {
      syncStatusChanged(after: $after, filter: $filter) { sequence } }"""
    one, other = (
        alike(document, None, {"after": "a", "filter": {"status": [status]}})
        for status in ("SYNCED", "SYNCING")
    )

    assert one != other
    assert one is not None


def test_a_cursor_that_is_used_twice_tells_subscribers_apart():
    document = """subscription($after: String) {
      syncStatusChanged(after: $after, filter: {invoiceIds: [$ after]}) { sequence } }"""

    assert alike(document, None, {"after": "a"}) != alike(document, None, {"after": "b"})


@pytest.mark.parametrize(
    "document",
    [
        "subscription { connectionStateChanged { id } }",
        "{ viewer { actor { name } } }",
        "subscription { nobody }",
        "fragment Alone on SyncEvent { id }",
        "subscription {",
        ACCOUNT % ("sequence " * 5000),
    ],
)
def test_other_operations_are_nobody_else_s(document):
    assert alike(document, None, {}) is None
