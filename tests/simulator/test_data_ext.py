"""Custom fields of list entries, transactions and lines."""

import pytest

INVOICE, TUNE = "1A2B-1", "1A2C-1"
FIELD = (
    "<DataExtModRq><DataExtMod><OwnerID>0</OwnerID><DataExtName>Truck</DataExtName>{}"
    "<DataExtValue>{}</DataExtValue></DataExtMod></DataExtModRq>"
)
ON_INVOICE = f"<TxnDataExtType>Invoice</TxnDataExtType><TxnID>{INVOICE}</TxnID>"
ON_CUSTOMER = (
    "<ListDataExtType>Customer</ListDataExtType>"
    "<ListObjRef><FullName>Harriet Doyle</FullName></ListObjRef>"
)


def test_a_field_comes_back_only_to_a_query_that_names_its_owner(ask):
    written, without, with_owner = ask(
        FIELD.format(ON_INVOICE, "Truck 7")
        + f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID></InvoiceQueryRq>"
        f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID><OwnerID>0</OwnerID></InvoiceQueryRq>"
    )

    assert written.findtext("DataExtRet/DataExtValue") == "Truck 7"
    assert written.findtext("ErrorRecovery/OwnerID") == "0"
    assert without.find(".//DataExtRet") is None
    assert with_owner.findtext("InvoiceRet/DataExtRet/DataExtName") == "Truck"


def test_a_field_of_a_line_stands_in_the_line(ask):
    _, found = ask(
        FIELD.format(f"{ON_INVOICE}<TxnLineID>{TUNE}</TxnLineID>", "x")
        + f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID><IncludeLineItems>true</IncludeLineItems>"
        "<OwnerID>0</OwnerID></InvoiceQueryRq>"
    )

    lines = found.findall("InvoiceRet/InvoiceLineRet")
    assert [line.findtext("DataExtRet/DataExtValue") for line in lines] == ["x", None, None]
    assert found.find("InvoiceRet/DataExtRet") is None


def test_a_field_of_a_customer_is_overwritten_by_the_next_value(ask):
    found = ask(
        FIELD.format(ON_CUSTOMER, "one")
        + FIELD.format(ON_CUSTOMER, "two")
        + "<CustomerQueryRq><FullName>Harriet Doyle</FullName><OwnerID>0</OwnerID>"
        "</CustomerQueryRq>"
    )[2]

    assert [value.text for value in found.iter("DataExtValue")] == ["two"]


@pytest.mark.parametrize(
    ("target", "value", "code"),
    [
        (ON_INVOICE.replace(INVOICE, "FF-1"), "x", "3120"),
        (f"{ON_INVOICE}<TxnLineID>FF-1</TxnLineID>", "x", "3120"),
        (ON_CUSTOMER.replace("Harriet Doyle", "Nobody"), "x", "3120"),
        (ON_CUSTOMER.replace("Harriet Doyle", ""), "x", "3150"),
        (ON_INVOICE, "x" * 256, "3070"),
        ("<OtherDataExtType>Company</OtherDataExtType>", "x", "1030"),
    ],
)
def test_what_has_no_such_object_or_too_long_a_value_is_refused(company, ask, target, value, code):
    assert ask(FIELD.format(target, value))[0].get("statusCode") == code
    assert company.custom_fields == {}
