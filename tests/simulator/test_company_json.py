"""A company file is saved and goes on where it stopped."""

import json
from decimal import Decimal

import pytest

from simulator.bookkeeper import Bookkeeper
from simulator.company_file import DEMO_COMPANY
from simulator.company_json import InvalidCompany, read_company, write_company
from simulator.interpreter import process
from simulator.saved_state import restore_state, save_state
from tests.simulator.partner_service import Service, add, connector

INVOICE = "1A2B-1"


def through_json(company, clock):
    return restore_state(json.loads(json.dumps(save_state(company))), clock)


def test_what_was_edited_is_there_again(company, bookkeeper, clock):
    bookkeeper.edit_invoice(INVOICE, memo="At the desk")
    bookkeeper.receive_payment(INVOICE, Decimal("10.00"))
    group = "<ItemGroupRef><FullName>TUNE-KIT</FullName></ItemGroupRef>"
    document = add("30001").replace(
        "</InvoiceAdd>", f"<InvoiceLineGroupAdd>{group}</InvoiceLineGroupAdd></InvoiceAdd>"
    )
    process(company, document)

    again = through_json(company, clock)

    assert again.invoices.keys() == company.invoices.keys()
    for txn_id, invoice in company.invoices.items():
        assert again.invoices[txn_id].total == invoice.total
        assert again.invoices[txn_id].balance_remaining == invoice.balance_remaining
    assert again.invoice(INVOICE).memo == "At the desk"
    assert save_state(again) == save_state(company)


def test_a_name_changed_later_shows_on_the_old_invoices_still(company, clock):
    again = through_json(company, clock)

    Bookkeeper(again).rename("CustomerRef", "Harriet Doyle", "Harriet Miller")

    assert again.invoice(INVOICE).refs["CustomerRef"].full_name == "Harriet Miller"


def test_new_ids_do_not_repeat_old_ones(company, clock):
    process(company, add("30001"))
    again = through_json(company, clock)

    process(again, add("30002"))

    assert len(again.invoices) == len(company.invoices) + 1


async def test_the_answer_kept_for_recovery_survives(company, clock, tmp_path):
    """A service that asks again after both sides restarted gets the same answer, and no second write."""
    path = tmp_path / "saved.json"
    service = Service({"sendRequestXML": [add("30001", "SET-1")]})
    await connector(service, company).run_update()
    write_company(company, path)
    again = read_company(path, clock)

    await connector(service, again).run_update()

    first, second = (service.told("receiveResponseXML", turn)["response"] for turn in (0, 1))
    assert "InvoiceAddRs" in first
    assert second == first
    assert again.journal.writes() == []
    assert len(again.invoices) == len(company.invoices)


def test_nothing_half_written_is_left_behind(company, tmp_path):
    path = tmp_path / "saved.json"
    write_company(company, path)
    write_company(company, path)

    assert list(tmp_path.iterdir()) == [path]


def changed(company, old: str, new: str) -> str:
    text = json.dumps(save_state(company))
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"simulator.lists.Lists"', '"os.path.Lists"', "not a class of the simulator"),
        ('"simulator.lists.Lists"', '"simulator.lists.Decimal"', "not a class of the simulator"),
        ('"simulator.lists.Lists"', '"simulator.nowhere.Lists"', "simulator.nowhere"),
        ('"simulator.lists.Lists"', '"simulator.lists.Nothing"', "Nothing"),
        ('"file_mode"', '"file_moods"', "another version of the simulator saved"),
        ('"simulator.lists.ListKind"', '"simulator.lists.Lists"', "is not an enum"),
        ('"is": "timezone"', '"is": "zone"', '"zone" is not a kind of value'),
        ('"company": {', '"companies": {', "it has no 'company'"),
    ],
)
def test_a_state_of_another_make_is_refused_with_a_reason(
    company, clock, tmp_path, old, new, words
):
    path = tmp_path / "saved.json"
    path.write_text(changed(company, old, new), encoding="utf-8")

    with pytest.raises(InvalidCompany, match="does not fit together") as caught:
        read_company(path, clock)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "it is not a JSON object"),
        ('{"simulator_state": 1, "company": 3}', "it holds no company file"),
        ('{"name": "X", "customers": [{}]}', "it has no 'full_name'"),
        ('{"name": "X", "invoices": [{"customer": "Nobody"}]}', "Nobody"),
    ],
)
def test_a_file_that_is_no_company_says_why(clock, tmp_path, text, words):
    path = tmp_path / "company.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidCompany) as caught:
        read_company(path, clock)

    assert words in str(caught.value)


def test_the_demo_company_is_read_as_a_person_wrote_it(clock):
    assert read_company(DEMO_COMPANY, clock).invoice(INVOICE).ref_number == "21259"
