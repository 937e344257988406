"""QuickBooks' answers as values, and what becomes of answers that are none."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quickbooks import QuickBooksInvoice, QuickBooksLine, QuickBooksLinkedTxn, Ref
from domain.quickbooks_entries import (
    QuickBooksCustomer,
    QuickBooksEntry,
    QuickBooksItem,
)
from domain.quickbooks_lists import (
    Address,
)
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.parse import Answer, ErrorRecovery, Response, parse_answer
from qbwc.qbxml.spec import RETURNED
from qbwc.qbxml.status import FOUND_NOTHING, NOTHING_STORED
from tests.qbwc.qbxml.facts import MESSAGES, RETS, Fact

GOLDEN = Path(__file__).parents[2] / "golden"
MOD_RS = (GOLDEN / "invoice_mod_rs.xml").read_text(encoding="utf-8")
INVOICE = QuickBooksInvoice(
    txn_id="C5-1417118624",
    edit_sequence="1417122902",
    number="1042",
    date=date(2026, 3, 2),
    customer=Ref("Alder:Kitchen", "80000013-1416570432"),
    class_ref=Ref("Plumbing", "80000001-1416570430"),
    tax_item=Ref("County 8.25%"),
    memo="12 March - Leak & valve\ncafé",
    subtotal=Decimal("405.50"),
    sales_tax=Decimal("1.07"),
    tax_percent=Decimal("8.25"),
    applied=Decimal("-55.00"),
    balance=Decimal("351.57"),
    external_guid="{01890a5d-ac96-774b-bcce-b302099a8057}",
    lines=(
        QuickBooksLine(
            txn_line_id="C7-1417118624",
            item=Ref("Labor:Plumber", "8000002A-1416570433"),
            description="Three hours",
            quantity=Decimal(3),
            rate=Decimal("97.50"),
            amount=Decimal("292.50"),
            class_ref=Ref("Plumbing"),
            tax_code=Ref("Non"),
        ),
        QuickBooksLine(
            txn_line_id="C8-1417118624",
            is_group=True,
            item=Ref("Door set"),
            description="Front door",
            quantity=Decimal(1),
            amount=Decimal("100.00"),
        ),
        QuickBooksLine(
            txn_line_id="CB-1417122902",
            item=Ref("Pipe"),
            quantity=Decimal(4),
            rate=Decimal("3.25"),
            amount=Decimal("13.00"),
            site=Ref("Truck 7"),
            tax_code=Ref("Tax"),
        ),
        QuickBooksLine(txn_line_id="CC-1417122902", description="Thank you"),
    ),
    linked=(
        QuickBooksLinkedTxn(
            txn_id="D1-1417118700",
            txn_type="ReceivePayment",
            date=date(2026, 3, 3),
            amount=Decimal("-55.00"),
        ),
    ),
)
MINIMAL = (
    "<TxnID>1</TxnID><EditSequence>2</EditSequence><TxnDate>2026-03-02</TxnDate>"
    "<CustomerRef><FullName>A</FullName></CustomerRef>"
)


def an_answer(inside: str = "", attributes: str = 'statusCode="0"') -> str:
    return f"<QBXML><QBXMLMsgsRs><InvoiceModRs {attributes}>{inside}</InvoiceModRs></QBXMLMsgsRs></QBXML>"


def the_response(document: str) -> Response:
    (response,) = parse_answer(document).responses
    return response


def the_invoice(inside: str) -> QuickBooksInvoice:
    (invoice,) = the_response(an_answer(f"<InvoiceRet>{inside}</InvoiceRet>")).invoices
    return invoice


# Sound answers


def test_an_answer_is_read_with_the_invoice_and_its_lines_in_document_order() -> None:
    answer = parse_answer(MOD_RS)

    assert answer == Answer(
        message_set_id="K5XW6ZTBNZSXE2LO",
        message_set_status=0,
        responses=(
            Response(
                name="InvoiceModRs",
                request_id="03-lines",
                status_code=0,
                severity="Info",
                message="Status OK",
                invoices=(INVOICE,),
            ),
            Response(
                name="InvoiceModRs",
                request_id="05-stale",
                status_code=3200,
                severity="Error",
                message='The provided edit sequence "1416315972" is out-of-date. ',
            ),
            Response(
                name="InvoiceQueryRs",
                request_id=None,
                status_code=1,
                severity="Info",
                message="A query request did not find a matching object in QuickBooks",
            ),
        ),
    )


def test_bytes_read_as_the_same_answer() -> None:
    assert parse_answer(MOD_RS.encode()) == parse_answer(MOD_RS)


def test_elements_count_by_name_and_not_by_position() -> None:
    shuffled = (
        "<Memo>x</Memo><CustomerRef><FullName>A</FullName></CustomerRef><EditSequence>2</EditSequence>"
        "<NewInTheNextVersion><TxnID>9</TxnID></NewInTheNextVersion>"
        "<TxnDate>2026-03-02</TxnDate><TxnID> 1 </TxnID>"
    )

    assert the_invoice(shuffled) == QuickBooksInvoice(
        txn_id="1",
        edit_sequence="2",
        number=None,
        date=date(2026, 3, 2),
        customer=Ref("A"),
        memo="x",
    )


def test_empty_elements_say_nothing() -> None:
    empty = "<Memo/><RefNumber></RefNumber><Subtotal/><ClassRef><ListID/></ClassRef><ClassRef/>"

    assert the_invoice(MINIMAL + empty) == the_invoice(MINIMAL)


def test_several_invoices_are_given_in_order() -> None:
    inside = "".join(
        f"<InvoiceRet>{MINIMAL}<RefNumber>{number}</RefNumber></InvoiceRet>" for number in "12"
    )

    assert [invoice.number for invoice in the_response(an_answer(inside)).invoices] == ["1", "2"]


def test_a_recovered_response_may_hold_nothing_but_the_recovery() -> None:
    inside = (
        "<ErrorRecovery><TxnID>C5-1</TxnID><TxnNumber>57</TxnNumber>"
        "<EditSequence>2</EditSequence><ExternalGUID>0</ExternalGUID></ErrorRecovery>"
    )

    response = the_response(an_answer(inside))

    assert response.invoices == ()
    assert response.error_recovery == ErrorRecovery(
        txn_id="C5-1", txn_number="57", edit_sequence="2", external_guid="0"
    )


def test_a_status_check_that_finds_nothing_stored_says_so() -> None:
    document = '<QBXML><QBXMLMsgsRs newMessageSetID="X" messageSetStatusCode="600"/></QBXML>'

    answer = parse_answer(document)

    assert answer == Answer(message_set_id="X", message_set_status=600, responses=())
    assert answer.message_set_status in NOTHING_STORED


@pytest.mark.parametrize("code", [1, 500])
def test_both_codes_of_a_query_without_a_match_are_known(code: int) -> None:
    """By filter QuickBooks answers 1, by TxnID 500."""
    assert the_response(an_answer(attributes=f'statusCode="{code}"')).status_code in FOUND_NOTHING


SAMPLES = {
    "AMTTYPE": "1.00",
    "DATETYPE": "2026-03-02",
    "DATETIMETYPE": "2026-03-02T09:30:00-08:00",
    "BOOLTYPE": "true",
    "GUIDTYPE": "0",
}


def _filled(facts: list[Fact]) -> str:
    return "".join(
        f"<{fact.name}>"
        + (_filled(fact.children) if fact.children else SAMPLES.get(fact.type or "", "1"))
        + f"</{fact.name}>"
        for fact in facts
    )


def test_every_element_we_read_exists_in_the_sdk() -> None:
    """An InvoiceModRs with each element the SDK knows leaves no field of ours empty."""
    response = the_response(an_answer(_filled(MESSAGES["InvoiceModRs"].children)))

    (invoice,) = response.invoices
    assert None not in {getattr(invoice, name) for name in QuickBooksInvoice.__slots__}
    line, group = invoice.lines
    assert None not in {getattr(line, name) for name in QuickBooksLine.__slots__}
    assert None not in {group.item, group.description, group.quantity, group.amount}
    assert invoice.linked == (
        QuickBooksLinkedTxn(
            txn_id="1", txn_type="1", date=date(2026, 3, 2), amount=Decimal("1.00"), number="1"
        ),
    )
    assert response.error_recovery == ErrorRecovery(
        list_id="1", txn_id="1", txn_number="1", edit_sequence="1", external_guid="0"
    )


@pytest.mark.parametrize("ret", list(RETURNED))
def test_an_answer_with_everything_the_sdk_knows_is_read(ret: str) -> None:
    """Every field is there that the kind of entry or transaction has."""
    fact = RETS[ret]
    inside = f"<{ret}>{_filled(fact.children)}</{ret}>"

    (returned,) = the_response(an_answer(inside)).returned

    children = {child.name for child in fact.children}
    named = {field.name for tag, field in RETURNED[ret].fields.items() if tag in children}
    assert {name for name in named if getattr(returned, name) is None} == set()
    assert getattr(returned, "kind", ret) == ret


def test_a_customer_is_read_with_its_address() -> None:
    inside = (
        "<CustomerRet><ListID>8-1</ListID><EditSequence>2</EditSequence><Name>Kitchen</Name>"
        "<FullName>Alder:Kitchen</FullName><ParentRef><ListID>8-0</ListID></ParentRef>"
        "<BillAddress><Addr1>Alder Ltd</Addr1><Addr3>1 Road</Addr3><City>Ely</City></BillAddress>"
        "<BillAddressBlock><Addr1>x</Addr1></BillAddressBlock></CustomerRet>"
    )

    assert the_response(an_answer(inside)).returned == (
        QuickBooksCustomer(
            list_id="8-1",
            edit_sequence="2",
            name="Kitchen",
            full_name="Alder:Kitchen",
            parent=Ref(list_id="8-0"),
            bill_address=Address(lines=("Alder Ltd", "1 Road"), city="Ely"),
        ),
    )


def test_kinds_are_told_apart_in_an_answer_that_mixes_them() -> None:
    called = "<ListID>1</ListID><EditSequence>2</EditSequence><Name>A</Name>"
    inside = "".join(
        f"<{ret}>{called}</{ret}>" for ret in ("ItemServiceRet", "ItemSubtotalRet", "ClassRet")
    )

    service, subtotal, department = the_response(an_answer(inside)).returned

    assert service == QuickBooksItem(
        kind="ItemServiceRet", list_id="1", edit_sequence="2", name="A"
    )
    assert subtotal.kind == "ItemSubtotalRet"
    assert department == QuickBooksEntry(kind="ClassRet", list_id="1", edit_sequence="2", name="A")


def test_a_page_says_how_to_go_on() -> None:
    attributes = 'statusCode="0" iteratorID="{7-8}" iteratorRemainingCount="120"'

    response = the_response(an_answer(attributes=attributes))

    assert (response.iterator_id, response.remaining) == ("{7-8}", 120)


def test_what_a_newer_quickbooks_adds_to_an_answer_is_passed_over() -> None:
    response = the_response(
        an_answer("<NewInTheNextVersionRet><TxnID>9</TxnID></NewInTheNextVersionRet>")
    )

    assert (response.fault, response.returned) == (None, ())


def test_an_entry_without_a_name_is_that_responses_fault() -> None:
    response = the_response(an_answer("<ClassRet><ListID>1</ListID></ClassRet>"))

    assert response.fault == "ClassRet has no EditSequence."
    assert response.returned == ()


# Answers that are none


@pytest.mark.parametrize("attributes", ["", 'statusCode=""', 'statusCode=" "'])
def test_a_response_without_a_status_code_is_refused(attributes: str) -> None:
    with pytest.raises(RemoteProtocolError, match="InvoiceModRs has no statusCode"):
        parse_answer(an_answer(attributes=attributes))


@pytest.mark.parametrize("code", ["ok", "-1", "0x0", "1.0", "٣", "1234567"])
def test_a_status_code_that_is_no_number_is_refused(code: str) -> None:
    with pytest.raises(RemoteProtocolError, match="InvoiceModRs/@statusCode"):
        parse_answer(an_answer(attributes=f'statusCode="{code}"'))


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (MINIMAL + "<Subtotal>1,00</Subtotal>", "InvoiceRet/Subtotal has a malformed value: '1,00'"),
        (MINIMAL + "<Subtotal>1.5</Subtotal>", "InvoiceRet/Subtotal"),
        (MINIMAL.replace("03-02", "02-30"), "InvoiceRet/TxnDate has a malformed value: '2026-02-30'"),
        (MINIMAL.replace("2026-03-02", "20260302"), "InvoiceRet/TxnDate"),
        (
            MINIMAL + "<InvoiceLineRet><TxnLineID>1</TxnLineID><Rate>NaN</Rate></InvoiceLineRet>",
            "InvoiceLineRet/Rate has a malformed value: 'NaN'",
        ),
        (MINIMAL + "<InvoiceLineRet/>", "InvoiceLineRet has no TxnLineID"),
        (MINIMAL + "<InvoiceLineGroupRet/>", "InvoiceLineGroupRet has no TxnLineID"),
        (MINIMAL.replace("TxnID", "TxnNumber"), "InvoiceRet has no TxnID"),
        (MINIMAL.replace("EditSequence", "Other"), "InvoiceRet has no EditSequence"),
        (MINIMAL.replace("TxnDate", "DueDate"), "InvoiceRet has no TxnDate"),
        (MINIMAL.replace("FullName", "Name"), "InvoiceRet has no CustomerRef"),
    ],
)  # fmt: skip
def test_a_malformed_or_missing_value_is_named(inside: str, message: str) -> None:
    """It is that response's fault alone: the others of the set are booked."""
    good = an_answer(f"<InvoiceRet>{MINIMAL}</InvoiceRet>")

    faulty = parse_answer(an_answer(f"<InvoiceRet>{inside}</InvoiceRet>")).responses[0]

    assert re.search(message, faulty.fault)
    assert faulty.invoices == ()
    assert parse_answer(good).responses[0].fault is None


