"""Adjustment invoices: what corrects an exported invoice that itself stays as it is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.audit import AuditAction
from domain.edits import NewTask
from domain.eligibility import EditAlternative
from domain.errors import (
    Forbidden,
    IdempotencyKeyReused,
    InvalidValue,
    NotFound,
    TextTooLong,
    ValueRequired,
)
from domain.guards import GuardCode, GuardRefused
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import AccountingPeriod, BatchStatus
from domain.preview import LineAction
from domain.quickbooks import SaleKind
from domain.sync_status import SyncStatus
from resolvers.adjusting import Adjustment, create_adjustment_invoice
from resolvers.auditing import read_invoice_trail
from resolvers.connections import NewConnection, create_connection
from resolvers.exporting import Export, export_invoices
from resolvers.invoice_reading import read_adjustments, read_eligibility
from resolvers.preview import Preview, preview_sync
from tests.resolvers.asking import details, everything_stored, of_task, save, standing
from tests.resolvers.conftest import let_an_hour_pass


def a_task(office, name="Seasonal tune-up", quantity="-1", unit_price="35.50", **changes):
    wish = {
        "item_id": office.id_of(name),
        "description": name,
        "taxable": True,
        "quantity": Decimal(quantity),
        "unit_price": Decimal(unit_price),
    }
    return NewTask(**wish | changes)


def a_wish(office, invoice, *tasks, **changes):
    wish = {
        "invoice_id": invoice.id,
        "number": "21259-A",
        "date": date(2026, 11, 20),
        "tasks": tasks or (a_task(office),),
        "summary": "Tune-up taken back",
        "reason": "Wrong house",
        "idempotency_key": str(new_id()),
    }
    return Adjustment(**wish | changes)


async def test_an_adjustment_takes_over_what_belongs_to_the_adjusted_invoice(office, invoice, olga):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))

    assert made.adjustment_to_id == invoice.id
    assert (made.adjusted_number, made.adjustment_reason) == ("21259", "Wrong house")
    assert made.customer_id == invoice.customer_id
    assert made.business_unit_id == invoice.business_unit_id
    assert made.technician_id == invoice.technician_id
    assert made.content.tax_zone_id == invoice.content.tax_zone_id
    assert (made.export_status, made.export_origin) == (ExportStatus.PENDING, None)
    assert (made.version, made.batch_id) == (1, None)
    assert made.sync_status is SyncStatus.NOT_APPLICABLE
    assert (made.totals.subtotal, made.totals.sales_tax) == (Decimal("-35.50"), Decimal("-2.94"))
    assert (await standing(office, made)).invoice == made
    assert (await standing(office, invoice)).invoice == invoice


async def test_an_invoice_tells_its_adjustments_oldest_first(office, side, invoice, olga):
    other = await side.export(await office.new_invoice("2"))
    first = await create_adjustment_invoice(olga, a_wish(office, invoice))
    second = await create_adjustment_invoice(olga, a_wish(office, invoice, number="21259-B"))

    found = await read_adjustments(olga, [invoice.id, other.id])

    assert found == {invoice.id: [first, second]}


async def test_a_negative_one_becomes_a_credit_memo_with_positive_amounts(
    office, side, invoice, olga
):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))

    exported = await side.export(made)

    held = await side.held(exported)
    assert side.writes() == ["InvoiceAddRq", "CreditMemoAddRq"]
    (line,) = held.lines
    assert (line.quantity, line.rate, line.amount) == (
        Decimal(1),
        Decimal("35.50"),
        Decimal("35.50"),
    )
    assert (held.sales_tax_total, held.total) == (Decimal("2.94"), Decimal("38.44"))
    assert held.memo == "1043 2026-11-20 HVAC - Adjustment to 21259 - Tune-up taken back"
    assert held.refs["CustomerRef"].full_name == "Harriet Doyle"
    assert line.class_name == held.refs["ClassRef"].full_name == "HVAC"
    link = (await standing(office, exported)).link
    assert (link.copy.kind, link.copy.txn_id) == (SaleKind.CREDIT_MEMO, held.txn_id)
    assert link.copy.external_guid == f"{{{exported.id}}}"
    assert (exported.export_origin, exported.synced_version) == (ExportOrigin.EXPORTED, 1)
    assert exported.balance == Decimal("-38.44")
    async with office.open_work() as work:
        batch = (await work.lists.batches())[exported.batch_id]
    assert batch.status is BatchStatus.EXPORTED


MADE_OF_IT = {
    "more": ([("Seasonal tune-up", "-1", "35.50"), ("Diagnostic visit", "1", "89.00")],
             SaleKind.INVOICE, "57.92"),
    "the same": ([("Seasonal tune-up", "-1", "35.50"), ("Diagnostic visit", "1", "35.50")],
                 SaleKind.INVOICE, "0.00"),
    "less, with something more": (
        [("Seasonal tune-up", "-3", "35.50"), ("Diagnostic visit", "1", "89.00")],
        SaleKind.CREDIT_MEMO, "18.95"),
    "a negative price": ([("Seasonal tune-up", "1", "-35.50")], SaleKind.CREDIT_MEMO, "38.44"),
    "a rounded nothing": (
        [("Seasonal tune-up", "-0.00001", "35.50"), ("Diagnostic visit", "1", "0.00")],
        SaleKind.INVOICE, "0.00"),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE_OF_IT)
async def test_the_sign_of_the_total_decides_what_quickbooks_makes_of_it(
    office, side, invoice, olga, case
):
    tasks, kind, total = MADE_OF_IT[case]
    wanted = [a_task(office, *task) for task in tasks]
    made = await create_adjustment_invoice(olga, a_wish(office, invoice, *wanted))

    exported = await side.export(made)

    after = await standing(office, exported)
    held = await side.held(exported)
    assert after.link.copy.kind is kind
    assert held.total == Decimal(total)
    sign = 1 if kind is SaleKind.INVOICE else -1
    assert exported.totals.total == sign * held.total
    assert [line.amount for line in held.lines] == [
        sign * task.amount for task in exported.content.tasks
    ]
    assert after.issue is None


async def test_an_ordinary_invoice_may_be_negative_too(office, side):
    made = await office.new_invoice("CR-1", tasks=(a_task(office, quantity="-2"),))

    exported = await side.export(made)

    assert side.writes() == ["CreditMemoAddRq"]
    assert (await side.held(exported)).total == Decimal("76.87")
    assert (await side.held(exported)).memo == "1042 2026-11-20 HVAC - Fall tune-up"


@pytest.mark.parametrize(
    "changes",
    [
        {"is_application_for_payment": True},
        {"export_origin": "IMPORTED"},
        {"export_origin": "BYPASSED"},
    ],
)
async def test_what_cannot_be_edited_can_be_adjusted(office, invoice, olga, change_row, changes):
    await change_row("invoice", invoice.id, **changes)

    made = await create_adjustment_invoice(olga, a_wish(office, invoice))

    assert made.adjustment_to_id == invoice.id


async def test_the_way_out_that_eligibility_names_is_open(office, invoice, olga, change_row):
    """Requirement 42: without the #sync button only an adjustment invoice corrects it."""
    await change_row("connection", kind="LEGACY")

    judged = (await read_eligibility(olga, [invoice]))[invoice.id]
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))

    assert (judged.can_sync, judged.alternative) == (False, EditAlternative.ADJUSTMENT_INVOICE)
    assert made.export_status is ExportStatus.PENDING


