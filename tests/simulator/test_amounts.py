"""Amounts and taxes as QuickBooks computes them."""

import pytest

LINE = (
    "<InvoiceLineAdd><ItemRef><FullName>SVC-TUNE</FullName></ItemRef>{}"
    "<SalesTaxCodeRef><FullName>Tax</FullName></SalesTaxCodeRef></InvoiceLineAdd>"
)


@pytest.mark.parametrize(("zone", "tax"), [("FW", "2.94"), ("FLAT", "2.93")])
def test_a_group_rounds_each_component_and_a_single_item_only_once(add, zone, tax):
    response = add(
        f"<ItemSalesTaxRef><FullName>{zone}</FullName></ItemSalesTaxRef>"
        + LINE.format("<Quantity>1</Quantity><Rate>35.50</Rate>")
    )

    assert response.findtext(".//SalesTaxTotal") == tax
    assert response.findtext(".//SalesTaxPercentage") == "8.25"


@pytest.mark.parametrize(
    ("sent", "rate", "amount"),
    [
        ("<Quantity>3</Quantity><Rate>0.335</Rate>", "0.335", "1.01"),  # half up, not to even
        ("<Rate>12.5</Rate>", "12.50", "12.50"),
        ("<Quantity>3</Quantity><Amount>10.00</Amount>", "3.33333", "10.00"),
        ("<Quantity>2</Quantity><Rate>99</Rate><Amount>10.00</Amount>", "5.00", "10.00"),
        ("<Quantity>2</Quantity>", "35.50", "71.00"),  # the item's own price
    ],
)
def test_rate_and_amount_of_a_line_follow_from_what_was_sent(add, sent, rate, amount):
    line = add(LINE.format(sent)).find(".//InvoiceLineRet")

    assert (line.findtext("Rate"), line.findtext("Amount")) == (rate, amount)


def test_a_rate_beside_an_amount_is_ignored_with_a_warning(add):
    response = add(LINE.format("<Rate>99</Rate><Amount>10.00</Amount>"))

    assert response.get("statusSeverity") == "Warn"
    assert response.findtext(".//Subtotal") == "10.00"


def test_lines_are_rounded_before_the_tax_is_taken(add):
    """Two lines of 0.125 are 0.13 each, so the tax base is 0.26."""
    line = LINE.format("<Quantity>0.5</Quantity><Rate>0.25</Rate>")

    response = add(line + line)

    assert response.findtext(".//Subtotal") == "0.26"


def test_a_customer_who_is_not_taxed_pays_no_tax_on_a_taxable_line(add):
    response = add(LINE.format("<Rate>100</Rate>"), customer="Trinity School District")

    assert response.findtext(".//SalesTaxTotal") == "0.00"


def test_a_percentage_discount_takes_from_the_line_above(add):
    response = add(
        LINE.format("<Rate>80</Rate>")
        + "<InvoiceLineAdd><ItemRef><FullName>MEMBER</FullName></ItemRef></InvoiceLineAdd>"
    )

    discount = response.findall(".//InvoiceLineRet")[1]
    assert (discount.findtext("RatePercent"), discount.findtext("Amount")) == ("-10", "-8.00")
    assert response.findtext(".//Subtotal") == "72.00"


def test_payments_lower_the_balance_and_pay_the_invoice(bookkeeper, ask):
    invoice = bookkeeper.company.invoice("1A2B-1")

    bookkeeper.receive_payment(invoice.txn_id, invoice.total, ref_number="1007")

    ret = ask(
        "<InvoiceQueryRq><TxnID>1A2B-1</TxnID><IncludeLinkedTxns>true</IncludeLinkedTxns>"
        "</InvoiceQueryRq>"
    ).find(".//InvoiceRet")
    assert ret.findtext("AppliedAmount") == "-62.44"
    assert ret.findtext("BalanceRemaining") == "0.00"
    assert ret.findtext("IsPaid") == "true"
    assert ret.findtext("LinkedTxn/RefNumber") == "1007"
