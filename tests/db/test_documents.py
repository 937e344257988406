"""What is kept as JSON comes back exactly: no decimal is rounded, no text is altered."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from db.documents import CHANGES, CONFLICTS, CONTENT, COPY, RATES, STEPS, WANTED
from domain.invoice import Content, Task
from domain.issues import Step, StepActor
from domain.lists import TaxRate
from domain.merge import FieldConflict
from domain.quickbooks import Ref, WantedInvoice, WantedLine
from domain.revision import FieldChange
from tests.builders import a_draft, fixture_copy
from tests.db.making import add_invoice

DECIMALS = st.decimals(
    min_value=Decimal("-9999999999.99999"),
    max_value=Decimal("9999999999.99999"),
    allow_nan=False,
    places=5,
) | st.sampled_from([Decimal("1E+3"), Decimal(0), Decimal("-0.00"), Decimal("35.50")])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
IDS = st.uuids()
REFS = st.builds(Ref, st.none() | TEXTS, st.none() | TEXTS)
TASKS = st.builds(
    Task,
    id=IDS,
    item_id=IDS,
    description=st.none() | TEXTS,
    quantity=DECIMALS,
    unit_price=DECIMALS,
    cost=st.none() | DECIMALS,
    taxable=st.booleans(),
    business_unit_id=st.none() | IDS,
    inventory_location_id=st.none() | IDS,
)
CONTENTS = st.builds(
    Content,
    number=TEXTS,
    date=st.dates(),
    tax_zone_id=st.none() | IDS,
    summary=st.none() | TEXTS,
    tasks=st.lists(TASKS, max_size=4).map(tuple),
)
LINES = st.builds(
    WantedLine,
    task_id=IDS,
    item=REFS,
    description=TEXTS,
    quantity=DECIMALS,
    rate=DECIMALS,
    class_ref=st.none() | REFS,
    site=st.none() | REFS,
    tax_code=REFS,
)
WISHES = st.builds(
    WantedInvoice,
    number=TEXTS,
    date=st.dates(),
    customer=REFS,
    class_ref=st.none() | REFS,
    tax_item=st.none() | REFS,
    memo=TEXTS,
    lines=st.lists(LINES, max_size=4).map(tuple),
    subtotal=DECIMALS,
    sales_tax=DECIMALS,
    external_guid=TEXTS,
    made_at=st.datetimes(timezones=st.just(UTC)),
)


def exactly(value):
    """The value in a form in which 1.0 and 1.00 differ, and so do 1 and true."""
    if is_dataclass(value):
        return type(value), tuple(exactly(getattr(value, f.name)) for f in fields(value))
    if isinstance(value, tuple):
        return tuple(exactly(item) for item in value)
    if isinstance(value, Decimal):
        return Decimal, value.as_tuple()
    return type(value), value


@given(CONTENTS)
def test_the_content_of_an_invoice_comes_back_exactly(content):
    assert exactly(CONTENT.decode(CONTENT.encode(content))) == exactly(content)


@given(WISHES)
def test_what_quickbooks_shall_hold_comes_back_exactly(wanted):
    assert exactly(WANTED.decode(WANTED.encode(wanted))) == exactly(wanted)


def test_quickbooks_copy_comes_back_exactly():
    copy = fixture_copy(external_guid="{1}", applied=Decimal("-1.10"))

    assert exactly(COPY.decode(COPY.encode(copy))) == exactly(copy)


def test_the_small_documents_come_back_exactly():
    rates = (TaxRate("FW City", Decimal("1.00")), TaxRate("Texas", Decimal("6.250")))
    steps = (Step(StepActor.BOOKKEEPER, "Look."),)
    changes = (FieldChange(("tasks", "1", "cost"), None, "3"), FieldChange(("summary",), "", "a"))
    conflicts = (FieldConflict(("memo",), "base", None, "theirs"),)

    for document, value in (
        (RATES, rates),
        (STEPS, steps),
        (CHANGES, changes),
        (CONFLICTS, conflicts),
    ):
        assert exactly(document.decode(document.encode(value))) == exactly(value)


async def test_a_draft_comes_back_from_the_database_exactly(office):
    """JSONB keeps numbers its own way; ours travel as text."""
    invoice = await add_invoice(office)
    (task,) = invoice.content.tasks
    odd = replace(
        task,
        quantity=Decimal("1E+3"),
        unit_price=Decimal("9999999999.99999"),
        cost=Decimal("0.10"),
        description="½ “attic” \U0001f525",
    )
    content = replace(invoice.content, tasks=(odd,), date=date(1970, 1, 1), summary="")
    draft = a_draft(invoice_id=invoice.id, content=content)

    async with office.open_work() as work:
        await work.drafts.save(draft)

    async with office.open_work() as work:
        found = await work.drafts.get(invoice.id)
    assert found == draft
    assert exactly(found.content) == exactly(draft.content)
