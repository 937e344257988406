"""The message sets QuickBooks keeps, row by row of the error-recovery table."""

import pytest

from simulator.habits import Recovered, StoreFailure
from simulator.message_sets import lose_answers

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


def test_every_write_says_which_object_it_made(company, ask):
    """ErrorRecovery, since qbXML 11.0 (qbwc.md 3.2): its ids are those of the Ret beside it."""
    response = ask(FIRST, newMessageSetID="A")[0]

    (txn_id,) = set(company.invoices) - {"1A2B-1"}
    assert [child.tag for child in response] == ["InvoiceRet", "ErrorRecovery"]
    assert response.findtext("ErrorRecovery/TxnID") == txn_id
    assert response.findtext("ErrorRecovery/TxnNumber") == response.findtext("InvoiceRet/TxnNumber")
    assert response.findtext("ErrorRecovery/EditSequence") == (
        company.invoice(txn_id).edit_sequence
    )


def test_queries_and_refusals_have_nothing_to_recover(ask):
    query, refused = ask("<HostQueryRq/>" + ADD.format("x" * 12))

    assert query.find("ErrorRecovery") is None
    assert (refused.get("statusCode"), len(refused)) == ("3070", 0)


def test_a_recovered_answer_may_hold_only_the_ids(company, ask):
    ask(FIRST, newMessageSetID="A")
    company.habits.recovered = Recovered.ERROR_RECOVERY_ONLY

    checked = ask("", oldMessageSetID="A", newMessageSetID="A")

    assert checked[0].get("requestID") == "7"
    assert [child.tag for child in checked[0]] == ["ErrorRecovery"]
    assert checked[0].findtext("ErrorRecovery/TxnID") in company.invoices


def test_an_answer_that_quickbooks_no_longer_has_is_9002_and_nothing_runs(company, ask):
    ask(FIRST, newMessageSetID="A")
    lose_answers(company)

    repeated = ask(FIRST, newMessageSetID="A")
    checked = ask("", oldMessageSetID="A", newMessageSetID="A")

    assert [each.get("messageSetStatusCode") for each in (repeated, checked)] == ["9002", "9002"]
    assert made(company) == 1


@pytest.mark.parametrize(
    ("failure", "count"), [(StoreFailure.NOTHING_RUNS, 0), (StoreFailure.RUNS, 1)]
)
def test_a_set_that_cannot_be_stored_is_9005_and_can_never_be_asked_for(
    company, ask, failure, count
):
    company.habits.store_failure = failure

    assert ask(FIRST, newMessageSetID="A").get("messageSetStatusCode") == "9005"

    assert made(company) == count
    assert company.message_sets == {}


def test_quickbooks_may_keep_only_the_latest_sets(company, ask):
    company.habits.kept_message_sets = 1
    ask(FIRST, newMessageSetID="A")
    ask(OTHER, newMessageSetID="B")

    checked = ask("", oldMessageSetID="A", newMessageSetID="A")

    assert checked.get("messageSetStatusCode") == "600"
    assert set(company.message_sets) == {("app", "B")}


def test_an_unknown_old_id_does_not_keep_the_new_requests_from_running(company, ask):
    response = ask(FIRST, oldMessageSetID="never", newMessageSetID="A")

    assert response.get("messageSetStatusCode") == "600"
    assert made(company) == 1


def test_the_status_check_tells_of_every_request_of_a_set_that_stopped(ask):
    """The refusal and what it kept from running are stored like the successes."""
    ask(FIRST + ADD.format("x" * 12) + OTHER, on_error="stopOnError", newMessageSetID="A")

    checked = ask("", oldMessageSetID="A", newMessageSetID="A")

    assert [each.get("statusCode") for each in checked] == ["0", "3070", "3231"]
