"""Whether a document subscribes is known before it is run."""

import pytest

from schema.operations import is_subscription

FRAGMENT = "fragment subscription on Query @skip(if: {a: [{b: 1}]}) { viewer { actor { name } } }"


@pytest.mark.parametrize(
    "document",
    [
        "subscription { syncStatusChanged { id } }",
        "subscription Live($after: String) { syncStatusChanged(after: $after) { id } }",
        "# subscribe\n  ,subscription{syncStatusChanged{id}}",
        f"{FRAGMENT} subscription {{ syncStatusChanged {{ id }} }}",
    ],
)
def test_a_subscription_is_recognised(document):
    assert is_subscription(document)


@pytest.mark.parametrize(
    "document",
    [
        "{ subscription }",
        "query subscription { viewer { actor { name } } }",
        "mutation { subscription }",
        f"{FRAGMENT} {{ viewer {{ actor {{ name }} }} }}",
        f"{FRAGMENT} query {{ ...subscription }}",
        '"subscription"',
        "fragment",
        "fragment }",
        FRAGMENT,
        "",
        "?",
        "fragment F on Query { ? } subscription { a }",
    ],
)
def test_everything_else_is_not(document):
    assert not is_subscription(document)
