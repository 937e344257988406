"""The strict parser, the statuses of single requests, and the order of a set."""

import pytest
from lxml import etree

from simulator.errors import ComError
from simulator.interpreter import process

HEAD = '<?xml version="1.0"?><?qbxml version="13.0"?>'
ADD = (
    "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Harriet Doyle</FullName></CustomerRef>{}"
    "</InvoiceAdd></InvoiceAddRq>"
)
QUERY = "<InvoiceQueryRq><RefNumber>21259</RefNumber></InvoiceQueryRq>"


def envelope(body: str) -> str:
    return f'{HEAD}<QBXML><QBXMLMsgsRq onError="stopOnError">{body}</QBXMLMsgsRq></QBXML>'


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(envelope(ADD.format("")).replace(HEAD, HEAD[:21]), id="no qbxml line"),
        pytest.param(envelope(ADD.format("")).replace(HEAD, HEAD[21:]), id="no xml line"),
        pytest.param(envelope(ADD.format("")).replace(' onError="stopOnError"', ""), id="onError"),
        pytest.param(envelope(ADD.format("") + "<VendorTeaRq/>"), id="unknown request"),
        pytest.param(envelope(ADD.format("<Cost>1</Cost>")), id="unknown element"),
        pytest.param(
            envelope(ADD.format("<Memo>a</Memo><RefNumber>1</RefNumber>")), id="misplaced"
        ),
        pytest.param(envelope(ADD.format("<Memo>a</Memo><Memo>b</Memo>")), id="twice"),
        pytest.param(envelope(ADD.format("<Memo>Décor</Memo>")), id="raw non-ASCII"),
        pytest.param(envelope(ADD.format("stray text")), id="text between elements"),
        pytest.param(
            envelope(
                ADD.format(
                    "<InvoiceLineAdd><Rate>1</Rate><RatePercent>1</RatePercent></InvoiceLineAdd>"
                )
            ),
            id="two of a choice",
        ),
        pytest.param(
            envelope(
                "<InvoiceQueryRq><TxnID>1</TxnID><PaidStatus>All</PaidStatus></InvoiceQueryRq>"
            ),
            id="id beside a filter",
        ),
    ],
)
def test_nothing_of_an_unparsable_set_runs(company, broken):
    """QuickBooks gives no hint which element it was, and the good requests do not run either."""
    count = len(company.invoices)

    with pytest.raises(ComError) as caught:
        process(company, broken)

    assert caught.value.hresult == "0x80040400"
    assert caught.value.message == (
        "QuickBooks found an error when parsing the provided XML text stream."
    )
    assert len(company.invoices) == count
    assert company.journal.requests_named("InvoiceAddRq") == []
    assert company.journal.entries[0].error is caught.value


def test_a_character_reference_is_read_and_entities_are_not(company, add):
    assert add("<Memo>D&#233;cor</Memo>").findtext(".//Memo") == "Décor"
    bomb = envelope(ADD.format("<Memo>&a;</Memo>")).replace(
        "<QBXML>", '<!DOCTYPE QBXML [<!ENTITY a "aaaa">]><QBXML>'
    )
    with pytest.raises(ComError):
        process(company, bomb)


def test_a_version_nobody_speaks_is_refused(company):
    with pytest.raises(ComError) as caught:
        process(company, envelope(QUERY).replace("13.0", "99.0"))

    assert caught.value.hresult == "0x80040423"


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        (
            "<RefNumber>123456789012</RefNumber>",
            "3070",
            'The string "123456789012" in the field "RefNumber" is too long.',
        ),
        (
            "<InvoiceLineAdd><Rate>1.123456</Rate></InvoiceLineAdd>",
            "3045",
            'There was an error when converting the price "1.123456" in the field "Rate"',
        ),
        ("<InvoiceLineAdd><Quantity>1.123456</Quantity></InvoiceLineAdd>", "3060", None),
        ("<InvoiceLineAdd><Amount>1.5</Amount></InvoiceLineAdd>", "3040", None),
        ("<TxnDate>2026-02-30</TxnDate>", "3020", None),
        ("<TxnDate>2039-01-01</TxnDate>", "3020", None),
        ("<IsPending>yes</IsPending>", "3005", None),
        ("<InvoiceLineAdd><Rate>5</Rate></InvoiceLineAdd>", "3150", None),
    ],
)
def test_a_value_that_does_not_fit_fails_its_request_only(company, ask, sent, code, message):
    bad, good = ask(ADD.format(sent) + QUERY)

    assert (bad.get("statusCode"), bad.get("statusSeverity"), len(bad)) == (code, "Error", 0)
    assert message is None or bad.get("statusMessage") == message
    assert good.get("statusCode") == "0"
    assert len(company.invoices) == 1