def test_a_long_malformed_value_is_not_quoted_in_full() -> None:
    answer = parse_answer(
        an_answer(f"<InvoiceRet>{MINIMAL}<Subtotal>{'9' * 5000}</Subtotal></InvoiceRet>")
    )

    assert 0 < len(answer.responses[0].fault) < 200


# Whatever comes


def _parses_or_refuses(document: str | bytes) -> None:
    try:
        answer = parse_answer(document)
    except RemoteProtocolError:
        return
    assert isinstance(answer, Answer)


@given(document=st.text() | st.binary())
def test_garbage_is_refused_as_the_other_sides_fault(document: str | bytes) -> None:
    _parses_or_refuses(document)


@given(
    at=st.integers(0, len(MOD_RS)),
    length=st.integers(0, 40),
    inserted=st.text(max_size=10) | st.sampled_from(["<", "&", "&#1;", "]]>", "<!--", "<?x", "\x00"]),
)  # fmt: skip
def test_a_damaged_answer_is_read_or_refused_and_nothing_else(
    at: int, length: int, inserted: str
) -> None:
    _parses_or_refuses(MOD_RS[:at] + inserted + MOD_RS[at + length :])


@given(inside=st.text(), code=st.text(max_size=8))
def test_any_text_in_the_right_place_is_read_or_refused(inside: str, code: str) -> None:
    _parses_or_refuses(an_answer(f"<InvoiceRet>{inside}</InvoiceRet>", f'statusCode="{code}"'))
