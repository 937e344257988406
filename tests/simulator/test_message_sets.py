"""The message sets QuickBooks keeps, row by row of the error-recovery table."""

import pytest

ADD = (
    "<InvoiceAddRq requestID='7'><InvoiceAdd><CustomerRef><FullName>Harriet Doyle</FullName>"
    "</CustomerRef><RefNumber>{}</RefNumber></InvoiceAdd></InvoiceAddRq>"
)
FIRST, OTHER = ADD.format("501"), ADD.format("502")


def made(company) -> int:
    """How many invoices were added."""
    return len(company.invoices) - 1


def test_without_ids_nothing_is_stored(company, ask):
    response = ask(FIRST)

    assert response.get("messageSetStatusCode") is None
    assert company.message_sets == {}


def test_a_repeated_set_is_answered_from_the_store_and_not_run_again(company, ask):
    first = ask(FIRST, newMessageSetID="A")

    again = ask(FIRST, newMessageSetID="A")

    assert made(company) == 1
    assert again.findtext(".//TxnID") == first.findtext(".//TxnID")
    assert (again.get("newMessageSetID"), again.get("messageSetStatusCode")) == ("A", "0")
    assert len(company.journal.requests_named("InvoiceAddRq")) == 1


def test_the_same_id_for_other_content_runs_nothing(company, ask):
    ask(FIRST, newMessageSetID="A")

    response = ask(OTHER, newMessageSetID="A")

    assert (response.get("messageSetStatusCode"), len(response)) == ("9001", 0)
    assert made(company) == 1


def test_a_status_check_returns_the_stored_answer_and_may_be_repeated(company, ask):
    first = ask(FIRST, newMessageSetID="A")

    for _ in range(2):
        checked = ask("", oldMessageSetID="A", newMessageSetID="A")
        assert checked.findtext(".//TxnID") == first.findtext(".//TxnID")
        assert checked[0].get("requestID") == "7"
        assert checked.get("messageSetStatusCode") == "0"
    assert made(company) == 1


def test_a_status_check_of_a_set_that_never_ran_says_so(company, ask):
    checked = ask("", oldMessageSetID="A", newMessageSetID="A")

    assert (checked.get("messageSetStatusCode"), len(checked)) == ("600", 0)
    assert company.message_sets == {}


def test_the_old_id_alone_deletes_the_answer(company, ask):
    ask(FIRST, newMessageSetID="A")

    cleared = ask("", oldMessageSetID="A")
    checked = ask("", oldMessageSetID="A", newMessageSetID="A")

    assert cleared.get("messageSetStatusCode") == "0"
    assert checked.get("messageSetStatusCode") == "600"


def test_the_next_set_acknowledges_the_one_before(company, ask):
    ask(FIRST, newMessageSetID="A")

    response = ask(OTHER, oldMessageSetID="A", newMessageSetID="B")

    assert response.get("messageSetStatusCode") == "0"
    assert made(company) == 2
    assert set(company.message_sets) == {("app", "B")}


def test_all_answers_of_an_application_can_be_cleared(company, ask):
    ask(FIRST, newMessageSetID="A")
    company.message_sets["another app", "A"] = (b"", "")

    ask("", oldMessageSetID="ClearAllMessageSets")

    assert set(company.message_sets) == {("another app", "A")}


@pytest.mark.parametrize(("message_set_id", "code"), [("x" * 23, "0"), ("x" * 24, "9004")])
def test_an_id_may_have_twenty_three_characters(company, ask, message_set_id, code):
    assert ask(FIRST, newMessageSetID=message_set_id).get("messageSetStatusCode") == code
    assert made(company) == (code == "0")
