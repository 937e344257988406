"""Every refusal becomes a user error with its code, its data, and the place it is about."""

import importlib
import pkgutil
from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest

import domain
from domain.actor import Actor, ActorKind
from domain.eligibility import Eligibility, EligibilityCode, NotEligible
from domain.errors import (
    AnotherInvoiceOpen,
    BeingEdited,
    ConnectionNeeded,
    DomainError,
    Forbidden,
    IdempotencyKeyReused,
    InvalidValue,
    NotFound,
    NothingToSave,
    NothingToSync,
    TextTooLong,
    ValueOutOfRange,
    ValueRequired,
    VersionConflict,
)
from domain.guards import AcknowledgementNeeded, Guard, GuardCode, GuardRefused, GuardSeverity
from schema.actors import Actor as ActorShown
from schema.edits import InvoiceDetailsPatch, InvoiceEdits, NewTask, TaskEdit, TaskPatch
from schema.ids import global_id
from schema.inputs import (
    AddTaskInput,
    CreateInvoiceInput,
    EditTaskInput,
    ExportInvoicesInput,
    RemoveTaskInput,
    SaveAndSyncInput,
    UpdateInvoiceDetailsInput,
)
from schema.positions import input_path
from schema.user_errors import CODES
from tests.builders import (
    CUSTOMER_ID,
    FILTER,
    INVOICE_ID,
    NOW,
    OLGA,
    TASK_1,
    TASK_2,
    TASK_3,
    a_connection,
    an_invoice,
)
from tests.schema.callers import a_caller, execute, reads

#: Any refusal is sent through `saveAndSync` here, whether it could come from there or not.
pytestmark = pytest.mark.filterwarnings("ignore::schema.refusal_codes.UnlistedRefusal")

INVOICE, TASK = global_id("Invoice", INVOICE_ID), global_id("Task", TASK_1)
REMINDER = Guard(GuardCode.PERIOD_OPEN_REMINDER, GuardSeverity.ACKNOWLEDGE, "Sure?", ("Say so.",))

SAVE = """
mutation($input: SaveAndSyncInput!) { saveAndSync(input: $input) {
  invoice { id } connection { id } syncCursor
  userErrors { __typename code message field
    ... on VersionConflictError { current { id version } changedFields }
    ... on BeingEditedError { editor { kind id name } since }
    ... on NotEligibleError { eligibility { canEdit canSync alternative connections { name }
                                            reasons { code message } } }
    ... on GuardError { guards { code severity message steps path } } } } }
"""


def refusals(kind=DomainError):
    for subclass in kind.__subclasses__():
        yield subclass
        yield from refusals(subclass)


async def refused(refusal, *works, **changes):
    """What saveAndSync answers when its use case refuses."""
    wish = {"invoiceId": INVOICE, "version": 1, "idempotencyKey": "k", **changes}
    result = await execute(SAVE, a_caller(refusal, *works), input=wish)
    assert result.errors is None
    answer = result.data["saveAndSync"]
    assert (answer["invoice"], answer["connection"], answer["syncCursor"]) == (None, None, None)
    (error,) = answer["userErrors"]
    return error


def test_every_refusal_has_a_row():
    for module in pkgutil.iter_modules(domain.__path__):
        importlib.import_module(f"domain.{module.name}")

    assert set(refusals()) == set(CODES)


