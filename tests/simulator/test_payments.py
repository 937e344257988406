"""Payments, credit memos and purchase orders (qbwc.md 4.4)."""

import pytest

INVOICE = "1A2B-1"


def payment(total: str, application: str, customer: str = "Harriet Doyle") -> str:
    return (
        "<ReceivePaymentAddRq><ReceivePaymentAdd>"
        f"<CustomerRef><FullName>{customer}</FullName></CustomerRef><TxnDate>2026-11-20</TxnDate>"
        f"<RefNumber>1007</RefNumber><TotalAmount>{total}</TotalAmount>{application}"
        "</ReceivePaymentAdd></ReceivePaymentAddRq>"
    )


def applied(amount: str, txn_id: str = INVOICE) -> str:
    return (
        f"<AppliedToTxnAdd><TxnID>{txn_id}</TxnID><PaymentAmount>{amount}</PaymentAmount>"
        "</AppliedToTxnAdd>"
    )


def test_a_payment_lowers_the_balance_and_both_sides_show_the_link(ask):
    paid, query = ask(
        payment("70.00", applied("62.44"))
        + f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID><IncludeLinkedTxns>true</IncludeLinkedTxns>"
        "</InvoiceQueryRq>"
    )

    ret = paid.find("ReceivePaymentRet")
    assert (ret.findtext("TotalAmount"), ret.findtext("UnusedPayment")) == ("70.00", "7.56")
    assert ret.findtext("AppliedToTxnRet/TxnID") == INVOICE
    assert ret.findtext("AppliedToTxnRet/BalanceRemaining") == "0.00"
    assert paid.findtext("ErrorRecovery/TxnID") == ret.findtext("TxnID")
    invoice = query.find("InvoiceRet")
    assert invoice.findtext("LinkedTxn/TxnID") == ret.findtext("TxnID")
    assert invoice.findtext("LinkedTxn/Amount") == "-62.44"
    assert (invoice.findtext("AppliedAmount"), invoice.findtext("IsPaid")) == ("-62.44", "true")


def test_nobody_can_pay_more_than_the_amount_due(company, ask):
    response = ask(payment("100.00", applied("62.45")))[0]

    assert response.get("statusCode") == "3210"
    assert response.get("statusMessage") == (
        'The "AppliedToTxnAdd payment amount" field has an invalid value "62.45".  QuickBooks error '
        "message: You cannot pay more than the amount due."
    )
    assert company.payments == {}
    assert company.invoice(INVOICE).applied_amount == 0


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (payment("10.00", applied("20.00")), "3210"),
        (payment("20.00", applied("10.00") + applied("5.00")), "3177"),
        (payment("20.00", applied("10.00"), customer="Lone Star Diner"), "3120"),
        (payment("20.00", applied("10.00", "FF-1")), "3120"),
        (payment("20.00", ""), "3150"),
        (payment("20.00", applied("10.00"), customer="Nobody"), "3140"),
    ],
)
def test_what_cannot_be_applied_makes_no_payment(company, ask, sent, code):
    assert ask(sent)[0].get("statusCode") == code
    assert company.payments == {}
    assert company.invoice(INVOICE).payments == ()


def test_a_payment_that_is_applied_to_nothing_is_unused(ask):
    ret = ask(payment("20.00", "<IsAutoApply>false</IsAutoApply>"))[0].find("ReceivePaymentRet")

    assert (ret.findtext("TotalAmount"), ret.findtext("UnusedPayment")) == ("20.00", "20.00")
    assert ret.find("AppliedToTxnRet") is None


def test_a_payment_that_applies_itself_pays_what_its_customer_owes(company, add, ask):
    add("<TxnDate>2026-11-01</TxnDate><InvoiceLineAdd><ItemRef><FullName>TRIP</FullName></ItemRef>"
        "</InvoiceLineAdd>")  # fmt: skip

    ret = ask(payment("30.00", "<IsAutoApply>true</IsAutoApply>"))[0].find("ReceivePaymentRet")

    amounts = [each.findtext("Amount") for each in ret.iter("AppliedToTxnRet")]
    assert amounts == ["25.00", "5.00"]
    assert ret.findtext("UnusedPayment") == "0.00"
    assert str(company.invoice(INVOICE).applied_amount) == "-5.00"


