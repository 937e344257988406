"""Is it the right company file? And what it tells of itself, kept through worse days."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.company_file import (
    CompanyFacts,
    CompanyFile,
    CompanyFileFacts,
    CompanyFileIdentity,
    HostFacts,
    Mark,
    Preferences,
    why_wrong,
)
from tests.builders import NOW, an_id

CF_1 = CompanyFile(id=an_id(1), name="CF-1", path="C:\\QB\\brook.qbw", company_name="Brook")
CF_2 = CompanyFile(id=an_id(2), name="CF-2", path="C:\\QB\\reed.qbw", company_name="Reed")
UNBOUND = CompanyFile(id=an_id(1), name="CF-1")


def a_mark(number, company_file, name="Front desk", *, is_disabled=False):
    """The FileID of a connection: `an_id(number)`."""
    return Mark(
        file_id=an_id(number),
        connection_id=an_id(number + 0x100),
        connection_name=name,
        is_disabled=is_disabled,
        company_file=company_file,
    )


OURS, SISTER, FOREIGN = an_id(0x11), an_id(0x12), an_id(0x21)


def marks_of(bound, *, foreign_is_disabled=False, other=CF_2):
    """Two connections reach our file, one another file."""
    return (
        a_mark(0x11, bound),
        a_mark(0x12, bound, "Office"),
        a_mark(0x21, other, "Shop", is_disabled=foreign_is_disabled),
    )


def judged(*file_ids, path=CF_1.path, name="Brook", bound=CF_1, **changes):
    seen = CompanyFileIdentity(path, name)
    return why_wrong(bound, seen, set(file_ids), marks_of(bound, **changes))


@pytest.mark.parametrize(
    ("bound", "seen", "is_other"),
    [
        ((None, None), ("C:\\a.qbw", "A"), False),
        (("C:\\a.qbw", "A"), ("c:\\A.QBW", "a"), False),
        (("C:\\a.qbw", "A"), ("D:\\moved.qbw", "A"), False),
        (("C:\\a.qbw", "A"), ("C:\\a.qbw", "Renamed"), False),
        (("C:\\a.qbw", "A"), ("C:\\b.qbw", "B"), True),
        (("C:\\a.qbw", None), ("C:\\b.qbw", "B"), True),
        (("C:\\a.qbw", "A"), ("C:\\b.qbw", None), True),
        (("C:\\a.qbw", "A"), (None, None), False),
    ],
)
def test_another_company_file_is_one_with_nothing_in_common(bound, seen, is_other):
    """Files are moved and companies renamed, but not both at once."""
    ours, theirs = CompanyFileIdentity(*bound), CompanyFileIdentity(*seen)

    assert ours.is_other_than(theirs) is is_other
    assert ours.updated_by(theirs).path == (theirs.path or ours.path)


@pytest.mark.parametrize(
    ("ours", "theirs", "is_same"),
    [
        (("C:\\a.qbw", "A  Co"), ("c:/A.qbw ", " a co"), True),
        (("C:\\a.qbw", "A"), ("D:\\a.qbw", "A"), False),
        (("C:\\a.qbw", None), ("C:\\a.qbw", None), False),
        ((None, None), (None, None), False),
    ],
)
def test_the_same_company_file_has_path_and_name_however_they_are_written(ours, theirs, is_same):
    assert CompanyFileIdentity(*ours).is_same_as(CompanyFileIdentity(*theirs)) is is_same


@pytest.mark.parametrize("file_ids", [(), (OURS,), (SISTER,), (an_id(0x99),)])
@pytest.mark.parametrize(
    "changes",
    [{}, {"path": "D:\\New\\brook2.qbw"}, {"name": "Brook & Sons"}, {"path": None}, {"name": None}],
    ids=["as it was", "moved", "renamed", "path untold", "name untold"],
)
def test_the_bound_file_may_be_moved_or_renamed(changes, file_ids):
    """A copy or a restored backup looks the same. A FileID that nobody knows says nothing."""
    assert judged(*file_ids, **changes) is None


@pytest.mark.parametrize("file_ids", [(), (OURS,), (SISTER,), (OURS, FOREIGN)])
def test_a_file_with_another_path_and_another_name_is_refused_whatever_its_marks(file_ids):
    """Our own FileID may have been written into it when this session began."""
    said = judged(*file_ids, path="C:\\QB\\else.qbw", name="Somebody Else")

    assert "“Somebody Else” (C:\\QB\\else.qbw)" in said
    assert "“Brook” (C:\\QB\\brook.qbw)" in said
    assert "Open that file and run the update again; nothing was sent." in said
    assert ("moved and renamed at once" in said) is bool(file_ids)


@pytest.mark.parametrize("bound", [CF_1, UNBOUND], ids=["bound", "first session"])
def test_a_file_that_only_another_company_file_s_connection_marked_is_refused(bound):
    said = judged(FOREIGN, bound=bound)

    assert "carries the FileID of the connection “Shop” to “CF-2”" in said
    assert str(bound) in said
    assert "disable “Shop” first" in said


@pytest.mark.parametrize("own", [OURS, SISTER])
def test_a_foreign_mark_beside_one_of_ours_says_nothing(own):
    """Two .qwc files were added while this file was open."""
    assert judged(own, FOREIGN) is None


def test_the_mark_of_a_disabled_connection_says_nothing():
    """That is the way out when a .qwc file was added to the wrong company file."""
    assert judged(FOREIGN, foreign_is_disabled=True) is None


def test_the_first_session_binds_to_whatever_is_open():
    assert judged(OURS, bound=UNBOUND, path="C:\\QB\\any.qbw", name="Any") is None
    assert judged(bound=UNBOUND, path=None, name=None) is None


def test_the_first_session_does_not_bind_to_the_file_of_another_company_file():
    """The other company was open, and our FileID was written into it a moment ago."""
    said = judged(OURS, bound=UNBOUND, path=CF_2.path.upper(), name="Reed")

    assert "is that of “CF-2” and its connection “Shop”" in said
    assert "for “CF-1”" in said


def test_a_bound_file_does_not_move_to_where_another_company_file_is():
    """Two company files of one name, as the books of two years often are."""
    twin = replace(CF_2, company_name="Brook")

    assert judged(OURS, path=twin.path, other=twin) is not None
    assert judged(OURS, path=twin.path, other=twin, foreign_is_disabled=True) is None
    assert judged(OURS, path="C:\\QB\\third.qbw", other=twin) is None


PATHS = st.none() | st.sampled_from(["C:\\QB\\brook.qbw", "C:\\QB\\reed.qbw", "D:\\x.qbw"])
NAMES = st.none() | st.sampled_from(["Brook", "Reed", "Somebody Else"])
FILE_IDS = st.sets(st.sampled_from([OURS, SISTER, FOREIGN, an_id(0x99)]))


@given(PATHS, NAMES, PATHS, NAMES, FILE_IDS)
def test_nothing_is_ever_sent_to_a_file_that_has_nothing_in_common_with_the_bound_one(
    bound_path, bound_name, path, name, file_ids
):
    bound = replace(UNBOUND, path=bound_path, company_name=bound_name)
    said = judged(*file_ids, path=path, name=name, bound=bound)

    if bound.identity.is_other_than(CompanyFileIdentity(path, name)):
        assert said is not None
    if bound.identity.is_same_as(CompanyFileIdentity(path, name)) and FOREIGN not in file_ids:
        assert said is None
    if said is None:
        met = bound.met(CompanyFileIdentity(path, name))
        assert judged(*file_ids, path=path, name=name, bound=met) is None


def test_a_company_file_that_was_never_opened_is_named_by_the_account_s_word():
    assert str(UNBOUND) == "“CF-1”, which was never opened yet"
    assert (UNBOUND.title, CF_1.title) == ("CF-1", "Brook")


HOST = HostFacts(
    product_name="QuickBooks Pro 2024", major_version="34", minor_version="0",
    qbxml_versions=((1, 0), (12, 0), (16, 0)), file_mode="MultiUser",
)  # fmt: skip
TOLD = CompanyFileFacts(
    read_at=NOW,
    host=HOST,
    company=CompanyFacts(name="Brook"),
    preferences=Preferences(closing_date=date(2026, 10, 31), uses_classes=True),
)


def test_a_meeting_keeps_what_was_seen_and_told():
    met = UNBOUND.met(CompanyFileIdentity("C:\\a.qbw", "Brook"), TOLD)

    assert (met.path, met.company_name, met.facts) == ("C:\\a.qbw", "Brook", TOLD)
    assert met.name == "CF-1"
    assert met.met(CompanyFileIdentity(None, None)) == met


def test_a_part_that_quickbooks_did_not_answer_stays_as_it_was_told_before():
    """Without the permission for preferences the closing date of yesterday is still one."""
    later = CompanyFileFacts(read_at=NOW + timedelta(days=1), host=HostFacts(country="US"))

    facts = replace(CF_1, facts=TOLD).met(CF_1.identity, later).facts

    assert facts.read_at == NOW + timedelta(days=1)
    assert facts.host == HostFacts(country="US")
    assert facts.company == TOLD.company
    assert facts.preferences.closing_date == date(2026, 10, 31)


def test_books_that_were_opened_again_have_no_closing_date():
    later = CompanyFileFacts(read_at=NOW, preferences=Preferences(uses_classes=True))

    assert TOLD.updated_by(later).preferences.closing_date is None


def test_of_a_file_that_was_never_opened_nothing_is_known():
    assert UNBOUND.host == HostFacts()
    assert UNBOUND.preferences == Preferences()
    assert replace(UNBOUND, facts=CompanyFileFacts(read_at=NOW)).preferences == Preferences()


@pytest.mark.parametrize(
    ("host", "version"),
    [
        (HOST, "QuickBooks Pro 2024 (34.0)"),
        (HostFacts(product_name="QuickBooks Pro"), "QuickBooks Pro"),
        (HostFacts(major_version="34"), "(34)"),
        (HostFacts(), None),
        (None, None),
    ],
)
def test_product_and_release_are_shown_together(host, version):
    assert replace(CF_1, facts=replace(TOLD, host=host)).quickbooks_version == version


@pytest.mark.parametrize(
    ("versions", "at_most", "best"),
    [
        (((1, 0), (12, 0)), (13, 0), (12, 0)),
        (((12, 0), (13, 0), (16, 0)), (13, 0), (13, 0)),
        (((10, 0), (11, 0), (12, 0)), (11, 0), (11, 0)),
        (((14, 0),), (13, 0), None),
        ((), (13, 0), None),
    ],
)
def test_the_newest_version_that_both_speak_is_chosen(versions, at_most, best):
    facts = replace(TOLD, host=HostFacts(qbxml_versions=versions))

    assert facts.qbxml_version(at_most=at_most) == best
    assert replace(TOLD, host=None).qbxml_version(at_most=at_most) is None
