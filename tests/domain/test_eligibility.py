"""May this invoice be edited and synced?"""

from dataclasses import replace

import pytest

from domain.access import Permission
from domain.connections import ConnectionKind
from domain.eligibility import (
    MESSAGES,
    Circumstances,
    EditAlternative,
    EligibilityCode,
    NotEligible,
    choose_connection,
    judge_eligibility,
    require_edit,
)
from domain.errors import ConnectionNeeded, NotFound
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import BatchStatus
from tests.builders import (
    a_batch,
    a_connection,
    a_link,
    a_period,
    a_principal,
    an_account,
    an_id,
    an_invoice,
)

SECOND = a_connection(id=an_id(0xC2), name="C-2")


def facts(**changes):
    return replace(
        Circumstances(
            principal=a_principal(),
            account=an_account(),
            batch=a_batch(),
            link=a_link(),
            connections=(a_connection(),),
            periods=(),
        ),
        **changes,
    )


def judge(invoice=None, **changes):
    return judge_eligibility(invoice or an_invoice(), facts(**changes))


PERIODS = {
    "account": an_account(accounting_periods_enabled=True),
    "periods": (a_period(is_closed=True),),
}


def test_an_exported_invoice_may_be_edited_and_synced():
    eligibility = judge()

    assert eligibility.reasons == ()
    assert eligibility.connections == (a_connection(),)
    assert (eligibility.can_edit, eligibility.can_sync) == (True, True)
    assert eligibility.alternative is None


@pytest.mark.parametrize(
    ("invoice", "changes", "reason", "can_edit", "can_sync", "alternative"),
    [
        (an_invoice(export_status=ExportStatus.POSTED, export_origin=None), {},
         EligibilityCode.NOT_EXPORTED, True, False, None),
        (an_invoice(is_application_for_payment=True), {},
         EligibilityCode.APPLICATION_FOR_PAYMENT, False, False,
         EditAlternative.ADJUSTMENT_INVOICE),
        (an_invoice(export_origin=ExportOrigin.IMPORTED), {},
         EligibilityCode.IMPORTED, False, False, EditAlternative.UNLOCK),
        (an_invoice(export_origin=ExportOrigin.BYPASSED),
         {"batch": a_batch(status=BatchStatus.BYPASSED)},
         EligibilityCode.BYPASSED_BATCH_LOCKED, False, False, EditAlternative.UNLOCK),
        (an_invoice(export_origin=ExportOrigin.BYPASSED), {},
         EligibilityCode.BYPASSED_BATCH_LOCKED, False, False, EditAlternative.UNLOCK),
        (None, {"account": an_account(edit_exported_enabled=False)},
         EligibilityCode.FEATURE_OFF, False, False, EditAlternative.ASK_ADMINISTRATOR),
        (None, {"principal": a_principal(Permission.EXPORT_INVOICES)},
         EligibilityCode.PERMISSION_MISSING, False, False, EditAlternative.ASK_ADMINISTRATOR),
        (None, PERIODS, EligibilityCode.PERIOD_CLOSED, True, True, None),
        (None, {"connections": (a_connection(is_disabled=True),)},
         EligibilityCode.NO_CONNECTION, True, False, EditAlternative.ADJUSTMENT_INVOICE),
        (None, {"link": None},
         EligibilityCode.NO_QUICKBOOKS_LINK, True, False, EditAlternative.ADJUSTMENT_INVOICE),
    ],
)  # fmt: skip
def test_each_reason_tells_what_is_still_open(
    invoice, changes, reason, can_edit, can_sync, alternative
):
    eligibility = judge(invoice, **changes)

    assert eligibility.reasons == (reason,)
    assert (eligibility.can_edit, eligibility.can_sync) == (can_edit, can_sync)
    assert eligibility.alternative is alternative


def test_an_invoice_exported_by_a_connection_of_the_old_kind_is_refused():
    legacy = a_connection(kind=ConnectionKind.LEGACY)

    assert judge(connections=(legacy, SECOND)).reasons == (EligibilityCode.LEGACY_CONNECTION,)


