"""The page on states says what the tables say."""

from pathlib import Path

import pytest

from app.state_docs import render_states
from domain import batches, exchange, inquiry, payments, sync, sync_status

PAGE = Path(__file__).parent.parent / "docs" / "sync-states.md"


def test_the_page_equals_the_tables():
    assert PAGE.read_text("utf-8") == render_states(), "Run `python -m app.state_docs`."


@pytest.mark.parametrize("machine", [sync_status, sync, exchange, inquiry, batches, payments])
def test_every_transition_is_drawn(machine):
    page = render_states()

    for (state, happening), after in machine.TRANSITIONS.items():
        arrows = [
            line for line in page.splitlines() if line.startswith(f"    {state} --> {after}:")
        ]
        assert any(happening in arrow.split(": ")[1].split(", ") for arrow in arrows)
