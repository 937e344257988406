"""Voided and deleted transactions, by a person or by request."""

from datetime import timedelta

import pytest

INVOICE = "1A2B-1"
VOID = f"<TxnVoidRq><TxnVoidType>Invoice</TxnVoidType><TxnID>{INVOICE}</TxnID></TxnVoidRq>"
DELETE = f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{INVOICE}</TxnID></TxnDelRq>"
DELETED = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"


def test_a_voided_invoice_keeps_its_number_and_begins_its_memo_with_void(company, ask, clock):
    clock.pass_seconds(60)

    response = ask(VOID)[0]

    assert [child.tag for child in response][:2] == ["TxnVoidType", "TxnID"]
    assert response.findtext("RefNumber") == "21259"
    assert response.findtext("ErrorRecovery/TxnID") == INVOICE
    invoice = company.invoice(INVOICE)
    assert (invoice.total, invoice.memo) == (0, "VOID: 1042 2026-11-20 HVAC Fall tune-up")
    assert invoice.edit_sequence == str(int(clock().timestamp()))


def test_voiding_twice_says_so_once(company, ask):
    ask(VOID + VOID)

    assert company.invoice(INVOICE).memo.count("VOID:") == 1


def test_a_void_makes_the_payments_unused(company, bookkeeper, ask):
    bookkeeper.receive_payment(INVOICE, company.invoice(INVOICE).total)

    ask(VOID)

    payment = ask("<ReceivePaymentQueryRq/>").find(".//ReceivePaymentRet")
    assert (payment.findtext("TotalAmount"), payment.findtext("UnusedPayment")) == (
        "62.44",
        "62.44",
    )


def test_what_was_deleted_is_told_for_ninety_days(ask, clock):
    response = ask(DELETE)[0]
    assert response.findtext("TxnID") == INVOICE
    assert response.findtext("TimeDeleted") == "2026-11-21T09:00:00-06:00"

    found = ask(DELETED)[0]
    clock.moment += timedelta(days=91)
    later = ask(DELETED)[0]

    assert found.findtext("TxnDeletedRet/RefNumber") == "21259"
    assert (later.get("statusCode"), len(later)) == ("1", 0)


def test_a_deletion_at_the_desk_is_told_too_and_the_query_finds_nothing(bookkeeper, ask):
    bookkeeper.delete_invoice(INVOICE)

    query, told = ask(f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID></InvoiceQueryRq>" + DELETED)

    assert query.get("statusCode") == "500"
    assert told.findtext("TxnDeletedRet/TxnID") == INVOICE


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ("<FromDeletedDate>2026-11-21T08:00:00</FromDeletedDate>", "0"),
        ("<FromDeletedDate>2026-11-21T10:00:00</FromDeletedDate>", "1"),
        ("<ToDeletedDate>2026-11-20</ToDeletedDate>", "1"),
    ],
)
def test_deletions_are_found_by_the_clock_of_quickbooks(ask, bounds, code):
    ask(DELETE)

    response = ask(
        "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType><DeletedDateRangeFilter>"
        f"{bounds}</DeletedDateRangeFilter></TxnDeletedQueryRq>"
    )

    assert response[0].get("statusCode") == code


def test_a_deleted_payment_is_owed_again(company, bookkeeper, ask):
    bookkeeper.receive_payment(INVOICE, company.invoice(INVOICE).total)
    (payment,) = company.payments

    ask(f"<TxnDelRq><TxnDelType>ReceivePayment</TxnDelType><TxnID>{payment}</TxnID></TxnDelRq>")

    assert company.invoice(INVOICE).balance_remaining == company.invoice(INVOICE).total
    assert company.payments == {}


def test_what_is_closed_open_or_unknown_can_be_neither_voided_nor_deleted(company, bookkeeper, ask):
    bookkeeper.open_record(INVOICE)
    assert [each.get("statusCode") for each in ask(VOID + DELETE)] == ["3175", "3175"]
    bookkeeper.close_record(INVOICE)
    bookkeeper.edit_invoice(INVOICE, date="2026-10-15")
    assert [each.get("statusCode") for each in ask(VOID + DELETE)] == ["3171", "3161"]
    bookkeeper.delete_invoice(INVOICE)
    assert [each.get("statusCode") for each in ask(VOID + DELETE)] == ["3120", "3120"]


def test_a_kind_the_simulator_does_not_keep_is_said_to_be_so(ask):
    (check,) = ask("<TxnDelRq><TxnDelType>Check</TxnDelType><TxnID>1-1</TxnID></TxnDelRq>")
    (bill,) = ask("<TxnVoidRq><TxnVoidType>Bill</TxnVoidType><TxnID>1-1</TxnID></TxnVoidRq>")

    assert (check.get("statusCode"), bill.get("statusCode")) == ("1030", "1030")
