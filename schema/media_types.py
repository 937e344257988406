"""Which media type an answer has. Source: GraphQL over HTTP, section "Accept"."""

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

_WILDCARDS = frozenset({"*/*", "application/*"})


def choose_media_type(accept: str) -> str | None:
    """Give the best one for an Accept header; None when none of ours is acceptable."""
    if not accept.strip():
        return JSON
    ranked = sorted((_rank(part) for part in accept.split(",")), key=lambda r: -r[1])
    for name, quality in ranked:
        if quality > 0 and name in (GRAPHQL, JSON):
            return name
        if quality > 0 and name in _WILDCARDS:
            return JSON
    return None


def _rank(part: str) -> tuple[str, int]:
    """Give the media type and its quality in thousandths; one that cannot be read counts as 0."""
    name, *parameters = (text.strip().lower() for text in part.split(";"))
    quality = next((p[2:].strip() for p in parameters if p.startswith("q=")), "1")
    whole, _, fraction = quality.partition(".")
    digits = f"{whole}{fraction:0<3.3}"
    return name, int(digits) if digits.isascii() and digits.isdecimal() else 0
