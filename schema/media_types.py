"""Which media type an answer has. Source: GraphQL over HTTP, section "Accept"."""

from collections.abc import Collection

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
#: Server-sent events, in the "distinct connections mode" of graphql-sse.
EVENT_STREAM = "text/event-stream"
#: Apollo's subscriptions over HTTP: `multipart/mixed` alone would mean another protocol.
PARTS = "multipart/mixed"

#: What one result can be sent as, and what the results of a subscription can.
PLAIN = frozenset({GRAPHQL, JSON})
SINGLE = frozenset({*PLAIN, EVENT_STREAM})
STREAMED = frozenset({EVENT_STREAM, PARTS})

_WILDCARDS = frozenset({"*/*", "application/*"})
_PARTS_PARAMETER = "subscriptionspec=1.0"


def choose_media_type(accept: str, offered: Collection[str] = SINGLE) -> str | None:
    """Give the best of those offered for an Accept header; None when none is acceptable.

    A wildcard, like no header at all, means JSON: nobody is sent a stream without asking for one.
    """
    ranges = [_rank(part) for part in (accept if accept.strip() else "*/*").split(",")]
    for name, quality in sorted(ranges, key=lambda ranked: -ranked[1]):
        found = JSON if name in _WILDCARDS else name
        if quality > 0 and found in offered:
            return found
    return None


def _rank(part: str) -> tuple[str, int]:
    """Give the media type and its quality in thousandths; one that cannot be read counts as 0."""
    name, *parameters = (text.strip().lower() for text in part.split(";"))
    if name == PARTS and _PARTS_PARAMETER not in (p.replace('"', "") for p in parameters):
        return name, 0
    quality = next((p[2:].strip() for p in parameters if p.startswith("q=")), "1")
    whole, _, fraction = quality.partition(".")
    digits = f"{whole}{fraction:0<3.3}"
    return name, int(digits) if digits.isascii() and digits.isdecimal() else 0
