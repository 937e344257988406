"""What QuickBooks' answers mean for the office."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answers import judge_hresult, judge_status
from domain.hresult_rows import HRESULT_ROWS, UNKNOWN_HRESULT_ROW
from domain.issues import AnswerClass
from domain.status_rows import (
    SEVERITY_ROWS,
    STATUS_RANGES,
    STATUS_ROWS,
    UNKNOWN_STATUS_ROWS,
)

MISSING = "  QuickBooks error message: Invalid argument.  The specified record does not exist in the list."
MODIFY = 'There was an error when modifying "21259".  QuickBooks error message: '
SAVE = (
    'There was an error when saving a Customer list, element "Smith".  QuickBooks error message: '
)
LOCK = "The internals could not be locked.  They are in use by another user."
MODIFIED = "This list has been modified by another user."
CLOSED = (
    "An attempt was made to modify a(n) Invoice with a date on or before the closing date of the"
    " company."
)

ALL_ROWS = [
    *(row for rows in STATUS_ROWS.values() for row in rows),
    *(row for _, rows in STATUS_RANGES for row in rows),
    *(row for rows in SEVERITY_ROWS.values() for row in rows),
    *UNKNOWN_STATUS_ROWS,
    *HRESULT_ROWS.values(),
    UNKNOWN_HRESULT_ROW,
]


def refer(kind, name):
    return f'There is an invalid reference to QuickBooks {kind} "{name}" in the Invoice.{MISSING}'


@pytest.mark.parametrize(
    ("code", "severity", "kind", "our_code"),
    [
        (0, "Info", AnswerClass.APPLIED, "APPLIED"),
        (0, "Warn", AnswerClass.APPLIED, "APPLIED"),
        (1, "Info", AnswerClass.NOT_FOUND, "NO_MATCH"),
        (100, "Info", AnswerClass.APPLIED, "APPLIED"),
        (500, "Warn", AnswerClass.NOT_FOUND, "INVOICE_NOT_IN_QUICKBOOKS"),
        (501, "Warn", AnswerClass.WARNING, "DONE_WITH_WARNING"),
        (530, "Warn", AnswerClass.WARNING, "FIELD_NOT_SUPPORTED"),
        (570, "Warn", AnswerClass.WARNING, "LINK_NOT_MADE"),
        (599, "", AnswerClass.WARNING, "DONE_WITH_WARNING"),
        (1000, "Error", AnswerClass.TRANSIENT, "QUICKBOOKS_INTERNAL_ERROR"),
        (1010, "Error", AnswerClass.TRANSIENT, "QUICKBOOKS_NOT_READY"),
        (1020, "Error", AnswerClass.TRANSIENT, "QUICKBOOKS_NOT_READY"),
        (1030, "Error", AnswerClass.DEFECT, "REQUEST_NOT_SUPPORTED"),
        (1060, "Error", AnswerClass.DEFECT, "REQUEST_ID_TOO_LONG"),
        (2010, "Error", AnswerClass.PERSON, "NOT_SUPPORTED"),
        (3010, "Error", AnswerClass.DEFECT, "VALUE_FORMAT_INVALID"),
        (3045, "Error", AnswerClass.DEFECT, "VALUE_FORMAT_INVALID"),
        (3065, "Error", AnswerClass.DEFECT, "VALUE_FORMAT_INVALID"),
        (3110, "Error", AnswerClass.DEFECT, "VALUE_FORMAT_INVALID"),
        (3150, "Error", AnswerClass.DEFECT, "ELEMENT_INVALID"),
        (3154, "Error", AnswerClass.DEFECT, "ELEMENT_INVALID"),
        (3171, "Error", AnswerClass.PERSON, "BOOKS_CLOSED"),
        (3175, "Error", AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3176, "Error", AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3177, "Error", AnswerClass.DEFECT, "LINKED_TWICE"),
        (3200, "Error", AnswerClass.OUTDATED, "EDIT_SEQUENCE_OUTDATED"),
        (3230, "Error", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_STATUS"),
        (3231, "Error", AnswerClass.UNPROCESSED, "NOT_PROCESSED"),
        (3250, "Error", AnswerClass.PERSON, "FEATURE_OFF"),
        (3260, "Error", AnswerClass.PERSON, "NOT_PERMITTED"),
        (3270, "Error", AnswerClass.PERSON, "POSTING_ACCOUNT_MISSING"),
        (3290, "Error", AnswerClass.OUTDATED, "LINE_ORDER_OUTDATED"),
    ],
)
def test_a_code_is_judged_by_itself_where_it_says_enough(code, severity, kind, our_code):
    verdict = judge_status(code, severity, "")

    assert (verdict.kind, verdict.code) == (kind, our_code)


@pytest.mark.parametrize(
    ("code", "message", "kind", "our_code"),
    [
        (3170, MODIFY + LOCK, AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3170, MODIFY + MODIFIED, AnswerClass.TRANSIENT, "LIST_CHANGED"),
        (3170, MODIFY + CLOSED, AnswerClass.PERSON, "BOOKS_CLOSED"),
        (3170, MODIFY + "Cannot merge list elements.", AnswerClass.PERSON, "NAME_IN_USE"),
        (3170, MODIFY + "Something else.", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3175, f'Could not change "21259".  {LOCK}', AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3175, MODIFY + "It is already in use.", AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3175, MODIFY + CLOSED, AnswerClass.PERSON, "BOOKS_CLOSED"),
        (3175, MODIFY + "Something else.", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3176, MODIFY + LOCK, AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3176, MODIFY + "Something else.", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3180, SAVE + MODIFIED, AnswerClass.TRANSIENT, "LIST_CHANGED"),
        (3180, SAVE + LOCK, AnswerClass.TRANSIENT, "RECORD_LOCKED"),
        (3180, SAVE + "The credit limit has been exceeded.", AnswerClass.PERSON,
         "CREDIT_LIMIT_EXCEEDED"),
        (3180, SAVE + "The name is already in use.", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3180, "", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3210, "You cannot pay more than the amount due.", AnswerClass.PERSON,
         "PAYMENT_EXCEEDS_DUE"),
        (3210, 'The "Rate" field has an invalid value "x".', AnswerClass.PERSON, "VALUE_REFUSED"),
        (3220, "The transaction number is in use.", AnswerClass.PERSON, "INVOICE_NUMBER_IN_USE"),
        (3220, "Not authorized.", AnswerClass.PERSON, "NOT_PERMITTED"),
        (3230, "The status was rolled back.", AnswerClass.UNPROCESSED, "NOT_PROCESSED"),
    ],
)  # fmt: skip
def test_quickbooks_inner_text_decides_where_the_code_says_too_little(
    code, message, kind, our_code
):
    verdict = judge_status(code, "Error", message)

    assert (verdict.kind, verdict.code) == (kind, our_code)


def test_blanks_and_letter_case_of_quickbooks_text_do_not_matter():
    """QuickBooks parts its sentences by two blanks and may break a line anywhere."""
    message = MODIFY + "THIS LIST has been\n modified   by another user."

    assert judge_status(3180, "Error", message).kind is AnswerClass.TRANSIENT


@pytest.mark.parametrize(
    ("message", "our_code"),
    [
        (refer("Customer", "Smith"), "CUSTOMER_MISSING"),
        (refer("Item", "FILTER"), "ITEM_MISSING"),
        (refer("Class", "HVAC"), "CLASS_MISSING"),
        (refer("ItemSalesTax", "FW"), "TAX_ITEM_MISSING"),
        (refer("Sales Tax Code", "Tax"), "TAX_ITEM_MISSING"),
        (refer("SalesTaxCode", "Tax"), "TAX_ITEM_MISSING"),
        (refer("Inventory Site", "Truck 7"), "SITE_MISSING"),
        (refer("InventorySite", "Truck 7"), "SITE_MISSING"),
        (refer("Terms", "Net 30"), "REFERENCE_MISSING"),
        (refer("Sales Rep", "AN"), "REFERENCE_MISSING"),
        (refer("Customer Message", "Thanks"), "REFERENCE_MISSING"),
        (refer("Customer", "Class Act Item Shop"), "CUSTOMER_MISSING"),
    ],
)
def test_a_missing_entry_is_a_person_s_matter_told_by_its_kind_and_name(message, our_code):
    verdict = judge_status(3140, "Error", message)

    assert (verdict.kind, verdict.code) == (AnswerClass.PERSON, our_code)
    assert f"“{message.split(chr(34))[1]}”" in verdict.reason


@pytest.mark.parametrize(
    ("place", "our_code"),
    [
        ("Customers list", "CUSTOMER_MISSING"),
        ("Items list", "ITEM_MISSING"),
        ("Classes list", "CLASS_MISSING"),
        ("Jobs list", "PARENT_MISSING"),
    ],
)
def test_a_missing_parent_is_told_by_the_list_it_belongs_to(place, our_code):
    message = f'There is an invalid reference to a parent "Smith" in the {place}.{MISSING}'

    verdict = judge_status(3130, "Error", message)

    assert (verdict.kind, verdict.code) == (AnswerClass.PERSON, our_code)
    assert "“Smith”" in verdict.reason


@pytest.mark.parametrize(
    ("code", "message", "name"),
    [
        (3120, 'Object "1A2B-1" specified in the request cannot be found.', "1A2B-1"),
        (3070, 'The string "123456789012" in the field "RefNumber" is too long.', "RefNumber"),
        (3090, 'There was an error when storing "a:b" in the "Name" field.', "Name"),
        (3100, 'The name "Smith" of the list element is already in use.', "Smith"),
        (3000, 'The given object ID "80-1" in the field "ListID" is invalid.', "80-1"),
        (500, 'There was a required element ("1A2B-1") that could not be found.', "1A2B-1"),
        (3140, refer("Customer", 'Joe "Bud"Smith'), 'Joe "Bud"Smith'),
    ],
)
def test_the_reason_names_what_quickbooks_quotes(code, message, name):
    assert f"“{name}”" in judge_status(code, "Error", message).reason


def test_a_reason_reads_well_when_quickbooks_quotes_nothing():
    reason = judge_status(3140, "Error", "There is an invalid reference to something.").reason

    assert reason == (
        "The invoice names an entry that QuickBooks does not have or has made inactive."
    )


def test_a_refusal_repeats_quickbooks_own_words_after_its_marker():
    verdict = judge_status(3180, "Error", SAVE + "The  transaction\nis empty.")

    assert verdict.reason.endswith("It says: The transaction is empty.")


def test_a_refusal_without_words_says_so():
    assert judge_status(3180, "Error", "  ").reason.endswith("no reason was given.")


def test_braces_in_quickbooks_text_do_no_harm():
    message = 'There was an error: "{name}".  QuickBooks error message: {0} {says}'

    assert "{0} {says}" in judge_status(3180, "Error", message).reason


@pytest.mark.parametrize(
    ("severity", "kind"),
    [
        ("Error", AnswerClass.UNKNOWN_OUTCOME),
        ("", AnswerClass.UNKNOWN_OUTCOME),
        ("Warn", AnswerClass.WARNING),
        ("INFO", AnswerClass.APPLIED),
    ],
)
def test_an_unknown_code_is_judged_by_its_severity(severity, kind):
    """As an error it leaves open whether a write was saved."""
    verdict = judge_status(7777, severity, "Quite new.")

    assert verdict.kind is kind
    assert verdict.quickbooks_message == "Quite new."


def test_an_unknown_error_is_told_with_its_code_and_words():
    reason = judge_status(7777, "Error", "Quite new.").reason

    assert "7777" in reason
    assert reason.endswith("It says: Quite new.")


@pytest.mark.parametrize(
    ("hresult", "kind", "our_code"),
    [
        ("0x80040400", AnswerClass.DEFECT, "PARSE_ERROR"),
        ("0x80040423", AnswerClass.DEFECT, "QBXML_VERSION_NOT_SUPPORTED"),
        ("0x80040401", AnswerClass.CONNECTION, "QUICKBOOKS_NOT_REACHED"),
        ("0x80040408", AnswerClass.CONNECTION, "QUICKBOOKS_NOT_STARTED"),
        ("0x8004040A", AnswerClass.CONNECTION, "WRONG_COMPANY_FILE"),
        ("0x80040410", AnswerClass.CONNECTION, "FILE_MODE"),
        ("0x80040414", AnswerClass.CONNECTION, "DIALOG_OPEN"),
        ("0x80040416", AnswerClass.CONNECTION, "NO_COMPANY_FILE_OPEN"),
        ("0x80040418", AnswerClass.CONNECTION, "ACCESS_NOT_GRANTED"),
        ("0x8004041A", AnswerClass.CONNECTION, "ACCESS_NOT_GRANTED"),
        ("0x8004041D", AnswerClass.CONNECTION, "AUTOMATIC_LOGIN_NOT_ALLOWED"),
        ("0x80040420", AnswerClass.CONNECTION, "ACCESS_NOT_GRANTED"),
        ("0x80040422", AnswerClass.CONNECTION, "FILE_MODE"),
        ("0x8004041C", AnswerClass.UNKNOWN_OUTCOME, "SESSION_BROKEN"),
        ("0x80040402", AnswerClass.UNKNOWN_OUTCOME, "QUICKBOOKS_UNEXPECTED_ERROR"),
        ("0x8004040D", AnswerClass.UNKNOWN_OUTCOME, "SESSION_LOST"),
        ("0x800401F0", AnswerClass.UNKNOWN_OUTCOME, "QUICKBOOKS_STOPPED"),
        ("0x80010105", AnswerClass.UNKNOWN_OUTCOME, "QUICKBOOKS_STOPPED"),
        ("0x800706BA", AnswerClass.UNKNOWN_OUTCOME, "QUICKBOOKS_STOPPED"),
        ("0x800706BE", AnswerClass.UNKNOWN_OUTCOME, "QUICKBOOKS_STOPPED"),
        ("0x80040421", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_HRESULT"),
        ("", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_HRESULT"),
    ],
)
def test_an_hresult_is_judged_in_any_letter_case(hresult, kind, our_code):
    for spelling in (hresult, hresult.lower(), hresult.upper(), f" {hresult} "):
        verdict = judge_hresult(spelling, "text")

        assert (verdict.kind, verdict.code) == (kind, our_code)


def test_an_unknown_hresult_is_told_with_its_code_and_words():
    verdict = judge_hresult("0x8BADF00D", "Quite  new.")

    assert "0x8BADF00D" in verdict.reason
    assert "It says: Quite new." in verdict.reason


@given(st.integers(0, 9999), st.sampled_from(["Info", "Warn", "Error", ""]), st.text())
def test_every_status_gets_a_verdict_with_quickbooks_code_and_words_verbatim(
    code, severity, message
):
    verdict = judge_status(code, severity, message)

    assert (verdict.quickbooks_code, verdict.quickbooks_message) == (code, message)
    assert verdict.reason


@given(st.sampled_from(sorted(HRESULT_ROWS)) | st.text(), st.text())
def test_every_hresult_gets_a_verdict_with_quickbooks_words_verbatim(hresult, message):
    verdict = judge_hresult(hresult, message)

    assert (verdict.quickbooks_code, verdict.quickbooks_message) == (None, message)


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.code)
def test_every_row_keeps_the_form_of_the_catalogue(row):
    """Codes are stable names, reasons are sentences, words can match, people are told what to do."""
    assert set(row.code) <= set(string.ascii_uppercase + "_")
    assert row.reason.endswith((".", "{says}", "{name}."))
    assert all(word == " ".join(word.split()).casefold() for word in row.words)
    assert all(step.text.endswith(".") for step in row.steps)
    if row.kind in {AnswerClass.PERSON, AnswerClass.CONNECTION, AnswerClass.DEFECT}:
        assert row.steps


def test_only_what_certainly_did_not_run_is_called_so():
    """A job that goes again without a look at QuickBooks' copy must not have been saved."""
    unprocessed = {row.code for row in ALL_ROWS if row.kind is AnswerClass.UNPROCESSED}

    assert unprocessed == {"NOT_PROCESSED"}
