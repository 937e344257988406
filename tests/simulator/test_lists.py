"""List entries: added, renamed, found, deleted, and the names they may have (qbwc.md 3.4, 5)."""

import pytest

from simulator.company_file import CompanyFile
from simulator.interpreter import process

HEAD = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
TAIL = "</QBXMLMsgsRq></QBXML>"

CUSTOMER = "<CustomerAddRq><CustomerAdd><Name>{}</Name>{}</CustomerAdd></CustomerAddRq>"
SOLD = (
    "<SalesOrPurchase><Desc>Coil cleaning</Desc><Price>75.00</Price>"
    "<AccountRef><FullName>Service Income</FullName></AccountRef></SalesOrPurchase>"
)


def test_a_new_customer_comes_back_whole_and_can_be_billed(ask, add):
    response = ask(
        CUSTOMER.format(
            "Ann Lee",
            "<CompanyName>Lee Ltd</CompanyName><BillAddress><Addr1>1 Oak</Addr1></BillAddress>"
            "<Phone>555</Phone><Email>ann@example.com</Email><TermsRef><FullName>Net 30</FullName>"
            "</TermsRef><SalesTaxCodeRef><FullName>Tax</FullName></SalesTaxCodeRef>",
        )
    )[0]

    ret = response.find("CustomerRet")
    assert (ret.findtext("FullName"), ret.findtext("Sublevel")) == ("Ann Lee", "0")
    assert ret.findtext("BillAddressBlock/Addr1") == "1 Oak"
    order = [child.tag for child in ret]
    wanted = ["CompanyName", "BillAddress", "Phone", "Email", "TermsRef", "Balance"]
    assert [tag for tag in order if tag in wanted] == wanted
    assert response.findtext("ErrorRecovery/ListID") == ret.findtext("ListID")
    line = "<InvoiceLineAdd><ItemRef><FullName>TRIP</FullName></ItemRef></InvoiceLineAdd>"
    assert add(line, customer="ann lee").get("statusCode") == "0"


def test_a_job_stands_below_its_customer(ask):
    parent = "<ParentRef><FullName>{}</FullName></ParentRef>"

    job, orphan = ask(
        CUSTOMER.format("Kitchen", parent.format("Lone Star Diner"))
        + CUSTOMER.format("Kitchen", parent.format("Nobody"))
    )

    assert job.findtext("CustomerRet/FullName") == "Lone Star Diner:Kitchen"
    assert job.findtext("CustomerRet/Sublevel") == "1"
    assert orphan.get("statusCode") == "3130"
    assert orphan.get("statusMessage") == (
        'There is an invalid reference to a parent "Nobody" in the Customers list.  QuickBooks error '
        "message: Invalid argument.  The specified record does not exist in the list."
    )


@pytest.fixture
def crowded(clock):
    """A company file that knows one name of each kind."""
    return CompanyFile.from_json(
        {
            "name": "Crowded",
            "customers": ["Harriet Doyle"],
            "vendors": ["Supply House"],
            "employees": ["Olga"],
            "other_names": ["Landlord"],
        },
        clock,
    )


@pytest.mark.parametrize("name", ["harriet doyle", "Supply House", "OLGA", "Landlord"])
def test_all_people_share_one_name_space_whatever_the_case(crowded, name):
    response = process(crowded, HEAD + CUSTOMER.format(name, "") + TAIL)

    assert f'The name "{name}" of the list element is already in use.'.replace('"', "&quot;") in (
        response
    )
    assert 'statusCode="3100"' in response


def test_items_share_one_name_space_across_their_types(ask):
    item = (
        f"<ItemServiceAddRq><ItemServiceAdd><Name>flat</Name>{SOLD}</ItemServiceAdd>"
        "</ItemServiceAddRq>"
    )

    assert ask(item)[0].get("statusCode") == "3100"


@pytest.mark.parametrize("name", ["A:B", " Ann", "Ann ", "Ann\tLee"])
def test_a_name_has_no_colon_and_no_blank_at_its_ends(company, ask, name):
    assert ask(CUSTOMER.format(name, ""))[0].get("statusCode") == "3090"


def test_a_name_too_long_is_not_shortened(ask):
    assert ask(CUSTOMER.format("x" * 41, ""))[0].get("statusCode") == "0"
    assert ask(CUSTOMER.format("x" * 42, ""))[0].get("statusCode") == "3070"


def test_a_renamed_customer_takes_its_jobs_along_and_a_stale_one_is_refused(company, ask, clock):
    entry = company.lists.by_name("Customer", "Lone Star Diner")
    change = (
        f"<CustomerModRq><CustomerMod><ListID>{entry.list_id}</ListID>"
        f"<EditSequence>{entry.edit_sequence}</EditSequence><Name>Star Diner</Name>"
        "<IsActive>true</IsActive></CustomerMod></CustomerModRq>"
    )
    clock.pass_seconds(60)

    first, again = ask(change + change)

    assert first.findtext("CustomerRet/FullName") == "Star Diner"
    assert first.findtext("CustomerRet/EditSequence") == str(int(clock().timestamp()))
    assert company.lists.by_name("Customer", "Star Diner:Walk-in cooler") is not None
    assert again.get("statusCode") == "3200"