async def test_both_invoices_tell_in_the_audit_trail_what_was_done_and_why(office, invoice, olga):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))

    of_adjusted, _ = await read_invoice_trail(olga, invoice.id, before=None, first=1)
    of_adjustment, _ = await read_invoice_trail(olga, made.id, before=None, first=1)

    assert of_adjusted[0].action is AuditAction.INVOICE_ADJUSTED
    assert [(c.path, c.after) for c in of_adjusted[0].changes] == [
        (("adjustment",), "21259-A"),
        (("adjustment_total",), "-38.44"),
    ]
    assert of_adjustment[0].action is AuditAction.INVOICE_CREATED
    assert (of_adjusted[0].reason, of_adjustment[0].reason) == ("Wrong house", "Wrong house")


async def test_the_same_call_again_makes_no_second_adjustment(office, invoice, olga):
    wish = a_wish(office, invoice)
    made = await create_adjustment_invoice(olga, wish)

    assert await create_adjustment_invoice(olga, wish) == made
    with pytest.raises(IdempotencyKeyReused):
        await create_adjustment_invoice(olga, replace(wish, number="21259-B"))

    assert await read_adjustments(olga, [invoice.id]) == {invoice.id: [made]}


async def refused(office, context, invoice, wish, expected):
    """Nothing is left behind; `expected` is kind, text and position of the refusal."""
    kind, match, where = expected
    before = await everything_stored(office, invoice)

    with pytest.raises(kind, match=match) as refusal:
        await create_adjustment_invoice(context, wish)

    assert refusal.value.where == where
    assert await everything_stored(office, invoice) == before
    assert await read_adjustments(context, [invoice.id]) == {}


