"""The lines of an invoice: what is sent, what follows from it, and what is refused (qbwc.md 4.3)."""

import pytest

INVOICE = "1A2B-1"
TUNE, THANKS, FILTER = "1A2C-1", "1A2E-1", "1A2D-1"


def add_line(item: str, body: str = "") -> str:
    return f"<InvoiceLineAdd><ItemRef><FullName>{item}</FullName></ItemRef>{body}</InvoiceLineAdd>"


def line(line_id: str, body: str = "") -> str:
    return f"<InvoiceLineMod><TxnLineID>{line_id}</TxnLineID>{body}</InvoiceLineMod>"


def new_line(item: str, body: str = "") -> str:
    return line("-1", f"<ItemRef><FullName>{item}</FullName></ItemRef>{body}")


def shown(response) -> list[tuple[str, str]]:
    """Item and amount of each line."""
    return [
        (found.findtext("ItemRef/FullName", ""), found.findtext("Amount", ""))
        for found in response.iter("InvoiceLineRet")
    ]


def test_a_discount_takes_from_what_stands_above_it(add):
    """Below a line from that line, below a subtotal from the subtotal."""
    tune, trip = add_line("SVC-TUNE", "<Rate>100</Rate>"), add_line("TRIP", "<Rate>50</Rate>")
    member = add_line("MEMBER")

    below_line = add(tune + trip + member)
    below_subtotal = add(tune + trip + add_line("SUB") + member)

    assert shown(below_line)[-1] == ("MEMBER", "-5.00")
    assert shown(below_subtotal)[-2:] == [("SUB", "150.00"), ("MEMBER", "-15.00")]
    assert below_subtotal.findtext(".//Subtotal") == "135.00"


def test_a_discount_moves_with_the_line_above_it(modify):
    modify(line(TUNE) + new_line("MEMBER") + line(THANKS) + line(FILTER))

    moved = modify(line(TUNE) + line(FILTER) + new_line("MEMBER"))

    assert shown(moved) == [("SVC-TUNE", "35.50"), ("FILTER", "24.00"), ("MEMBER", "-2.40")]


def test_a_discount_has_no_quantity(add, modify):
    sent = "<Quantity>1</Quantity>"

    assert add(add_line("SVC-TUNE") + add_line("MEMBER", sent)).get("statusCode") == "3151"
    assert modify(line(TUNE) + new_line("MEMBER", sent)).get("statusCode") == "3151"


@pytest.mark.parametrize(
    "cleared",
    [
        "<ItemRef><FullName></FullName></ItemRef>",
        "<Quantity></Quantity>",
        "<Rate/>",
        "<SalesTaxCodeRef/>",
        "<OverrideItemAccountRef/>",
    ],
)
def test_some_parts_of_a_line_cannot_be_cleared(company, modify, cleared):
    before = company.invoice(INVOICE)

    response = modify(line(TUNE, cleared) + line(THANKS) + line(FILTER))

    assert response.get("statusCode") == "3190"
    assert company.invoice(INVOICE) == before


def test_a_new_quantity_moves_the_amount_by_the_rate_that_stays(modify):
    changed = modify(line(TUNE, "<Quantity>3</Quantity>") + line(THANKS) + line(FILTER))

    assert shown(changed)[0] == ("SVC-TUNE", "106.50")


def test_a_bare_line_keeps_even_what_an_item_says_otherwise_today(company, bookkeeper, modify):
    """A price that was typed over by hand is not reset to the item's own."""
    bookkeeper.change_line(INVOICE, TUNE, description="Tuned twice")

    changed = modify(line(TUNE) + line(THANKS) + line(FILTER))

    assert changed.findtext(".//InvoiceLineRet/Desc") == "Tuned twice"


def test_new_lines_stand_where_they_were_sent_with_ids_of_their_own(company, modify):
    modify(new_line("TRIP") + line(TUNE) + line(THANKS) + new_line("SVC-DIAG") + line(FILTER))

    lines = company.invoice(INVOICE).lines
    assert [entry.item_name for entry in lines] == ["TRIP", "SVC-TUNE", "", "SVC-DIAG", "FILTER"]
    assert len({entry.txn_line_id for entry in lines}) == len(lines)


def test_an_item_group_grows_into_its_members(add):
    group = (
        "<InvoiceLineGroupAdd><ItemGroupRef><FullName>TUNE-KIT</FullName></ItemGroupRef>"
        "<Quantity>2</Quantity></InvoiceLineGroupAdd>"
    )

    response = add(group)

    members = response.findall(".//InvoiceLineGroupRet/InvoiceLineRet")
    assert [member.findtext("Quantity") for member in members] == ["2", "4"]
    assert response.findtext(".//InvoiceLineGroupRet/TotalAmount") == "119.00"
    assert response.findtext(".//Subtotal") == "119.00"


def test_an_item_of_the_wrong_type_is_refused(add):
    group = "<InvoiceLineGroupAdd><ItemGroupRef><FullName>TRIP</FullName></ItemGroupRef>{}"

    assert add(add_line("TUNE-KIT")).get("statusCode") == "3280"
    assert add(group.format("</InvoiceLineGroupAdd>")).get("statusCode") == "3280"


