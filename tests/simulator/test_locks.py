"""What a person has open on the screen, and the writes that must wait for it."""

import pytest

from simulator.interpreter import process
from simulator.troubles import Trouble

INVOICE = "1A2B-1"


def test_an_invoice_open_on_a_screen_cannot_be_written_until_it_is_closed(
    company, bookkeeper, modify
):
    before = company.invoice(INVOICE)
    bookkeeper.open_record(INVOICE)

    refused = modify("<Memo>Ours</Memo>")

    assert (refused.get("statusCode"), refused.get("statusSeverity")) == ("3175", "Error")
    assert "is already in use" in refused.get("statusMessage")
    assert company.invoice(INVOICE) == before
    bookkeeper.close_record(INVOICE)
    assert modify("<Memo>Ours</Memo>").get("statusCode") == "0"


def test_an_open_invoice_can_still_be_read(bookkeeper, ask):
    bookkeeper.open_record(INVOICE)

    response = ask(f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID></InvoiceQueryRq>")[0]

    assert response.get("statusCode") == "0"


@pytest.mark.parametrize("reference", ["CustomerRef", "TermsRef"])
def test_a_related_object_that_is_open_keeps_the_invoice_from_being_written(
    company, bookkeeper, modify, reference
):
    entry = company.invoice(INVOICE).refs[reference]
    bookkeeper.open_record(entry.list_id)

    refused = modify("<Memo>Ours</Memo>")

    assert refused.get("statusCode") == "3176"
    assert entry.full_name in refused.get("statusMessage")


def test_an_open_item_or_payment_is_a_related_object_too(company, bookkeeper, modify):
    bookkeeper.receive_payment(INVOICE, company.invoice(INVOICE).total)
    (payment,) = company.payments

    for record in (company.invoice(INVOICE).lines[0].refs["ItemRef"].list_id, payment):
        bookkeeper.open_record(record)
        assert modify("<Memo>Ours</Memo>").get("statusCode") == "3176"
        bookkeeper.close_record(record)
    assert modify("<Memo>Ours</Memo>").get("statusCode") == "0"


def test_a_list_somebody_works_in_has_been_modified_by_another_user(bookkeeper, modify, ask):
    bookkeeper.open_list("CustomerRef")

    invoice = modify("<Memo>Ours</Memo>")
    (customer,) = ask("<CustomerAddRq><CustomerAdd><Name>Ann</Name></CustomerAdd></CustomerAddRq>")

    assert (invoice.get("statusCode"), customer.get("statusCode")) == ("3180", "3180")
    assert invoice.get("statusMessage") == (
        'There was an error when saving a Customer list, element "Harriet Doyle".  QuickBooks '
        "error message: This list has been modified by another user."
    )
    bookkeeper.close_list("CustomerRef")
    assert modify("<Memo>Ours</Memo>").get("statusCode") == "0"


def test_a_user_who_may_not_write_can_read(company, modify, ask):
    company.preferences.user_may_write = False

    assert modify("<Memo>Ours</Memo>").get("statusCode") == "3260"
    assert ask("<HostQueryRq/>")[0].get("statusCode") == "0"


def test_any_other_refusal_can_be_ordered_for_the_nth_request(company, modify):
    company.troubles.order(
        Trouble("InvoiceModRq", 3170, "There was an error when modifying", nth=2)
    )

    codes = [modify(f"<Memo>{number}</Memo>").get("statusCode") for number in range(3)]

    assert codes == ["0", "3170", "0"]
    assert company.invoice(INVOICE).memo == "2"


def test_a_control_character_pasted_into_a_memo_makes_the_response_ill_formed(company, bookkeeper):
    """As QuickBooks sends it: `&#5;`, which no XML parser takes (qbwc.md 3.4)."""
    bookkeeper.edit_invoice(INVOICE, memo="Ring\x05the bell")

    response = process(
        company,
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID></InvoiceQueryRq></QBXMLMsgsRq></QBXML>",
    )

    assert "<Memo>Ring&#5;the bell</Memo>" in response