def test_every_reason_is_told_at_once():
    invoice = an_invoice(
        export_status=ExportStatus.POSTED,
        export_origin=ExportOrigin.IMPORTED,
        is_application_for_payment=True,
    )

    eligibility = judge(
        invoice,
        principal=a_principal(Permission.EXPORT_INVOICES),
        account=an_account(edit_exported_enabled=False, accounting_periods_enabled=True),
        batch=a_batch(status=BatchStatus.BYPASSED),
        periods=(a_period(is_closed=True),),
    )

    assert set(eligibility.reasons) == {
        EligibilityCode.NOT_EXPORTED,
        EligibilityCode.APPLICATION_FOR_PAYMENT,
        EligibilityCode.IMPORTED,
        EligibilityCode.BYPASSED_BATCH_LOCKED,
        EligibilityCode.FEATURE_OFF,
        EligibilityCode.PERMISSION_MISSING,
        EligibilityCode.PERIOD_CLOSED,
    }


def test_what_was_exported_before_its_batch_was_bypassed_stays_editable():
    """It is in QuickBooks; only the rest of the batch was never sent."""
    assert judge(batch=a_batch(status=BatchStatus.BYPASSED)).reasons == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"periods": (a_period(is_closed=True),)},
        {**PERIODS, "periods": (a_period(is_closed=False),)},
        {**PERIODS, "periods": ()},
        {"batch": None},
    ],
)
def test_an_open_period_and_a_missing_batch_stand_in_nobody_s_way(changes):
    assert judge(**changes).reasons == ()


@pytest.mark.parametrize(
    "connection",
    [
        a_connection(company_file_id=an_id(0xCF2)),
        a_connection(id=an_id(0xC9), kind=ConnectionKind.LEGACY),
        a_connection(is_disabled=True),
    ],
)
def test_only_enabled_new_connections_to_the_invoice_s_company_file_can_carry_it(connection):
    eligibility = judge(connections=(connection, SECOND))

    assert eligibility.connections == (SECOND,)


def test_a_refusal_tells_every_reason_in_the_office_s_words():
    eligibility = judge(an_invoice(is_application_for_payment=True), batch=None)

    with pytest.raises(NotEligible, match="generated from an Application for Payment") as refusal:
        require_edit(eligibility)

    assert refusal.value.eligibility is eligibility


def test_an_eligible_invoice_passes():
    require_edit(judge())


@pytest.mark.parametrize("code", EligibilityCode)
def test_every_reason_has_a_message(code):
    assert MESSAGES[code].endswith(".")


def test_the_only_connection_is_taken_without_asking():
    assert choose_connection(judge(), None, usual=None) == a_connection()


@pytest.mark.parametrize(
    ("asked", "usual", "chosen"),
    [
        (SECOND.id, None, SECOND),
        (SECOND.id, a_connection().id, SECOND),
        (None, SECOND.id, SECOND),
    ],
)
def test_of_several_connections_the_asked_or_usual_one_is_taken(asked, usual, chosen):
    eligibility = judge(connections=(a_connection(), SECOND))

    assert choose_connection(eligibility, asked, usual=usual) == chosen


@pytest.mark.parametrize("usual", [None, an_id(0xC9)])
def test_of_several_connections_the_caller_must_choose(usual):
    eligibility = judge(connections=(SECOND, a_connection()))

    with pytest.raises(ConnectionNeeded, match=r"select a connection: C-1, C-2\.") as refusal:
        choose_connection(eligibility, None, usual=usual)

    assert refusal.value.where == ("connection_id",)


def test_a_connection_to_another_company_file_is_refused():
    with pytest.raises(NotFound) as refusal:
        choose_connection(judge(), an_id(0xC9), usual=None)

    assert refusal.value.where == ("connection_id",)


def test_no_connection_is_chosen_for_what_cannot_be_synced():
    with pytest.raises(NotEligible):
        choose_connection(judge(link=None), None, usual=None)
