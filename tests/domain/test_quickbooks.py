"""References and lines on QuickBooks' side."""

import pytest

from domain.quickbooks import Ref
from tests.builders import TASK_2, TASK_3, fixture_link


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Ref("HVAC"), Ref("hvac"), True),
        (Ref("HVAC"), Ref("Plumbing"), False),
        (Ref("HVAC", "80-1"), Ref("Renamed", "80-1"), True),
        (Ref("HVAC", "80-1"), Ref("HVAC", "80-2"), False),
        (Ref("HVAC"), Ref("HVAC", "80-1"), True),
        (Ref("HVAC"), None, False),
        (Ref("HVAC"), Ref(), False),
    ],
)
def test_entries_are_the_same_by_list_id_else_by_name_in_any_case(one, other, same):
    assert one.same_as(other) is same


@pytest.mark.parametrize(
    ("ref", "text"), [(Ref("HVAC", "80-1"), "HVAC"), (Ref(None, "80-1"), "80-1"), (Ref(), "")]
)
def test_an_entry_is_told_by_its_name(ref, text):
    assert str(ref) == text


def test_a_link_knows_the_line_of_a_task():
    link = fixture_link()

    assert link.line_of(TASK_2) == "1A2B-4"
    assert link.line_of(TASK_3) is None
