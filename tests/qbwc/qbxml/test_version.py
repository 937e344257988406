"""Which version of qbXML is spoken."""

import pytest

from qbwc.qbxml.version import Version, choose_version


@pytest.mark.parametrize(
    ("reported", "spoken"),
    [
        ([(1, 0), (12, 0), (13, 0), (16, 0)], (13, 0)),
        ([(16, 0)], (13, 0)),
        ([(1, 0), (9, 0), (12, 0)], (12, 0)),
        ([(8, 0)], (8, 0)),
        ([], None),
    ],
)
def test_the_newest_version_that_both_sides_know_is_spoken(
    reported: list[Version], spoken: Version | None
) -> None:
    assert choose_version(reported) == spoken
