"""InvoiceMod: what stays, what changes, what is deleted, and what is refused."""

import pytest

INVOICE = "1A2B-1"
TUNE, THANKS, FILTER = "1A2C-1", "1A2E-1", "1A2D-1"


def line(line_id: str, body: str = "") -> str:
    return f"<InvoiceLineMod><TxnLineID>{line_id}</TxnLineID>{body}</InvoiceLineMod>"


def texts(invoice) -> list[str]:
    return [entry.description for entry in invoice.lines]


def test_no_lines_sent_leaves_all_lines_untouched(company, modify):
    before = company.invoice(INVOICE).lines

    response = modify("<Memo>Called twice</Memo>")

    assert response.get("statusCode") == "0"
    assert company.invoice(INVOICE).memo == "Called twice"
    assert company.invoice(INVOICE).lines == before


def test_a_line_that_is_not_named_is_deleted(company, modify):
    modify(line(TUNE) + line(FILTER))

    assert texts(company.invoice(INVOICE)) == ["Seasonal tune-up", "Air filter 16x25"]


def test_a_bare_line_is_kept_and_a_changed_one_changes(company, modify):
    response = modify(line(TUNE, "<Rate>42.00</Rate>") + line(THANKS) + line(FILTER))

    assert response.findtext(".//SalesTaxTotal") == "3.47"
    assert response.findtext(".//BalanceRemaining") == "69.47"
    assert "Thank you, see warranty" in texts(company.invoice(INVOICE))


def test_a_new_line_goes_where_it_stands_in_the_request(company, modify):
    new = line("-1", "<ItemRef><FullName>TRIP</FullName></ItemRef><Quantity>1</Quantity>")

    response = modify(line(TUNE) + new + line(THANKS) + line(FILTER))

    names = [entry.item_name for entry in company.invoice(INVOICE).lines]
    assert names == ["SVC-TUNE", "TRIP", "", "FILTER"]
    assert response.findall(".//InvoiceLineRet/TxnLineID")[1].text not in {"-1", TUNE, THANKS}


def test_lines_out_of_order_are_refused_and_nothing_changes(company, modify):
    before = company.invoice(INVOICE)

    response = modify(line(FILTER) + line(TUNE))

    assert response.get("statusCode") == "3290"
    assert response.get("statusMessage") == (
        f'The item "{TUNE}" is placed in the request in incorrect order.'
    )
    assert company.invoice(INVOICE) == before


def test_a_line_of_another_invoice_cannot_be_found(modify):
    assert modify(line("FFFF-1")).get("statusCode") == "3120"


def test_a_stale_edit_sequence_is_refused_without_the_invoice(ask, bookkeeper):
    bookkeeper.edit_invoice(INVOICE, memo="Changed at the desk")

    response = ask(
        f"<InvoiceModRq><InvoiceMod><TxnID>{INVOICE}</TxnID><EditSequence>100</EditSequence>"
        "<Memo>Ours</Memo></InvoiceMod></InvoiceModRq>"
    )[0]

    assert response.get("statusCode") == "3200"
    assert response.get("statusMessage") == 'The provided edit sequence "100" is out-of-date. '
    assert len(response) == 0
    assert bookkeeper.company.invoice(INVOICE).memo == "Changed at the desk"


def test_two_edits_in_one_second_share_an_edit_sequence(bookkeeper, clock):
    """So a writer who trusts it can overwrite the second edit without a 3200."""
    first = bookkeeper.edit_invoice(INVOICE, memo="one").edit_sequence
    second = bookkeeper.edit_invoice(INVOICE, memo="two").edit_sequence
    clock.pass_seconds(1)
    third = bookkeeper.edit_invoice(INVOICE, memo="three").edit_sequence

    assert first == second == str(int(third) - 1)


@pytest.mark.parametrize("element", ["CustomerRef", "ARAccountRef", "TemplateRef"])
def test_some_references_cannot_be_cleared(modify, element):
    assert modify(f"<{element}/>").get("statusCode") == "3190"


def test_an_empty_element_clears_and_a_missing_one_keeps(company, modify):
    modify("<ClassRef><FullName></FullName></ClassRef><DueDate></DueDate>")

    invoice = company.invoice(INVOICE)
    assert "ClassRef" not in invoice.refs
    assert "DueDate" not in invoice.values
    assert invoice.memo == "1042 2026-11-20 HVAC Fall tune-up"