def test_payments_are_found_by_id_number_and_customer(ask):
    txn_id = ask(payment("20.00", applied("20.00")))[0].findtext(".//TxnID")
    queries = [
        f"<TxnID>{txn_id}</TxnID>",
        "<RefNumber>1007</RefNumber>",
        "<EntityFilter><FullName>Harriet Doyle</FullName></EntityFilter>",
    ]

    for query in queries:
        (found,) = ask(f"<ReceivePaymentQueryRq>{query}</ReceivePaymentQueryRq>")
        assert found.findtext("ReceivePaymentRet/TxnID") == txn_id
        assert found.find(".//AppliedToTxnRet") is None
    (missing,) = ask("<ReceivePaymentQueryRq><TxnID>FF-1</TxnID></ReceivePaymentQueryRq>")
    assert missing.get("statusCode") == "500"


def test_a_payment_at_the_desk_is_one_like_any_other(company, bookkeeper, ask):
    bookkeeper.receive_payment(INVOICE, company.invoice(INVOICE).total, ref_number="22")

    (found,) = ask(
        "<ReceivePaymentQueryRq><RefNumber>22</RefNumber><IncludeLineItems>true</IncludeLineItems>"
        "</ReceivePaymentQueryRq>"
    )

    assert found.findtext(".//AppliedToTxnRet/Amount") == "62.44"


def test_a_credit_memo_comes_back_with_its_total_and_is_found_again(ask):
    added, found = ask(
        "<CreditMemoAddRq><CreditMemoAdd><CustomerRef><FullName>Harriet Doyle</FullName>"
        "</CustomerRef><RefNumber>C1</RefNumber><CreditMemoLineAdd><ItemRef>"
        "<FullName>SVC-TUNE</FullName></ItemRef></CreditMemoLineAdd></CreditMemoAdd>"
        "</CreditMemoAddRq>"
        "<CreditMemoQueryRq><RefNumber>C1</RefNumber><IncludeLineItems>true</IncludeLineItems>"
        "</CreditMemoQueryRq>"
    )

    assert added.findtext("CreditMemoRet/TotalAmount") == "38.44"
    assert added.findtext("CreditMemoRet/CreditRemaining") == "38.44"
    assert found.findtext(".//CreditMemoLineRet/Amount") == "35.50"
    assert found.find(".//IsFinanceCharge") is None


def test_a_purchase_order_needs_a_vendor_and_adds_its_lines_up(company, ask):
    order = (
        "<PurchaseOrderAddRq><PurchaseOrderAdd><VendorRef><FullName>{}</FullName></VendorRef>"
        "<PurchaseOrderLineAdd><ItemRef><FullName>FILTER</FullName></ItemRef><Quantity>3</Quantity>"
        "<Rate>7.10</Rate></PurchaseOrderLineAdd></PurchaseOrderAdd></PurchaseOrderAddRq>"
    )
    missing = ask(order.format("Supply House"))[0]
    assert missing.get("statusCode") == "3140"
    assert 'QuickBooks Vendor "Supply House" in the PurchaseOrder.' in missing.get("statusMessage")

    given = company.lists
    customer = next(given.of("Customer"))
    vendor = type(customer)("Vendor", "80000099-1", "Supply House", customer.created, "1")
    given.add(vendor)
    response = ask(order.format("Supply House"))[0]

    assert response.findtext("PurchaseOrderRet/VendorRef/ListID") == "80000099-1"
    assert response.findtext("PurchaseOrderRet/TotalAmount") == "21.30"
    assert len(company.purchase_orders) == 1