async def test_a_bad_wish_is_refused_and_leaves_nothing_behind(office, invoice, olga, nick):
    wish = a_wish(office, invoice)
    strange = a_task(office, item_id=new_id())

    await refused(office, nick, invoice, wish, (Forbidden, "Create and export", ()))
    for changes, expected in (
        ({"invoice_id": new_id()}, (NotFound, "no such invoice", ("invoice_id",))),
        ({"tasks": ()}, (ValueRequired, "at least one task", ("tasks",))),
        ({"number": "1" * 12}, (TextTooLong, "Invoice #", ("number",))),
        ({"summary": "日本"}, (InvalidValue, "cannot store", ("summary",))),
        ({"reason": "r" * 1001}, (TextTooLong, "The reason", ("reason",))),
    ):
        await refused(office, olga, invoice, replace(wish, **changes), expected)
    with pytest.raises(NotFound, match="no such item"):
        await create_adjustment_invoice(olga, replace(wish, tasks=(strange,)))


async def test_another_accounts_invoice_cannot_be_adjusted(invoice, office, another_office):
    theirs = await (await another_office()).as_person("Olga")

    with pytest.raises(NotFound):
        await create_adjustment_invoice(theirs, a_wish(office, invoice))


async def test_what_was_never_exported_is_not_adjusted(office, olga):
    pending = await office.new_invoice()

    wish = a_wish(office, pending)

    expected = (InvalidValue, "not been exported", ("invoice_id",))
    await refused(office, olga, pending, wish, expected)


async def test_a_closed_period_takes_no_adjustment_and_an_open_one_does(
    office, invoice, olga, change_row
):
    """Closed: no edit, no export. The books that are closed are corrected in the open ones."""
    async with office.open_work() as work:
        november = AccountingPeriod(date(2026, 11, 1), date(2026, 11, 30), is_closed=True)
        await work.accounts.add_period(new_id(), november)
    await change_row("account", accounting_periods_enabled=True)

    with pytest.raises(GuardRefused) as refusal:
        await create_adjustment_invoice(olga, a_wish(office, invoice))
    made = await create_adjustment_invoice(olga, a_wish(office, invoice, date=date(2026, 12, 1)))

    assert [guard.code for guard in refusal.value.guards] == [GuardCode.PERIOD_CLOSED]
    assert made.content.date == date(2026, 12, 1)


