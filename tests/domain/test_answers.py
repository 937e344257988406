"""What QuickBooks' answers mean for the office."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answer_rows import Evidence
from domain.answers import judge_hresult, judge_opening, judge_status
from domain.connector_rows import CONNECTOR_ROWS, SILENCE_ROWS
from domain.hresult_rows import HRESULT_ROWS, UNKNOWN_HRESULT_ROW
from domain.issues import AnswerClass, ObjectKind, QuickBooksObject, Reach, Retry, StepActor
from domain.status_rows import (
    OK_WITH_WARNING,
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

FEATURE = "This feature is not enabled or not available in this version of QuickBooks."

STATUS_ONLY = [
    OK_WITH_WARNING,
    *(row for rows in STATUS_ROWS.values() for row in rows),
    *(row for _, rows in STATUS_RANGES for row in rows),
    *(row for rows in SEVERITY_ROWS.values() for row in rows),
    *UNKNOWN_STATUS_ROWS,
]
CONNECTION_ONLY = [
    *HRESULT_ROWS.values(),
    UNKNOWN_HRESULT_ROW,
    *CONNECTOR_ROWS.values(),
    *SILENCE_ROWS.values(),
]
ALL_ROWS = [*STATUS_ONLY, *CONNECTION_ONLY]

#: What may happen by itself after an answer of a class.
RETRIES = {
    AnswerClass.APPLIED: {Retry.NOT_NEEDED},
    AnswerClass.WARNING: {Retry.NOT_NEEDED},
    AnswerClass.NOT_FOUND: {Retry.NOT_NEEDED, Retry.ON_RESYNC},
    AnswerClass.TRANSIENT: {Retry.BACK_OFF, Retry.TWICE},
    AnswerClass.OUTDATED: {Retry.READ_FIRST},
    AnswerClass.UNPROCESSED: {Retry.WITH_ROOT},
    AnswerClass.PERSON: {Retry.ON_RESYNC, Retry.ON_EXPORT},
    AnswerClass.CONNECTION: {Retry.EACH_SESSION},
    AnswerClass.DEFECT: {Retry.ON_RESYNC, Retry.SPLIT},
    AnswerClass.UNKNOWN_OUTCOME: {Retry.ASK_FIRST},
}
#: The codes that the sources list one by one.
LISTED = [
    0, 1, 500, 501, 510, 530, 531, 550, 560, 570, 600, 1000, 1010, 1020, 1030, 1060,
    3000, 3005, 3010, 3020, 3030, 3031, 3035, 3040, 3045, 3050, 3060, 3065, 3070, 3080, 3085, 3090,
    3100, 3110, 3120, 3130, 3140, 3150, 3151, 3152, 3153, 3154, 3160, 3161, 3162, 3170, 3171, 3172,
    3173, 3175, 3176, 3177, 3180, 3185, 3190, 3200, 3205, 3210, 3220, 3230, 3231, 3240, 3250, 3251,
    3252, 3253, 3260, 3261, 3262, 3263, 3270, 3280, 3290, 3300, 3310, 3391,
    9001, 9002, 9003, 9004, 9005,
]  # fmt: skip
LISTED_HRESULTS = [
    *(f"0x800404{last:02x}" for last in (
        *range(0x10), 0x10, 0x11, 0x12, 0x14, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F,
        0x20, 0x21, 0x22, 0x23, 0x24, 0x27, 0x2A, 0x2C,
    )),
    "0x800401f0", "0x80010105", "0x800706ba", "0x800706be",
]  # fmt: skip
LISTED_BY_CONNECTOR = [
    f"QBWC{number}"
    for number in (1000, 1001, 1002, 1003, 1004, 1005, 1006, 1010, 1012, 1013, 1014, 1026, 1039,
                   1041, 1042, 1043, 1044, 1045, 1048)
]  # fmt: skip


def refer(kind, name):
    return f'There is an invalid reference to QuickBooks {kind} "{name}" in the Invoice.{MISSING}'


@pytest.mark.parametrize(
    ("code", "severity", "kind", "our_code"),
    [
        (0, "Info", AnswerClass.APPLIED, "APPLIED"),
        (0, "Warn", AnswerClass.WARNING, "DONE_WITH_WARNING"),
        (1, "Info", AnswerClass.NOT_FOUND, "NO_MATCH"),
        (100, "Info", AnswerClass.APPLIED, "APPLIED"),
        (500, "Warn", AnswerClass.NOT_FOUND, "INVOICE_NOT_IN_QUICKBOOKS"),
        (501, "Warn", AnswerClass.WARNING, "DONE_WITH_WARNING"),
        (530, "Warn", AnswerClass.WARNING, "FIELD_NOT_SUPPORTED"),
        (570, "Warn", AnswerClass.WARNING, "LINK_NOT_MADE"),
        (599, "", AnswerClass.WARNING, "DONE_WITH_WARNING"),
        (0, "Error", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_STATUS"),
        (100, "Error", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_STATUS"),
        (530, "error", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_STATUS"),
        (570, "Error", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_STATUS"),
        (600, "", AnswerClass.UNKNOWN_OUTCOME, "MESSAGE_SET_STATUS"),
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
        (9001, "", AnswerClass.UNKNOWN_OUTCOME, "MESSAGE_SET_STATUS"),
        (9002, "Info", AnswerClass.UNKNOWN_OUTCOME, "MESSAGE_SET_STATUS"),
        (9100, "Error", AnswerClass.DEFECT, "MACRO_INVALID"),
        (9199, "Error", AnswerClass.DEFECT, "MACRO_INVALID"),
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
        (3220, "Something else.", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3230, "The status was rolled back.", AnswerClass.UNPROCESSED, "NOT_PROCESSED"),
        (3240, "Time creation mismatch.", AnswerClass.PERSON, "CREATION_TIME_MISMATCH"),
        (3240, "Something else.", AnswerClass.PERSON, "QUICKBOOKS_REFUSED"),
        (3251, "Switch to single-user mode.", AnswerClass.PERSON, "FILE_MODE_NOT_ALLOWED"),
        (3251, "Something else.", AnswerClass.PERSON, "FILE_MODE_NOT_ALLOWED"),
        (3253, "It is on or before the dividing date.", AnswerClass.PERSON, "DIVIDING_DATE"),
        (3263, "Read-Only access.", AnswerClass.PERSON, "FILE_IS_READ_ONLY"),
        (3263, "Payroll access denied.", AnswerClass.PERSON, "NOT_PERMITTED"),
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
    assert "may or may not have saved" in reason
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
        ("0x80040421", AnswerClass.UNKNOWN_OUTCOME, "QUICKBOOKS_BROKE_OFF"),
        ("0x80040499", AnswerClass.UNKNOWN_OUTCOME, "UNKNOWN_HRESULT"),
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


@pytest.mark.parametrize("hresult", [*LISTED_HRESULTS, "0x8BADF00D"])
def test_a_failure_to_open_quickbooks_is_the_connection_s_and_leaves_nothing_unsure(hresult):
    """Nothing had been sent, so no invoice is blamed and no write is in doubt."""
    verdict = judge_opening(hresult, "Text.")

    assert (verdict.kind, verdict.retry, verdict.reach) == (
        AnswerClass.CONNECTION,
        Retry.EACH_SESSION,
        Reach.CONNECTION,
    )
    assert "may or may not" not in verdict.reason
    assert verdict.steps


@pytest.mark.parametrize(
    ("code", "message", "named"),
    [
        (3000, 'The given object ID "1A-1" in the field "TxnID" is invalid.',
         QuickBooksObject(ObjectKind.INVOICE, "1A-1")),
        (3000, 'The given object ID "80-1" in the field "ListID" is invalid.',
         QuickBooksObject(ObjectKind.BY_ID, "80-1")),
        (3120, f'Object "1A2B-1" specified in the request cannot be found.{MISSING}',
         QuickBooksObject(ObjectKind.BY_ID, "1A2B-1")),
        (3130, f'There is an invalid reference to a parent "Smith" in the Customers list.{MISSING}',
         QuickBooksObject(ObjectKind.CUSTOMER, "Smith")),
        (3140, refer("Customer", "Smith"), QuickBooksObject(ObjectKind.CUSTOMER, "Smith")),
        (3140, refer("Item", "Pump"), QuickBooksObject(ObjectKind.ITEM, "Pump")),
        (3140, refer("ItemSalesTax", "FW"), QuickBooksObject(ObjectKind.SALES_TAX_ITEM, "FW")),
        (3140, refer("Sales Tax Code", "Tax"), QuickBooksObject(ObjectKind.SALES_TAX_CODE, "Tax")),
        (3140, refer("Terms", "Net 30"), QuickBooksObject(ObjectKind.TERMS, "Net 30")),
        (3140, refer("Customer Message", "Hi"), QuickBooksObject(ObjectKind.ENTRY, "Hi")),
        (3270, 'The item "Pump" has no account.', QuickBooksObject(ObjectKind.ITEM, "Pump")),
        (3280, 'The item "Pump" is of a wrong type.', QuickBooksObject(ObjectKind.ITEM, "Pump")),
    ],
)  # fmt: skip
def test_a_trouble_that_stops_other_invoices_names_its_object(code, message, named):
    verdict = judge_status(code, "Error", message)

    assert verdict.object == named
    assert verdict.reach is Reach.OBJECT
    assert f"“{named.name}”" in verdict.reason


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (3140, "There is an invalid reference to something.", ObjectKind.ENTRY),
        (3250, FEATURE, ObjectKind.FEATURE),
        (3270, "There is a missing posting account.", ObjectKind.ITEM),
    ],
)
def test_what_quickbooks_does_not_name_stops_nobody_else(code, message, kind):
    verdict = judge_status(code, "Error", message)

    assert verdict.object == QuickBooksObject(kind, None)
    assert verdict.reach is Reach.INVOICE


def test_a_named_thing_does_not_make_a_closed_period_the_thing_s_trouble():
    verdict = judge_status(3171, "Error", MODIFY + CLOSED)

    assert (verdict.object, verdict.reach) == (None, Reach.INVOICE)


def test_the_steps_name_the_object_too():
    steps = judge_status(3140, "Error", refer("Item", "Pump")).steps

    assert steps[0].actor is StepActor.BOOKKEEPER
    assert "the item “Pump” active in QuickBooks" in steps[0].text


def test_missing_permission_concerns_the_whole_connection():
    verdict = judge_status(3260, "Error", "Insufficient permission level to perform this action.")

    assert verdict.reach is Reach.CONNECTION


@pytest.mark.parametrize(
    ("verdict", "retry"),
    [
        (judge_status(3175, "Error", MODIFY + LOCK), Retry.BACK_OFF),
        (judge_status(1000, "Error", ""), Retry.TWICE),
        (judge_status(3200, "Error", ""), Retry.READ_FIRST),
        (judge_status(3231, "Error", ""), Retry.WITH_ROOT),
        (judge_status(7777, "Error", ""), Retry.ASK_FIRST),
        (judge_status(3140, "Error", ""), Retry.ON_RESYNC),
        (judge_hresult("0x80040400", ""), Retry.SPLIT),
        (judge_hresult("0x80040423", ""), Retry.ON_RESYNC),
        (judge_hresult("0x80040414", ""), Retry.EACH_SESSION),
        (judge_hresult("0x8004041C", ""), Retry.ASK_FIRST),
    ],
)
def test_a_verdict_says_what_happens_by_itself(verdict, retry):
    assert verdict.retry is retry


def test_every_listed_number_has_rows_of_its_own():
    assert set(STATUS_ROWS) == set(LISTED)
    assert set(HRESULT_ROWS) == set(LISTED_HRESULTS)
    assert list(CONNECTOR_ROWS) == LISTED_BY_CONNECTOR


@pytest.mark.parametrize("code", [570, 3220, 3230, 3240, 3263])
def test_a_code_that_sources_read_differently_is_marked_and_shows_quickbooks_own_text(code):
    verdict = judge_status(code, "Error", "Quite  new.")

    assert all(row.evidence is Evidence.UNCONFIRMED for row in STATUS_ROWS[code])
    assert verdict.reason.endswith("Quite new.")


def test_an_unconfirmed_reading_stops_no_other_invoice():
    unconfirmed = [row for row in STATUS_ONLY if row.evidence is Evidence.UNCONFIRMED]

    assert {row.reach for row in unconfirmed} == {Reach.INVOICE}


def test_only_a_set_that_could_not_be_read_is_split():
    assert [code for code, row in HRESULT_ROWS.items() if row.retry is Retry.SPLIT] == [
        "0x80040400"
    ]


def test_only_errors_instead_of_answers_tell_whether_to_open_quickbooks_again():
    assert not any(row.may_reopen for row in STATUS_ONLY)
    assert HRESULT_ROWS["0x80040408"].may_reopen
    assert not HRESULT_ROWS["0x80040414"].may_reopen


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.code)
def test_every_row_keeps_the_form_of_the_catalogue(row):
    """Codes are stable names, reasons are sentences, words can match, people are told what to do."""
    assert set(row.code) <= set(string.ascii_uppercase + "_")
    assert row.reason.endswith((".", "{says}", "{unsure}"))
    assert all(word == " ".join(word.split()).casefold() for word in row.words)
    assert all(step.text.endswith(".") for step in row.steps)
    assert row.says
    assert row.retry in RETRIES[row.kind]
    if row.kind in {AnswerClass.PERSON, AnswerClass.CONNECTION, AnswerClass.DEFECT,
                    AnswerClass.TRANSIENT}:  # fmt: skip
        assert row.steps


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.code)
def test_a_row_that_stops_other_invoices_says_what_it_is_about(row):
    assert (row.reach is not Reach.OBJECT) or row.about is not None


def test_a_trouble_of_quickbooks_or_the_line_concerns_the_connection():
    """All but a set that could not be read: there the requests are at fault."""
    narrower = [row.code for row in CONNECTION_ONLY if row.reach is not Reach.CONNECTION]

    assert narrower == ["PARSE_ERROR"]


def test_only_what_certainly_did_not_run_is_called_so():
    """A job that goes again without a look at QuickBooks' copy must not have been saved."""
    unprocessed = {row.code for row in ALL_ROWS if row.kind is AnswerClass.UNPROCESSED}

    assert unprocessed == {"NOT_PROCESSED"}