@pytest.mark.parametrize(
    ("refusal", "code", "field"),
    [
        (Forbidden("No."), "FORBIDDEN", None),
        (NotFound("No.", where=("connection_id",)), "NOT_FOUND", ["input", "connectionId"]),
        (InvalidValue("No.", where=("idempotency_key",)), "INVALID", ["input", "idempotencyKey"]),
        (
            ValueRequired("No.", where=("details", "number")),
            "REQUIRED",
            ["input", "edits", "details", "invoiceNumber"],
        ),
        (
            TextTooLong("It", longest=1, actual=2, where=("add_tasks", "0", "description")),
            "TOO_LONG",
            ["input", "edits", "addTasks", "0", "description"],
        ),
        (
            ValueOutOfRange("No.", where=("edit_tasks", "0", "patch", "unit_price")),
            "OUT_OF_RANGE",
            ["input", "edits", "editTasks", "0", "patch", "unitPrice"],
        ),
        (AnotherInvoiceOpen(invoice_number="1"), "ANOTHER_INVOICE_OPEN", None),
        (NothingToSave("No."), "NOTHING_TO_SAVE", None),
        (NothingToSync("No."), "NOTHING_TO_SYNC", None),
        (
            ConnectionNeeded("No.", where=("connection_id",)),
            "CONNECTION_NEEDED",
            ["input", "connectionId"],
        ),
        (IdempotencyKeyReused("k"), "IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_a_refusal_that_its_words_say_completely(refusal, code, field):
    assert await refused(refusal) == {
        "__typename": "InputError",
        "code": code,
        "message": str(refusal),
        "field": field,
    }


async def test_a_version_conflict_brings_the_newest_version():
    conflict = VersionConflict(
        invoice_id=INVOICE_ID,
        expected=1,
        actual=2,
        changed_fields=["number", f"tasks.{TASK_1}.unit_price"],
    )
    newest = reads(invoices={"get_many": {INVOICE_ID: an_invoice(version=2)}})

    error = await refused(conflict, newest)

    assert (error["__typename"], error["code"]) == ("VersionConflictError", "VERSION_CONFLICT")
    assert error["current"] == {"id": INVOICE, "version": 2}
    assert error["changedFields"] == ["invoiceNumber", f"tasks.{TASK}.unitPrice"]


async def test_who_is_editing_is_told():
    error = await refused(BeingEdited(editor=OLGA, since=NOW, expires_at=NOW))

    assert (error["__typename"], error["code"]) == ("BeingEditedError", "BEING_EDITED")
    assert error["since"] == "2026-11-20T09:00:00Z"
    assert error["editor"] == {
        "kind": "EMPLOYEE",
        "id": global_id("Employee", OLGA.id),
        "name": "Olga",
    }


async def test_every_reason_against_an_edit_is_told_at_once():
    reasons = (EligibilityCode.NOT_EXPORTED, EligibilityCode.FEATURE_OFF)
    error = await refused(NotEligible(Eligibility(reasons, (a_connection(),))))

    assert (error["__typename"], error["code"]) == ("NotEligibleError", "NOT_ELIGIBLE")
    shown = error["eligibility"]
    assert [reason["code"] for reason in shown["reasons"]] == ["NOT_EXPORTED", "FEATURE_OFF"]
    assert (shown["canEdit"], shown["canSync"]) == (False, False)
    assert shown["alternative"] == "ASK_ADMINISTRATOR"
    assert shown["connections"] == [{"name": "C-1"}]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(GuardRefused, "GUARD_REFUSED"), (AcknowledgementNeeded, "ACKNOWLEDGEMENT_NEEDED")],
)
async def test_guards_are_told_with_their_steps(kind, code):
    error = await refused(kind([REMINDER]))

    assert (error["__typename"], error["code"]) == ("GuardError", code)
    assert error["guards"] == [
        {
            "code": "PERIOD_OPEN_REMINDER",
            "severity": "ACKNOWLEDGE",
            "message": "Sure?",
            "steps": ["Say so."],
            "path": None,
        }
    ]


NUMBER, TEXT, OTHER, ZERO = (
    Guard(GuardCode.TEXT_NOT_STORABLE, GuardSeverity.ERROR, "No.", path=path)
    for path in (
        ("details", "number"),
        ("tasks", str(TASK_1), "description"),
        ("tasks", str(TASK_2), "description"),
        ("tasks",),
    )
)


@pytest.mark.parametrize(
    ("guard", "edits", "field"),
    [
        (
            NUMBER,
            {"details": {"invoiceNumber": "1"}},
            ["input", "edits", "details", "invoiceNumber"],
        ),
        (NUMBER, {"details": {"summary": "x"}}, None),
        (NUMBER, {}, None),
        (NUMBER, None, None),
        (
            TEXT,
            {"editTasks": [{"taskId": TASK, "patch": {"description": "x"}}]},
            ["input", "edits", "editTasks", "0", "patch", "description"],
        ),
        (TEXT, {"editTasks": [{"taskId": TASK, "patch": {"cost": "1"}}]}, None),
        (OTHER, {"removeTaskIds": [TASK]}, ["input", "edits"]),
        (ZERO, {"removeTaskIds": [TASK]}, ["input", "edits"]),
        (ZERO, None, None),
        (REMINDER, {"removeTaskIds": [TASK]}, None),
    ],
)
async def test_a_guard_names_the_field_if_this_call_wrote_it(guard, edits, field):
    """What is wrong may have been staged earlier; the guard's own path tells it then."""
    changes = {} if edits is None else {"edits": edits}

    error = await refused(GuardRefused([guard]), **changes)

    assert error["field"] == field


@pytest.mark.parametrize("text", ["a\x00", "\ud800"], ids=["NUL", "half a pair"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (lambda t: {"reason": t}, ["reason"]),
        (lambda t: {"edits": {"details": {"summary": t}}}, ["edits", "details", "summary"]),
        (
            lambda t: {"edits": {"editTasks": [{"taskId": TASK, "patch": {"description": t}}]}},
            ["edits", "editTasks", "0", "patch", "description"],
        ),
    ],
)
async def test_a_text_that_cannot_be_stored_never_reaches_the_database(text, changes, field):
    error = await refused(AssertionError("reached"), **changes(text))

    assert (error["code"], error["field"]) == ("INVALID", ["input", *field])


async def test_an_id_that_is_none_is_not_found_where_it_stands():
    unknown = {"edits": {"removeTaskIds": [TASK, INVOICE]}}

    error = await refused(AssertionError("reached"), **unknown)

    assert (error["code"], error["field"]) == (
        "NOT_FOUND",
        ["input", "edits", "removeTaskIds", "1"],
    )


def a_new_task():
    return NewTask(
        item_id=global_id("Item", FILTER), taxable=True, quantity=Decimal(1), unit_price=Decimal(1)
    )


def a_save(**edits):
    return SaveAndSyncInput(
        invoice_id=INVOICE, version=1, edits=InvoiceEdits(**edits), idempotency_key="k"
    )


def a_patch():
    return TaskPatch(**dict.fromkeys(TASK_PATCH_FIELDS))


TASK_PATCH_FIELDS = [field.name for field in fields(TaskPatch)]
DETAILS_PATCH = InvoiceDetailsPatch(**{field.name: None for field in fields(InvoiceDetailsPatch)})
EDIT = EditTaskInput(invoice_id=INVOICE, task_id=TASK, version=1, patch=a_patch())
ADD = AddTaskInput(invoice_id=INVOICE, version=1, task=a_new_task())
REMOVE = RemoveTaskInput(invoice_id=INVOICE, task_id=TASK, version=1)
DETAILS = UpdateInvoiceDetailsInput(invoice_id=INVOICE, version=1, patch=DETAILS_PATCH)
EXPORT = ExportInvoicesInput(invoice_ids=[INVOICE], batch_name="B", idempotency_key="k")
SAVE_ONE = a_save(edit_tasks=[TaskEdit(task_id=TASK, patch=a_patch())], add_tasks=[a_new_task()])
SAVE_TWO = a_save(add_tasks=[a_new_task(), a_new_task()])
SAVE_DRAFT = SaveAndSyncInput(invoice_id=INVOICE, version=1, idempotency_key="k")


def a_creation(*tasks):
    return CreateInvoiceInput(
        invoice_number="1",
        invoice_date=date(2026, 11, 18),
        customer_id=global_id("Customer", CUSTOMER_ID),
        tasks=list(tasks),
        idempotency_key="k",
    )


@pytest.mark.parametrize(
    ("wish", "where", "path"),
    [
        (DETAILS, ("details", "date"), "patch invoiceDate"),
        (DETAILS, ("patch", "tax_zone_id"), "patch taxZoneId"),
        (DETAILS, ("invoice_id",), "invoiceId"),
        (EDIT, ("edit_tasks", "0", "patch", "quantity"), "patch quantity"),
        (EDIT, ("edit_tasks", "0", "task_id"), "taskId"),
        (EDIT, ("tasks", str(TASK_1), "business_unit_id"), "patch businessUnitId"),
        (ADD, ("add_tasks", "0", "unit_price"), "task unitPrice"),
        (ADD, ("tasks", str(TASK_3), "item_id"), "task itemId"),
        (REMOVE, ("remove_task_ids", "0"), "taskId"),
        (EXPORT, ("invoice_ids", "0"), "invoiceIds 0"),
        (SAVE_ONE, ("remove_task_ids", "1"), "edits removeTaskIds 1"),
        (SAVE_ONE, ("tasks", str(TASK_1), "business_unit_id"), "edits editTasks 0 patch businessUnitId"),
        (SAVE_ONE, ("tasks", str(TASK_3), "item_id"), "edits addTasks 0 itemId"),
        (SAVE_TWO, ("tasks", str(TASK_3), "item_id"), "edits"),
        (a_creation(), ("number",), "invoiceNumber"),
        (a_creation(), ("details", "tax_zone_id"), "taxZoneId"),
        (a_creation(a_new_task()), ("tasks", "0", "quantity"), "tasks 0 quantity"),
        (a_creation(a_new_task()), ("tasks", str(TASK_2), "item_id"), "tasks 0 itemId"),
        (a_creation(a_new_task(), a_new_task()), ("tasks", str(TASK_2), "item_id"), "tasks"),
    ],
)  # fmt: skip
def test_the_place_is_told_as_the_caller_wrote_it(wish, where, path):
    assert input_path(wish, where) == ["input", *path.split()]


def test_a_place_that_the_caller_did_not_write_is_not_told():
    """A save without edits can meet a fault in a draft that was staged before."""
    assert input_path(SAVE_DRAFT, ("tasks", str(TASK_1), "item_id")) is None


def test_actors_that_are_no_persons_have_no_id():
    service = Actor(ActorKind.SERVICE, None, "Instep")

    assert ActorShown.of(service).id is None
