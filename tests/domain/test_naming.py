"""What a list entry may be called in QuickBooks."""

import pytest

from domain.errors import InvalidValue, TextTooLong, ValueRequired
from domain.issues import ObjectKind
from domain.naming import (
    Finding,
    FindingCode,
    NamedList,
    checked_account_name,
    checked_quickbooks_name,
    kind_of,
    word_for,
)
from tests.builders import FILTER


@pytest.mark.parametrize(
    ("named", "given", "kept"),
    [
        (NamedList.CUSTOMER, " Doyle, Harriet ", "Doyle, Harriet"),
        (NamedList.CUSTOMER, "Doyle : Main St 5", "Doyle:Main St 5"),
        (NamedList.ITEM, "Filters:16x25", "Filters:16x25"),
        (NamedList.ITEM, "“Big” filter", '"Big" filter'),
        (NamedList.INVENTORY_LOCATION, "x" * 31, "x" * 31),
        (NamedList.CUSTOMER, "x" * 41, "x" * 41),
    ],
)
def test_a_name_is_kept_as_quickbooks_writes_it(named, given, kept):
    assert checked_quickbooks_name(named, given) == kept


@pytest.mark.parametrize(
    ("named", "name", "refusal"),
    [
        (NamedList.ITEM, "  ", ValueRequired),
        (NamedList.ITEM, "Filters:", ValueRequired),
        (NamedList.ITEM, "x" * 32, TextTooLong),
        (NamedList.TAX_ZONE, "x" * 32, TextTooLong),
        (NamedList.TAX_ZONE, "FW:City", InvalidValue),
        (NamedList.INVENTORY_LOCATION, "Main:Shelf", InvalidValue),
        (NamedList.CUSTOMER, "x" * 42, TextTooLong),
        (NamedList.CUSTOMER, ":".join(["x" * 41] * 6), TextTooLong),
        (NamedList.BUSINESS_UNIT, "HVAC 漢", InvalidValue),
        (NamedList.BUSINESS_UNIT, "HVAC\nPlumbing", InvalidValue),
    ],
)
def test_what_no_name_in_quickbooks_can_be_is_refused(named, name, refusal):
    with pytest.raises(refusal) as refused:
        checked_quickbooks_name(named, name)

    assert refused.value.where == ("quickbooks_name",)


def test_an_account_has_parents_like_an_item():
    assert checked_account_name("Cost of Goods Sold: Parts ") == "Cost of Goods Sold:Parts"
    with pytest.raises(ValueRequired):
        checked_account_name("")


def test_every_list_has_a_word_and_a_kind_of_its_own():
    assert len({word_for(named) for named in NamedList}) == len(NamedList)
    assert len({kind_of(named) for named in NamedList}) == len(NamedList)
    assert kind_of(NamedList.TAX_ZONE) is ObjectKind.SALES_TAX_ITEM


@pytest.mark.parametrize("code", FindingCode)
def test_every_finding_names_the_entry_and_a_step(code):
    finding = Finding(code, FILTER, "Filter")

    assert "“Filter”" in finding.message
    assert finding.step