def test_an_item_without_an_account_cannot_be_sold(company, add):
    next(entry for entry in company.lists.of("Item") if entry.name == "TRIP").lacks_account = True

    assert add(add_line("TRIP")).get("statusCode") == "3270"


def test_classes_need_the_preference(company, modify):
    company.preferences.class_tracking = False
    sent = "<ClassRef><FullName>HVAC</FullName></ClassRef>"

    assert modify(sent).get("statusCode") == "3250"
    assert modify(line(TUNE, sent)).get("statusCode") == "3250"


@pytest.mark.parametrize(
    ("where", "sent", "said"),
    [
        ("header", "<TermsRef><FullName>Net 99</FullName></TermsRef>", 'Terms "Net 99"'),
        (
            "header",
            "<ItemSalesTaxRef><FullName>Vat</FullName></ItemSalesTaxRef>",
            'ItemSalesTax "Vat"',
        ),
        ("line", "<ClassRef><FullName>Roofing</FullName></ClassRef>", 'Class "Roofing"'),
        (
            "line",
            "<InventorySiteRef><FullName>Truck 8</FullName></InventorySiteRef>",
            'Inventory Site "Truck 8"',
        ),
        ("line", "<ItemRef><ListID>8000-1</ListID></ItemRef>", 'Item "8000-1"'),
    ],
)
def test_what_a_list_does_not_have_is_named(company, modify, where, sent, said):
    before = company.invoice(INVOICE)

    response = modify(sent if where == "header" else line(TUNE, sent))

    assert response.get("statusCode") == "3140"
    assert f"invalid reference to QuickBooks {said} in the Invoice." in response.get(
        "statusMessage"
    )
    assert company.invoice(INVOICE) == before


def test_an_address_of_more_than_five_printed_lines_is_refused(modify):
    street = "".join(f"<Addr{number}>x</Addr{number}>" for number in range(1, 6))

    assert modify(f"<BillAddress>{street}</BillAddress>").get("statusCode") == "0"
    response = modify(f"<BillAddress>{street}<City>Fort Worth</City></BillAddress>")
    assert response.get("statusCode") == "3205"


def test_a_3200_may_show_the_invoice_as_it_stands(company, bookkeeper, ask):
    """Said of QuickBooks by its users and not confirmed (qbwc.md 4.3 rule 1), so it is a choice."""
    company.habits.stale_answer_shows_invoice = True
    bookkeeper.edit_invoice(INVOICE, memo="Changed at the desk")

    response = ask(
        f"<InvoiceModRq><InvoiceMod><TxnID>{INVOICE}</TxnID><EditSequence>100</EditSequence>"
        "<Memo>Ours</Memo></InvoiceMod></InvoiceModRq>"
    )[0]

    assert response.get("statusCode") == "3200"
    assert response.findtext("InvoiceRet/Memo") == "Changed at the desk"
    assert response.find("ErrorRecovery") is None


KIT = (
    "<InvoiceLineGroupAdd><ItemGroupRef><FullName>TUNE-KIT</FullName></ItemGroupRef>"
    "</InvoiceLineGroupAdd>"
)


def test_a_group_and_a_line_are_not_taken_for_each_other(company, add, ask):
    ret = add(KIT).find("InvoiceRet")
    group_id = ret.findtext("InvoiceLineGroupRet/TxnLineID")

    response = ask(
        f"<InvoiceModRq><InvoiceMod><TxnID>{ret.findtext('TxnID')}</TxnID>"
        f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence>{line(group_id)}"
        "</InvoiceMod></InvoiceModRq>"
    )[0]

    assert response.get("statusCode") == "3120"


def test_a_new_group_stands_at_its_place_and_its_members_are_its_items(company, modify):
    group = (
        "<InvoiceLineGroupMod><TxnLineID>-1</TxnLineID><ItemGroupRef><FullName>TUNE-KIT</FullName>"
        "</ItemGroupRef>{}</InvoiceLineGroupMod>"
    )

    changed = modify(line(TUNE) + group.format("") + line(FILTER))

    order = [child.tag for child in changed.find("InvoiceRet") if "Line" in child.tag]
    assert order == ["InvoiceLineRet", "InvoiceLineGroupRet", "InvoiceLineRet"]
    named = modify(group.format(line("-1")))
    assert named.get("statusCode") == "1030"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (new_line("SVC-TUNE", "<PriceLevelRef><FullName>A</FullName></PriceLevelRef>"), "1030"),
        (line("-1", "<Desc>Text</Desc><Rate>5</Rate>"), "3150"),
        (line(THANKS, "<Rate>5</Rate>"), "3150"),
        ("<InvoiceLineGroupMod><TxnLineID>-1</TxnLineID></InvoiceLineGroupMod>", "3150"),
    ],
)
def test_a_line_that_says_too_little_or_too_much_changes_nothing(company, modify, sent, code):
    before = company.invoice(INVOICE)

    assert modify(sent).get("statusCode") == code
    assert company.invoice(INVOICE) == before
