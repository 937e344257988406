"""Guards in the API: every code and severity says what it means."""

import pytest

from domain.guards import GuardCode, GuardSeverity
from schema.guards import CODE_MEANINGS, SEVERITY_MEANINGS


@pytest.mark.parametrize(
    ("kind", "meanings"), [(GuardCode, CODE_MEANINGS), (GuardSeverity, SEVERITY_MEANINGS)]
)
def test_every_value_has_a_meaning_in_a_sentence(kind, meanings):
    assert meanings.keys() == set(kind)
    assert all(text.endswith(".") for text in meanings.values())
