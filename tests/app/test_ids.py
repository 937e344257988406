"""Ids are UUIDs of version 7 that grow strictly."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.ids import IdSource, new_id

MOMENTS = st.integers(min_value=0, max_value=2**60)  # nanoseconds, until the year 2006
MILLISECOND = 1_000_000


def test_an_id_tells_its_version_its_variant_and_its_millisecond() -> None:
    """The example of RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC."""
    bits = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    source = IdSource(lambda: 0x017F22E279B0 * MILLISECOND, lambda _: bits)

    assert source.new_id() == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@given(st.lists(MOMENTS, min_size=2, max_size=20))
def test_ids_grow_even_if_the_clock_is_set_back(moments: list[int]) -> None:
    clock = iter(moments)
    source = IdSource(lambda: next(clock))

    made = [source.new_id() for _ in moments]

    assert all(earlier < later for earlier, later in pairwise(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_ids_of_one_millisecond_are_a_random_step_apart() -> None:
    """A process that forks copies its last id: fixed steps would repeat the sibling's ids."""
    chance = iter([7, 7, 41])
    source = IdSource(lambda: MILLISECOND, lambda _: next(chance))

    first, second = source.new_id(), source.new_id()

    assert second.int - first.int == 42


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: new_id(), range(4_000)))

    assert len(set(made)) == len(made)
