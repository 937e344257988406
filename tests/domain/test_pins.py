"""PINs: which are good enough, and how few guesses anybody has."""

from datetime import timedelta

import pytest

from domain.errors import InvalidValue
from domain.pins import (
    MOST_OF_ACCOUNT,
    MOST_OF_PERSON,
    WINDOW,
    PinTry,
    check_new_pin,
    locked_until,
    tries_left,
)
from tests.builders import NOW, an_id

ADAM, EVE = an_id(1), an_id(2)
A_MINUTE = timedelta(minutes=1)


def tries(*ages, who=ADAM, is_right=False):
    """Tries so many minutes ago."""
    return [PinTry(who, NOW - age * A_MINUTE, is_right) for age in ages]


@pytest.mark.parametrize("pin", ["493857", "112233", "10293847560"])
def test_a_good_pin_is_taken(pin):
    check_new_pin(pin)


@pytest.mark.parametrize(
    "pin",
    ["", "481", "1234567890123", "abcdef", "12 345", "٤٩٣٨٥٧", "000000", "123456", "987654",
     "890123"],
)  # fmt: skip
def test_a_pin_that_is_short_or_easy_to_guess_is_refused_and_never_repeated(pin):
    with pytest.raises(InvalidValue) as refusal:
        check_new_pin(pin)

    assert refusal.value.where == ("pin",)
    assert not pin or pin not in str(refusal.value).replace("123456", "")


def test_three_wrong_tries_lock_the_pin_for_a_quarter_of_an_hour():
    wrong = tries(3, 2, 1)

    assert [tries_left(wrong[:n], ADAM, NOW) for n in range(4)] == [3, 2, 1, 0]
    assert locked_until(wrong[:2], ADAM, NOW) is None
    assert locked_until(wrong, ADAM, NOW) == NOW - 3 * A_MINUTE + WINDOW
    assert tries_left(wrong, ADAM, NOW - 3 * A_MINUTE + WINDOW) == 1


def test_a_right_try_forgives_the_wrong_ones_before_it():
    known = [*tries(4, 3), *tries(2, is_right=True), *tries(1)]

    assert tries_left(known, ADAM, NOW) == MOST_OF_PERSON - 1


def test_a_right_try_of_another_person_forgives_nothing():
    known = [*tries(4, 3, 2), *tries(1, who=EVE, is_right=True)]

    assert tries_left(known, ADAM, NOW) == 0
    assert tries_left(known, EVE, NOW) == MOST_OF_PERSON


def test_guessing_at_many_people_locks_the_account():
    people = [an_id(n) for n in range(MOST_OF_ACCOUNT)]
    known = [one for n, who in enumerate(people) for one in tries(n / 10, who=who)]

    assert tries_left(known, EVE, NOW) == 0
    assert locked_until(known, an_id(99), NOW) > NOW


def test_old_tries_count_no_more():
    assert tries_left(tries(15, 16, 17), ADAM, NOW) == MOST_OF_PERSON
