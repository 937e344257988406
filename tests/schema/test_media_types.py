"""The Accept header decides between the media types we write."""

import pytest

from schema.media_types import EVENT_STREAM, GRAPHQL, JSON, PARTS, STREAMED, choose_media_type

#: What @urql/core sends with each query, and @apollo/client with a subscription.
URQL = f"{GRAPHQL}, application/graphql+json, {JSON}, {EVENT_STREAM}, multipart/mixed"
APOLLO = f'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,{JSON}'


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{GRAPHQL};charset=utf-8, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.9", JSON),
        (f"{GRAPHQL};q=0.001, {JSON};q=0", GRAPHQL),
        (f"text/html, {GRAPHQL.upper()}", GRAPHQL),
        (URQL, GRAPHQL),
        (APOLLO, JSON),
        (f"text/event-stream, {GRAPHQL}, {JSON}", EVENT_STREAM),
        (f"text/event-stream;q=0.9, {GRAPHQL}", GRAPHQL),
        ("text/event-stream", EVENT_STREAM),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=high", None),
        (f"{JSON};q=", None),
    ],
)
def test_the_best_acceptable_type_is_chosen(accept, chosen):
    assert choose_media_type(accept) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (URQL, EVENT_STREAM),
        (f"{EVENT_STREAM}, multipart/mixed", EVENT_STREAM),
        (APOLLO, PARTS),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0", PARTS),
        (f"{EVENT_STREAM};q=0.5, {APOLLO}", PARTS),
        ("multipart/mixed", None),  # another protocol, of results that come bit by bit
        ("multipart/mixed;subscriptionSpec=2.0", None),
        ("", None),
        ("*/*", None),
        (f"{GRAPHQL}, {JSON}", None),
        (f"{EVENT_STREAM};q=0", None),
    ],
)
def test_the_results_of_a_subscription_want_a_type_that_holds_many(accept, chosen):
    """And one that was asked for by name: a caller who expects one answer would wait for ever."""
    assert choose_media_type(accept, STREAMED) == chosen
