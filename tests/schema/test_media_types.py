"""The Accept header decides between the two media types we write."""

import pytest

from schema.media_types import GRAPHQL, JSON, choose_media_type


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
        (f"text/event-stream, {GRAPHQL}, {JSON}", GRAPHQL),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=high", None),
        (f"{JSON};q=", None),
    ],
)
def test_the_best_acceptable_type_is_chosen(accept, chosen):
    assert choose_media_type(accept) == chosen
