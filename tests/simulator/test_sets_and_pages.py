"""What requests of one set know of each other, and queries that are read page by page."""

import pytest

from simulator import hcp
from simulator.bookkeeper import Bookkeeper
from simulator.errors import ComError

INVOICE = "1A2B-1"
ADD = (
    '<InvoiceAddRq><InvoiceAdd defMacro="{}"><CustomerRef><FullName>Harriet Doyle</FullName>'
    "</CustomerRef><InvoiceLineAdd><ItemRef><FullName>TRIP</FullName></ItemRef></InvoiceLineAdd>"
    "</InvoiceAdd></InvoiceAddRq>"
)
PAY = (
    "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Harriet Doyle</FullName>"
    '</CustomerRef><TotalAmount>25.00</TotalAmount><AppliedToTxnAdd><TxnID useMacro="{}"/>'
    "<PaymentAmount>25.00</PaymentAmount></AppliedToTxnAdd></ReceivePaymentAdd>"
    "</ReceivePaymentAddRq>"
)
FIRST = '<InvoiceQueryRq iterator="Start"><MaxReturned>2</MaxReturned></InvoiceQueryRq>'


def test_a_payment_can_pay_the_invoice_added_just_before_it(company, ask):
    invoice, payment = ask(ADD.format("TxnID:INV1") + PAY.format("TxnID:INV1"), "stopOnError")

    assert payment.get("statusCode") == "0"
    txn_id = invoice.findtext("InvoiceRet/TxnID")
    assert payment.findtext(".//AppliedToTxnRet/TxnID") == txn_id
    assert not company.invoice(txn_id).balance_remaining


@pytest.mark.parametrize("used", ["TxnID:INV2", "ListID:INV1"])
def test_a_macro_nobody_defined_refuses_its_request_only(company, ask, used):
    invoice, payment = ask(ADD.format("TxnID:INV1") + PAY.format(used))

    assert invoice.get("statusCode") == "0"
    assert 9100 <= int(payment.get("statusCode")) <= 9199
    assert company.payments == {}


def test_a_macro_does_not_outlive_its_set_or_the_refusal_of_its_invoice(ask):
    ask(ADD.format("TxnID:INV1"))
    later = ask(PAY.format("TxnID:INV1"))[0]
    closed = ADD.format("TxnID:INV1").replace(
        "<InvoiceLineAdd>", "<TxnDate>2026-10-15</TxnDate><InvoiceLineAdd>"
    )
    refused, payment = ask(closed + PAY.format("TxnID:INV1"))

    assert refused.get("statusCode") == "3171"
    assert all(9100 <= int(each.get("statusCode")) <= 9199 for each in (later, payment))


def test_a_macro_name_is_given_once(ask):
    _, second = ask(ADD.format("TxnID:INV1") * 2)

    assert 9100 <= int(second.get("statusCode")) <= 9199


def test_a_repeated_set_with_macros_is_the_same_content(company, ask):
    body = ADD.format("TxnID:INV1") + PAY.format("TxnID:INV1")
    ask(body, newMessageSetID="A")

    again = ask(body, newMessageSetID="A")

    assert again.get("messageSetStatusCode") == "0"
    assert len(company.payments) == 1


@pytest.fixture
def five(add):
    """Four more invoices beside the one of the fixture."""
    for number in range(4):
        add(f"<RefNumber>{900 + number}</RefNumber>")


def numbers(response) -> list[str]:
    return [found.text for found in response.iter("RefNumber")]


def next_page(first, size: int = 2) -> str:
    return (
        f'<InvoiceQueryRq iterator="Continue" iteratorID="{first.get("iteratorID")}">'
        f"<MaxReturned>{size}</MaxReturned></InvoiceQueryRq>"
    )


@pytest.mark.usefixtures("five")
def test_a_long_query_is_read_page_by_page(ask):
    first = ask(FIRST)[0]
    second = ask(next_page(first))[0]
    third = ask(next_page(first))[0]

    assert numbers(first) + numbers(second) + numbers(third) == [
        "21259",
        *map(str, range(900, 904)),
    ]
    remaining = [page.get("iteratorRemainingCount") for page in (first, second, third)]
    assert remaining == ["3", "1", "0"]
    assert ask(next_page(first))[0].get("statusCode") == "3391"


@pytest.mark.usefixtures("five")
def test_an_iterator_dies_with_the_session_of_the_web_connector(company, ask, clock):
    """qbwc.md 3.5: valid only inside the same session, 3391 otherwise."""

    class Locker:
        machine, file_id = "OFFICE-PC", "{11111111-2222-3333-4444-555555555555}"

    hcp.lock(company, "{owner}", Locker())
    first = ask(FIRST)[0]
    hcp.unlock(company, "{owner}")
    clock.pass_seconds()
    hcp.lock(company, "{owner}", Locker())

    response = ask(next_page(first))[0]

    assert response.get("statusCode") == "3391"
    assert response.get("statusMessage") == (
        f'The iteratorID "{first.get("iteratorID")}" is not valid'
    )


@pytest.mark.usefixtures("five")
def test_an_invoice_deleted_between_two_pages_is_left_out(company, ask):
    first = ask(FIRST)[0]
    Bookkeeper(company).delete_invoice(list(company.invoices)[2])

    assert numbers(ask(next_page(first))[0]) == ["902"]


def test_an_iterator_needs_to_know_how_many(ask):
    response = ask('<InvoiceQueryRq iterator="Start"/>')[0]

    assert response.get("statusCode") == "3150"
    assert response.get("statusMessage") == "There is a missing element: MaxReturned"


def test_metadata_counts_without_the_objects_or_beside_them(ask):
    only, both = ask(
        '<CustomerQueryRq metaData="MetaDataOnly"/>'
        '<CustomerQueryRq metaData="MetaDataAndResponseData"/>'
    )

    assert (only.get("retCount"), len(only)) == ("4", 0)
    assert (both.get("retCount"), len(both)) == ("4", 4)


@pytest.mark.parametrize(
    "broken",
    [
        '<HostQueryRq iterator="Start"/>',
        '<InvoiceAddRq metaData="MetaDataOnly"/>',
        '<InvoiceQueryRq><TxnID defMacro="TxnID:A"/></InvoiceQueryRq>',
        "<InvoiceQueryRq><!-- nothing --><Unheard/></InvoiceQueryRq>",
    ],
)
def test_an_attribute_or_element_in_the_wrong_place_stops_the_whole_set(company, ask, broken):
    with pytest.raises(ComError):
        ask(ADD.format("TxnID:A") + broken)

    assert set(company.invoices) == {INVOICE}


@pytest.mark.parametrize(
    "broken",
    [
        "<InvoiceQueryRq><TxnID>1A2B-1</TxnID>stray</InvoiceQueryRq>",
        "<HostQueryRq>stray</HostQueryRq>",
        '<InvoiceQueryRq><TxnID useMacro="TxnID:A" other="1"/></InvoiceQueryRq>',
        "<InvoiceQueryRq><TxnID><b/></TxnID></InvoiceQueryRq>",
        "<HostQueryRq/>stray",
    ],
)
def test_text_between_elements_and_elements_in_texts_stop_the_whole_set(company, ask, broken):
    with pytest.raises(ComError):
        ask(broken)