def test_the_longest_number_fits(add):
    assert add("<RefNumber>12345678901</RefNumber>").get("statusCode") == "0"


def test_stop_on_error_leaves_the_rest_unprocessed(company, ask):
    _, rest = ask(
        ADD.format("<RefNumber>123456789012</RefNumber>") + ADD.format(""), on_error="stopOnError"
    )

    assert rest.get("statusCode") == "3231"
    assert rest.get("statusMessage") == "The request has not been processed."
    assert len(company.invoices) == 1


def test_a_warning_does_not_stop_the_set(ask):
    missing, found = ask(
        "<InvoiceQueryRq><TxnID>FF-1</TxnID></InvoiceQueryRq>" + QUERY, on_error="stopOnError"
    )

    assert (missing.get("statusCode"), found.get("statusCode")) == ("500", "0")


def test_the_request_id_is_echoed_up_to_fifty_characters(ask):
    longest, longer = "x" * 50, "x" * 51

    first, second = ask(f'<HostQueryRq requestID="{longest}"/><HostQueryRq requestID="{longer}"/>')

    assert (first.get("requestID"), first.get("statusCode")) == (longest, "0")
    assert second.get("statusCode") == "1060"


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ("<RefNumber>21259</RefNumber>", 1),
        ("<RefNumber>404</RefNumber>", 0),
        (
            (
                "<TxnDateRangeFilter><FromTxnDate>2026-11-18</FromTxnDate>"
                "<ToTxnDate>2026-11-18</ToTxnDate></TxnDateRangeFilter>"
                "<EntityFilter><FullName>Harriet Doyle</FullName></EntityFilter>"
            ),
            1,
        ),
        ("<EntityFilter><FullName>Lone Star Diner</FullName></EntityFilter>", 0),
        ("<TxnDateRangeFilter><ToTxnDate>2026-11-17</ToTxnDate></TxnDateRangeFilter>", 0),
    ],
)
def test_a_filter_without_a_match_is_no_failure(ask, criteria, count):
    response = ask(f"<InvoiceQueryRq>{criteria}</InvoiceQueryRq>")[0]

    assert len(response) == count
    assert response.get("statusCode") == ("0" if count else "1")
    assert response.get("statusSeverity") == "Info"


def test_lines_come_only_when_asked_for_and_in_display_order(ask):
    without, with_lines = ask(
        QUERY + QUERY.replace("</Inv", "<IncludeLineItems>true</IncludeLineItems></Inv")
    )

    assert without.find(".//InvoiceLineRet") is None
    ids = [line.text for line in with_lines.iter("TxnLineID")]
    assert ids == ["1A2C-1", "1A2E-1", "1A2D-1"]


def test_what_the_simulator_cannot_do_it_says(ask):
    response = ask(
        "<InvoiceQueryRq><TxnDateRangeFilter><DateMacro>Today</DateMacro></TxnDateRangeFilter>"
        "</InvoiceQueryRq>"
    )

    assert response[0].get("statusCode") == "1030"


def test_list_queries_find_by_name_and_miss_with_a_warning(ask):
    customer, item, nobody = ask(
        "<CustomerQueryRq><FullName>lone star diner:walk-in cooler</FullName></CustomerQueryRq>"
        "<ItemQueryRq><FullName>FLAT</FullName></ItemQueryRq>"
        "<ClassQueryRq><FullName>Roofing</FullName></ClassQueryRq>"
    )

    assert customer.findtext("CustomerRet/ParentRef/FullName") == "Lone Star Diner"
    assert item.findtext("ItemSalesTaxRet/TaxRate") == "8.25"
    assert nobody.get("statusCode") == "500"


