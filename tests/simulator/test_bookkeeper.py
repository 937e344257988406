"""What a person does in QuickBooks, and what the next query shows of it."""

from decimal import Decimal

import pytest

from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.errors import Refusal

INVOICE = "1A2B-1"
TUNE, THANKS, FILTER = "1A2C-1", "1A2E-1", "1A2D-1"


def test_the_demo_company_holds_the_invoice_of_the_fixture(company):
    invoice = company.invoice(INVOICE)

    assert (invoice.ref_number, invoice.edit_sequence) == ("21259", "100")
    assert (invoice.sales_tax_total, invoice.total) == (Decimal("2.94"), Decimal("62.44"))
    assert [line.txn_line_id for line in invoice.lines] == [TUNE, THANKS, FILTER]


def test_a_text_line_goes_below_the_named_line_or_on_top(company, bookkeeper):
    below = bookkeeper.insert_text_line(INVOICE, "Ring the bell", after=TUNE)
    top = bookkeeper.insert_text_line(INVOICE, "Read this first")

    ids = [line.txn_line_id for line in company.invoice(INVOICE).lines]
    assert ids == [top.txn_line_id, TUNE, below.txn_line_id, THANKS, FILTER]
    assert company.invoice(INVOICE).total == Decimal("62.44")


def test_a_changed_rate_moves_amount_tax_and_edit_sequence(company, bookkeeper, clock):
    clock.pass_seconds(60)

    changed = bookkeeper.change_line(
        INVOICE, TUNE, rate=Decimal("42.00"), class_name="Plumbing", description="Tuned"
    )

    line = changed.lines[0]
    assert (line.amount, line.class_name, line.description) == (
        Decimal("42.00"),
        "Plumbing",
        "Tuned",
    )
    assert changed.total == Decimal("69.47")
    assert changed.edit_sequence == str(int(clock().timestamp()))


def test_a_deleted_line_takes_its_amount_with_it(bookkeeper):
    assert bookkeeper.delete_line(INVOICE, FILTER).subtotal == Decimal("35.50")


def test_a_person_knows_the_closing_password(bookkeeper):
    assert bookkeeper.edit_invoice(INVOICE, date="2026-10-15").values["TxnDate"] == "2026-10-15"


@pytest.mark.parametrize(("choice", "code"), [("refuse", "3210"), ("unapply", "0")])
def test_what_happens_to_payments_above_the_new_total_is_a_setting(
    company, bookkeeper, modify, choice, code
):
    company.preferences.overapplied = choice
    bookkeeper.receive_payment(INVOICE, Decimal("62.44"))

    response = modify(f"<InvoiceLineMod><TxnLineID>{TUNE}</TxnLineID></InvoiceLineMod>")

    assert response.get("statusCode") == code
    kept = company.invoice(INVOICE).applied_amount
    assert kept == (Decimal("-62.44") if choice == "refuse" else 0)


def test_what_is_not_there_cannot_be_edited(bookkeeper):
    with pytest.raises(Refusal, match="cannot be found"):
        bookkeeper.edit_invoice("FF-1", memo="x")
    with pytest.raises(Refusal, match="cannot be found"):
        bookkeeper.delete_line(INVOICE, "FF-1")


def test_ids_have_the_shapes_of_quickbooks(add, clock):
    ret = add("<InvoiceLineAdd><ItemRef><FullName>TRIP</FullName></ItemRef></InvoiceLineAdd>").find(
        "InvoiceRet"
    )

    seconds = str(int(clock().timestamp()))
    ids = [ret.findtext("TxnID"), ret.findtext("InvoiceLineRet/TxnLineID")]
    assert ids[0] != ids[1]
    assert all(text.partition("-")[2] == seconds for text in ids)
    assert ret.findtext("CustomerRef/ListID").startswith("8000")
    assert ret.findtext("TimeCreated") == "2026-11-21T09:00:00-06:00"


def test_a_company_file_that_names_an_unknown_tax_code_is_refused(clock):
    with pytest.raises(ValueError, match='no Sales Tax Code "Vat"'):
        CompanyFile.from_json(
            {"name": "X", "items": [{"full_name": "A", "sales_tax_code": "Vat"}]}, clock
        )


def test_the_real_clock_is_used_without_another_one():
    assert CompanyFile.load(DEMO_COMPANY).moment().year >= 2026
