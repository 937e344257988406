"""What schemathesis is told of our scalars, and what it must never see. Loaded by schemathesis."""

import json
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

#: Ids of rows that exist, written by the test that starts schemathesis here.
KNOWN_IDS = json.loads(Path("ids.json").read_text(encoding="utf-8"))
_LARGEST = 10**6


def amounts(places):
    return st.decimals(
        allow_nan=False,
        allow_infinity=False,
        places=places,
        min_value=-_LARGEST,
        max_value=_LARGEST,
    ).map(str)


def register(name, values):
    schemathesis.graphql.scalar(name, values.map(nodes.String))


register("ID", st.sampled_from(KNOWN_IDS) | st.text(max_size=20))
register("Money", amounts(2))
register("Decimal", amounts(5))
register("Date", st.dates().map(str))
register("DateTime", st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"))


@schemathesis.check
def is_no_fault_of_ours(ctx, response, case):
    """Refusals are answers; `INTERNAL` and 5xx are bugs."""
    text = response.content.decode()
    assert response.status_code < 500, text
    assert '"INTERNAL"' not in text, text