def test_sending_only_plain_lines_deletes_the_groups(company, add, ask):
    group = "<InvoiceLineGroupAdd><ItemGroupRef><FullName>TUNE-KIT</FullName></ItemGroupRef>"
    plain = "<InvoiceLineAdd><ItemRef><FullName>TRIP</FullName></ItemRef></InvoiceLineAdd>"
    ret = add(f"{plain}{group}</InvoiceLineGroupAdd>").find("InvoiceRet")
    assert ret.findtext("InvoiceLineGroupRet/TotalAmount") == "59.50"
    head = (
        f"<InvoiceModRq><InvoiceMod><TxnID>{ret.findtext('TxnID')}</TxnID>"
        f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence>"
    )

    changed = ask(
        head + line(ret.findtext("InvoiceLineRet/TxnLineID")) + "</InvoiceMod></InvoiceModRq>"
    )[0]

    assert changed.find(".//InvoiceLineGroupRet") is None
    assert changed.findtext(".//Subtotal") == "25.00"


def test_members_of_a_group_follow_the_same_rule(add, ask):
    group = "<InvoiceLineGroupAdd><ItemGroupRef><FullName>TUNE-KIT</FullName></ItemGroupRef>"
    ret = add(f"{group}</InvoiceLineGroupAdd>").find("InvoiceRet")
    group_id = ret.findtext("InvoiceLineGroupRet/TxnLineID")
    member_id = ret.findtext("InvoiceLineGroupRet/InvoiceLineRet/TxnLineID")

    def change(members: str):
        return ask(
            f"<InvoiceModRq><InvoiceMod><TxnID>{ret.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence><InvoiceLineGroupMod>"
            f"<TxnLineID>{group_id}</TxnLineID>{members}</InvoiceLineGroupMod></InvoiceMod>"
            "</InvoiceModRq>"
        )[0]

    assert len(change("").findall(".//InvoiceLineGroupRet/InvoiceLineRet")) == 2
    assert len(change(line(member_id)).findall(".//InvoiceLineGroupRet/InvoiceLineRet")) == 1


def test_a_missing_list_entry_is_named_with_two_blanks_between_the_sentences(modify):
    response = modify("<CustomerRef><FullName>Nobody</FullName></CustomerRef>")

    assert response.get("statusCode") == "3140"
    assert response.get("statusMessage") == (
        'There is an invalid reference to QuickBooks Customer "Nobody" in the Invoice.  '
        "QuickBooks error message: Invalid argument.  "
        "The specified record does not exist in the list."
    )


def test_an_inactive_customer_is_as_good_as_missing_until_activated(bookkeeper, modify):
    moved = "<CustomerRef><FullName>moved away</FullName></CustomerRef>"

    assert modify(moved).get("statusCode") == "3140"
    bookkeeper.activate("CustomerRef", "Moved Away")
    assert modify(moved).get("statusCode") == "0"


def test_a_closed_period_can_neither_be_left_nor_entered(company, modify, add):
    response = modify("<TxnDate>2026-10-31</TxnDate>")

    assert response.get("statusCode") == "3171"
    assert add("<TxnDate>2026-10-15</TxnDate>").get("statusCode") == "3171"
    company.preferences.closing_password = False
    assert modify("<TxnDate>2026-10-15</TxnDate>").get("statusCode") == "0"
    company.preferences.closing_password = True
    assert modify("<TxnDate>2026-11-15</TxnDate>").get("statusCode") == "3171"


def test_sites_need_the_preference(company, modify):
    site = "<InventorySiteRef><FullName>Truck 7</FullName></InventorySiteRef>"
    sent = line(TUNE) + line(THANKS) + line(FILTER, site)

    assert modify(sent).get("statusCode") == "0"
    company.preferences.inventory_sites = False
    assert modify(sent).get("statusCode") == "3250"


def test_a_void_invoice_keeps_its_number_and_is_worth_nothing(bookkeeper):
    voided = bookkeeper.void_invoice(INVOICE)

    assert (voided.ref_number, voided.total) == ("21259", 0)
    assert voided.memo.startswith("VOID:")
    assert len(voided.lines) == 3


def test_a_deleted_invoice_is_not_found_by_query_or_mod(bookkeeper, ask):
    bookkeeper.delete_invoice(INVOICE)

    query, mod = ask(
        f"<InvoiceQueryRq><TxnID>{INVOICE}</TxnID></InvoiceQueryRq>"
        f"<InvoiceModRq><InvoiceMod><TxnID>{INVOICE}</TxnID><EditSequence>100</EditSequence>"
        "</InvoiceMod></InvoiceModRq>"
    )

    assert (query.get("statusCode"), query.get("statusSeverity")) == ("500", "Warn")
    assert (mod.get("statusCode"), mod.get("statusSeverity")) == ("3120", "Error")
