"""When a passing trouble is tried again."""

from datetime import timedelta

import pytest

from domain.backoff import is_exhausted, retry_delay
from tests.builders import NOW


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 2), (2, 8), (3, 30), (4, 60), (50, 60), (0, 60)]
)
def test_the_waits_grow_from_two_seconds_to_a_minute(attempts, seconds):
    assert retry_delay(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("minutes", "given_up"), [(0, False), (14, False), (15, True), (60, True)])
def test_a_person_must_look_after_fifteen_minutes_of_tries(minutes, given_up):
    assert is_exhausted(NOW, NOW + timedelta(minutes=minutes), attempts=6) is given_up


def test_a_weekend_with_a_closed_connector_is_no_try():
    assert not is_exhausted(NOW, NOW + timedelta(days=3), attempts=2)
