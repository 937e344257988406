"""What partners have keeps working: the schema against the released one, and the policy itself."""

from datetime import date, timedelta

import pytest

from app.api_release import ACCEPTED, RELEASED, faults, read_accepted
from app.clock import now
from schema.build import schema
from schema.evolution import NOTICE, compare, short_notices, untold

TODAY = date(2027, 3, 1)
RELEASE = """
type Query {
  "One invoice. Permission: `A`. Scope: `read`."
  invoice(id: ID!, live: Boolean! = true): Invoice
  node(id: ID!): Node
}
type Mutation { save(input: SaveInput!): Invoice }
interface Node { id: ID! }
type Invoice implements Node { id: ID! total: String! summary: String status: Status! }
enum Status { SYNCING SYNCED }
input SaveInput { id: ID! note: String = "none" }
"""
OLD = '@deprecated(reason: "Use `total`. Deprecated in 0.2.0, removed after {}.")'


def changed(*replacements, release=RELEASE, today=TODAY):
    """Compare the release with itself, in which these texts are replaced."""
    present = release
    for old, new in replacements:
        assert old in present, old
        present = present.replace(old, new)
    return compare(release, present, today=today)


def deprecated(text, until):
    """The release, in which this part is deprecated until that day."""
    assert text in RELEASE
    return RELEASE.replace(text, f"{text} {OLD.format(until)}")


def test_the_api_keeps_what_partners_have():
    """The cure stands in each sentence; docs/api/evolution.md tells the policy."""
    present = schema().as_str()
    comparison = compare(RELEASED.read_text("utf-8"), present, today=now().date())

    assert faults(comparison, read_accepted(ACCEPTED.read_text("utf-8")), present) == []


def test_the_released_api_is_a_whole_one():
    """Else the test above would be content with an empty file."""
    released = RELEASED.read_text("utf-8")

    everything = compare(released, "type Query { x: Int }", today=TODAY).breaking
    assert "SaveAndSyncPayload was removed." in everything
    assert len(everything) > 100


@pytest.mark.parametrize(
    ("old", "new", "break_"),
    [
        ("total: String! ", "", "Field Invoice.total was removed."),
        ("total: String!", "total: String", "Field Invoice.total changed type from String! to String."),
        ("invoice(id: ID!, ", "invoice(id: Int!, ", "Argument Query.invoice(id:) has changed type from ID! to Int!."),
        ("id: ID!, live: Boolean! = true", "id: ID!", "Argument Query.invoice(live:) was removed."),
        ("live: Boolean! = true", "live: Boolean! = false", "Query.invoice(live:) has changed defaultValue from true to false."),
        ("node(id: ID!)", "node(id: ID!, kind: String!)", "A required argument Query.node(kind:) was added."),
        ("SYNCING SYNCED", "SYNCED", "Enum value Status.SYNCING was removed."),
        ('note: String = "none"', "", "Field SaveInput.note was removed."),
        ('note: String = "none"', 'note: String = "-"', 'SaveInput.note has changed defaultValue from "none" to "-".'),
        ('note: String = "none"', 'note: String! = "none"', "Field SaveInput.note changed type from String to String!."),
        ("input SaveInput {", "input SaveInput { key: String!", "A required field SaveInput.key was added."),
        ("type Invoice implements Node", "type Invoice", "Invoice no longer implements interface Node."),
        ("Permission: `A`", "Permission: `B`", "Query.invoice needs the permission `B` instead of `A`."),
        ("Scope: `read`", "Scope: `manage`", "Query.invoice needs the scope `manage` instead of `read`."),
    ],
)  # fmt: skip
def test_what_breaks_clients_is_found(old, new, break_):
    assert changed((old, new)).breaking == (break_,)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("SYNCING SYNCED", "SYNCING SYNCED BYPASSED", ["Enum value Status.BYPASSED was added."]),
        ("node(id: ID!)", "node(id: ID!, live: Boolean)", ["An optional argument Query.node(live:) was added."]),
        ("input SaveInput {", "input SaveInput { key: String", ["An optional field SaveInput.key was added."]),
        ("summary: String ", "summary: String number: String ", []),
        ("summary: String ", "summary: String! ", []),
        ('note: String = "none"', f"note: String = \"none\" {OLD.format('2027-12-01')}", []),
    ],
)  # fmt: skip
def test_what_clients_put_up_with_breaks_nothing_and_is_announced(old, new, told):
    comparison = changed((old, new))

    assert comparison.breaking == ()
    assert list(comparison.announced) == told