async def test_an_adjustment_goes_to_the_company_file_of_what_it_adjusts(
    office, invoice, olga, adam
):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Branch")
    branch = (await create_connection(adam, wish)).connection
    export = Export(
        invoice_ids=(made.id,),
        batch_name="Adjustments",
        connection_id=branch.id,
        idempotency_key=str(new_id()),
    )

    with pytest.raises(InvalidValue, match="another company file") as refusal:
        await export_invoices(olga, export)

    assert refusal.value.where == ("invoice_ids", "0")


async def test_an_exported_credit_memo_is_edited_like_any_invoice(office, side, invoice, olga):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))
    exported = await side.export(made)

    edit = of_task(exported.content.tasks[0], quantity=Decimal(-2))
    saved = (await save(olga, exported, edit)).invoice
    await side.settle()

    after = await standing(office, saved)
    held = await side.held(saved)
    assert after.status is SyncStatus.SYNCED
    assert side.writes()[-1] == "CreditMemoModRq"
    assert (held.lines[0].quantity, held.total) == (Decimal(2), Decimal("76.87"))
    assert after.invoice.totals.total == Decimal("-76.87")


@pytest.mark.parametrize("quantity", ["0", "1"])
async def test_a_credit_memo_cannot_become_an_invoice(office, side, invoice, olga, quantity):
    """QuickBooks cannot turn one into the other; a further adjustment says the rest."""
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))
    exported = await side.export(made)

    with pytest.raises(GuardRefused) as refusal:
        await save(olga, exported, of_task(exported.content.tasks[0], quantity=Decimal(quantity)))

    codes = [guard.code for guard in refusal.value.guards]
    assert GuardCode.SIGN_WOULD_CHANGE in codes
    further = await create_adjustment_invoice(olga, a_wish(office, exported, number="21259-B"))
    assert further.adjusted_number == "21259-A"


async def test_a_credit_that_is_partly_used_cannot_shrink_below_that(
    office, side, invoice, olga, change_row
):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))
    exported = await side.export(made)
    await change_row("invoice", exported.id, applied=Decimal("-20.00"))

    edit = of_task(exported.content.tasks[0], unit_price=Decimal("10.00"))
    with pytest.raises(GuardRefused, match=r"10\.83 is below the 20\.00 of it that is used"):
        await save(olga, exported, edit)
    fine = of_task(exported.content.tasks[0], unit_price=Decimal("20.00"))

    assert (await save(olga, exported, fine)).invoice.totals.total == Decimal("-21.65")


async def test_the_memo_keeps_what_is_adjusted_when_the_summary_is_edited(
    office, side, invoice, olga
):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))
    exported = await side.export(made)

    saved = (await save(olga, exported, details(summary="Tune-up not done"))).invoice
    await side.settle()

    held = await side.held(saved)
    assert held.memo == "1043 2026-11-20 HVAC - Adjustment to 21259 - Tune-up not done"


async def test_the_preview_of_a_credit_memo_shows_what_the_worker_would_queue(
    office, side, invoice, olga
):
    made = await create_adjustment_invoice(olga, a_wish(office, invoice))
    export = await preview_sync(olga, Preview(invoice_id=made.id, live=False))
    exported = await side.export(made)
    await let_an_hour_pass(office, exported)

    edits = of_task(exported.content.tasks[0], quantity=Decimal(-2))
    seen = await preview_sync(olga, Preview(invoice_id=made.id, live=False, edits=edits))

    assert "<CreditMemoAdd>" in export.qbxml
    assert (export.before.total, export.quickbooks) == (Decimal("-38.44"), None)
    assert "<CreditMemoMod>" in seen.qbxml
    assert "<Quantity>2</Quantity>" in seen.qbxml
    assert (seen.quickbooks.total, seen.after.total) == (Decimal("-38.44"), Decimal("-76.87"))
    assert [(field.path[-1], field.yours, field.quickbooks) for field in seen.fields][-2:] == [
        ("quantity", "2", "1"),
        ("amount", "71", "35.5"),
    ]
    (line,) = seen.lines
    assert line.action is LineAction.CHANGE