@pytest.mark.parametrize(
    ("kind", "body", "tag"),
    [
        ("Service", SOLD, "ItemServiceRet"),
        ("NonInventory", SOLD, "ItemNonInventoryRet"),
        ("OtherCharge", SOLD, "ItemOtherChargeRet"),
        (
            "Inventory",
            (
                "<SalesPrice>9</SalesPrice><IncomeAccountRef><FullName>Parts Income</FullName>"
                "</IncomeAccountRef>"
            ),
            "ItemInventoryRet",
        ),
        (
            "Discount",
            (
                "<DiscountRatePercent>5</DiscountRatePercent><AccountRef>"
                "<FullName>Service Income</FullName></AccountRef>"
            ),
            "ItemDiscountRet",
        ),
        ("Subtotal", "<ItemDesc>Sum</ItemDesc>", "ItemSubtotalRet"),
        ("SalesTax", "<TaxRate>8.25</TaxRate>", "ItemSalesTaxRet"),
        (
            "SalesTaxGroup",
            "<ItemSalesTaxRef><FullName>FLAT</FullName></ItemSalesTaxRef>",
            "ItemSalesTaxGroupRet",
        ),
    ],
)
def test_an_item_of_each_type_is_added_and_found_by_its_own_query(ask, kind, body, tag):
    added, found = ask(
        f"<Item{kind}AddRq><Item{kind}Add><Name>NEW-1</Name>{body}</Item{kind}Add></Item{kind}AddRq>"
        f"<Item{kind}QueryRq><FullName>new-1</FullName></Item{kind}QueryRq>"
    )

    assert [child.tag for child in added] == [tag, "ErrorRecovery"]
    assert [child.tag for child in found] == [tag]


def test_a_new_item_is_sold_at_its_price(ask, add):
    ask(
        f"<ItemServiceAddRq><ItemServiceAdd><Name>COIL</Name>{SOLD}</ItemServiceAdd>"
        "</ItemServiceAddRq>"
    )

    line = add(
        "<InvoiceLineAdd><ItemRef><FullName>COIL</FullName></ItemRef><Quantity>2</Quantity>"
        "</InvoiceLineAdd>"
    ).find(".//InvoiceLineRet")

    assert (line.findtext("Desc"), line.findtext("Amount")) == ("Coil cleaning", "150.00")


def test_an_item_without_a_posting_account_is_not_added(ask):
    item = (
        "<ItemServiceAddRq><ItemServiceAdd><Name>COIL</Name><SalesOrPurchase><Price>1.00</Price>"
        "</SalesOrPurchase></ItemServiceAdd></ItemServiceAddRq>"
    )

    assert ask(item)[0].get("statusCode") == "3270"


@pytest.mark.parametrize(
    ("kind", "body", "query"),
    [
        ("SalesTaxCode", "<Name>EXM</Name><IsTaxable>false</IsTaxable>", "SalesTaxCode"),
        ("Class", "<Name>Roofing</Name>", "Class"),
        ("InventorySite", "<Name>Truck 8</Name>", "InventorySite"),
        ("StandardTerms", "<Name>Net 10</Name><StdDueDays>10</StdDueDays>", "Terms"),
    ],
)
def test_the_smaller_lists_are_added_to_and_queried(ask, kind, body, query):
    added, found = ask(f"<{kind}AddRq><{kind}Add>{body}</{kind}Add></{kind}AddRq><{query}QueryRq/>")

    name = added.findtext(f"{kind}Ret/Name")
    assert name in [each.findtext("Name") for each in found.iter(f"{kind}Ret")]


def test_accounts_are_told_with_their_type(ask):
    response = ask("<AccountQueryRq><FullName>Service Income</FullName></AccountQueryRq>")[0]

    assert response.findtext("AccountRet/AccountType") == "Income"


def test_an_entry_in_use_is_not_deleted_and_another_one_is(company, ask):
    delete = "<ListDelRq><ListDelType>Customer</ListDelType><ListID>{}</ListID></ListDelRq>"
    used = company.lists.by_name("Customer", "Harriet Doyle").list_id
    free = company.lists.by_name("Customer", "Moved Away").list_id

    refused, deleted, gone = ask("".join(delete.format(each) for each in (used, free, free)))

    assert (refused.get("statusCode"), gone.get("statusCode")) == ("3160", "3120")
    assert deleted.findtext("FullName") == "Moved Away"
    assert company.lists.by_name("Customer", "Moved Away") is None


def test_entries_are_found_by_when_they_were_changed(ask, clock):
    clock.pass_seconds(3600)
    ask(CUSTOMER.format("Ann Lee", ""))

    response = ask(
        "<CustomerQueryRq><FromModifiedDate>2026-11-21T09:30:00</FromModifiedDate></CustomerQueryRq>"
    )

    assert [each.text for each in response.iter("Name")] == ["Ann Lee"]


def test_a_customers_balance_is_what_the_invoices_leave_open(ask):
    response = ask("<CustomerQueryRq><FullName>Harriet Doyle</FullName></CustomerQueryRq>")

    assert response.findtext(".//Balance") == "62.44"


def test_a_refused_change_leaves_the_customer_as_it_was(company, ask):
    entry = company.lists.by_name("Customer", "Harriet Doyle")

    response = ask(
        f"<CustomerModRq><CustomerMod><ListID>{entry.list_id}</ListID>"
        f"<EditSequence>{entry.edit_sequence}</EditSequence><CompanyName>Doyle Ltd</CompanyName>"
        "<Email>new@example.com</Email><TermsRef><FullName>Net 99</FullName></TermsRef>"
        "</CustomerMod></CustomerModRq>"
    )[0]

    assert response.get("statusCode") == "3140"
    assert (entry.email, entry.values) == ("harriet@example.com", {})