@pytest.mark.parametrize(
    ("part", "gone"),
    [
        ("summary: String", "Field Invoice.summary was removed."),
        ("SYNCING", "Enum value Status.SYNCING was removed."),
        ('note: String = "none"', "Field SaveInput.note was removed."),
        ("live: Boolean! = true", "Argument Query.invoice(live:) was removed."),
    ],
)
def test_what_was_deprecated_goes_when_its_day_is_over_and_not_before(part, gone):
    release = deprecated(part, "2027-02-28")
    whole = f"{part} {OLD.format('2027-02-28')}"

    assert changed((whole, ""), release=release).breaking == ()
    assert changed((whole, ""), release=release, today=date(2027, 2, 28)).breaking == (gone,)


def test_what_no_release_deprecated_cannot_go_however_long_it_is_deprecated_here():
    """Partners never saw it: between two releases a deprecation tells nobody anything."""
    released = RELEASE
    for present in (RELEASE.replace("summary: String", ""), RELEASE):
        expected = () if "summary" in present else ("Field Invoice.summary was removed.",)
        assert compare(released, present, today=date(2099, 1, 1)).breaking == expected


def test_a_type_goes_with_the_last_field_that_led_to_it():
    part = "status: Status!"
    release = deprecated(part, "2027-02-28")
    without = [(f"{part} {OLD.format('2027-02-28')}", ""), ("enum Status { SYNCING SYNCED }", "")]

    assert changed(*without, release=release).breaking == ()
    assert changed(*without, release=release, today=date(2027, 1, 1)).breaking == (
        "Status was removed.",
        "Field Invoice.status was removed.",
    )


def test_a_promise_is_not_shortened():
    release = deprecated("summary: String", "2027-12-01")

    assert changed(("2027-12-01", "2027-06-01"), release=release).breaking == (
        "Invoice.summary was promised until 2027-12-01, and is to be removed after 2027-06-01.",
    )
    assert changed(("2027-12-01", "2028-01-01"), release=release).breaking == ()


@pytest.mark.parametrize(
    "reason",
    [
        "No longer supported",
        "Use `total`.",
        "Use `total`. Removed after 2027-07-01.",
        "Deprecated in 0.2.0, removed after 2027-07-01.",
        "Use `total`. Deprecated in 0.2.0, removed after 2027-13-01.",
    ],
)
def test_a_deprecation_says_what_instead_since_when_and_until_when(reason):
    sdl = RELEASE.replace("summary: String", f'summary: String @deprecated(reason: "{reason}")')

    (told,) = untold(sdl)
    assert told.startswith(f'Invoice.summary is deprecated with "{reason}".')
    assert untold(deprecated("summary: String", "2027-07-01")) == []


def test_a_release_gives_half_a_year_of_notice():
    enough = TODAY + NOTICE
    sooner = enough - timedelta(days=1)

    assert short_notices(RELEASE, deprecated("SYNCING", enough), today=TODAY) == []
    (told,) = short_notices(RELEASE, deprecated("SYNCING", sooner), today=TODAY)
    assert told.startswith("Status.SYNCING would be kept until ")
    assert short_notices(deprecated("SYNCING", sooner), deprecated("SYNCING", sooner), today=TODAY) == []  # fmt: skip


def test_a_break_is_told_with_its_cure_and_can_be_decided_once():
    comparison = changed(("summary: String", ""))
    gone = "Field Invoice.summary was removed."
    decided = read_accepted(
        f'[[accepted]]\nchange = "{gone}"\nreason = "It leaked."\nversion = "0.2.0"\n'
    )

    (told,) = faults(comparison, [], RELEASE)
    assert told.startswith(gone)
    assert "deprecate it first" in told
    assert "accepted_breaks.toml" in told
    assert faults(comparison, decided, RELEASE) == []
    (stale,) = faults(changed(), decided, RELEASE)
    assert "breaks nothing now" in stale


@pytest.mark.parametrize(
    "entry",
    [
        'change = "x"\nreason = ""\nversion = "0.2.0"',
        'change = "x"\nreason = "y"\nversion = "soon"',
        'change = "x"\nreason = "y"',
    ],
)
def test_a_break_is_not_decided_without_a_reason_and_a_version(entry):
    with pytest.raises(ValueError, match="reason"):
        read_accepted(f"[[accepted]]\n{entry}\n")