def test_a_renamed_customer_shows_on_old_invoices(bookkeeper, ask):
    bookkeeper.rename("CustomerRef", "Harriet Doyle", "Harriet Doyle-Reyes")

    assert ask(QUERY).findtext(".//CustomerRef/FullName") == "Harriet Doyle-Reyes"


def test_preferences_tell_the_closing_date_and_what_is_switched_on(ask):
    ret = ask("<PreferencesQueryRq/>")[0][0]

    assert ret.findtext("AccountingPreferences/ClosingDate") == "2026-10-31"
    assert ret.findtext("AccountingPreferences/IsUsingClassTracking") == "true"
    assert ret.findtext("SalesTaxPreferences/DefaultItemSalesTaxRef/FullName") == "FW"


def test_the_response_begins_like_quickbooks_own(company):
    response = process(company, envelope(QUERY))

    assert response.startswith('<?xml version="1.0" ?>\n<QBXML>')
    assert etree.fromstring(response)[0].attrib == {}


def test_include_ret_element_trims_and_include_none_drops(ask):
    trimmed = ask(QUERY.replace("</Inv", "<IncludeRetElement>TxnID</IncludeRetElement></Inv"))
    bare = ask(QUERY, responseData="includeNone")

    assert [child.tag for child in trimmed[0][0]] == ["TxnID"]
    assert (len(bare[0]), bare[0].get("statusCode")) == (0, "0")


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        (
            "<NameFilter><MatchCriterion>StartsWith</MatchCriterion><Name>lone</Name></NameFilter>",
            2,
        ),
        ("<ActiveStatus>InactiveOnly</ActiveStatus>", 1),
        ("<MaxReturned>1</MaxReturned><ActiveStatus>All</ActiveStatus>", 1),
    ],
)
def test_list_filters(ask, criteria, names):
    assert len(ask(f"<CustomerQueryRq>{criteria}</CustomerQueryRq>")[0]) == names


def test_every_kind_of_item_is_listed_under_its_own_name(ask):
    rets = ask("<ItemQueryRq/>")[0]

    assert {ret.tag for ret in rets} >= {
        "ItemServiceRet",
        "ItemNonInventoryRet",
        "ItemInventoryRet",
        "ItemDiscountRet",
        "ItemSalesTaxGroupRet",
    }
    group = next(ret for ret in rets if ret.tag == "ItemSalesTaxGroupRet")
    assert len(group.findall("ItemSalesTaxRef")) == 4


def test_header_fields_and_addresses_come_back_as_sent(add):
    ret = add(
        "<ClassRef><FullName>HVAC</FullName></ClassRef><RefNumber>900</RefNumber>"
        "<BillAddress><Addr1>1 Oak</Addr1><City>Fort Worth</City></BillAddress>"
        "<PONumber>P1</PONumber><TermsRef><FullName>Net 30</FullName></TermsRef>"
        "<ExternalGUID>{11111111-2222-3333-4444-555555555555}</ExternalGUID>"
        "<InvoiceLineAdd><ItemRef><FullName>TRIP</FullName></ItemRef></InvoiceLineAdd>"
    ).find("InvoiceRet")

    assert ret.findtext("BillAddress/City") == "Fort Worth"
    assert ret.findtext("BillAddressBlock/Addr2") == "Fort Worth"
    assert ret.findtext("TermsRef/FullName") == "Net 30"
    assert ret.findtext("ExternalGUID") == "{11111111-2222-3333-4444-555555555555}"
    assert ret.findtext("InvoiceLineRet/ClassRef/FullName") == "HVAC"
    order = [child.tag for child in ret]
    assert order.index("Subtotal") < order.index("ItemSalesTaxRef") < order.index("IsPaid")
