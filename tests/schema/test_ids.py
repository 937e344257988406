"""Global ids name type and row; whatever else a caller sends is nobody's."""

import base64

import pytest

from domain.errors import NotFound
from schema.ids import (
    NOBODY,
    expect_id,
    expect_id_or_none,
    expect_ids,
    find_id,
    global_id,
    public_path,
    read_id,
    task_ids,
)
from tests.builders import INVOICE_ID, TASK_1, TASK_2

INVOICE = global_id("Invoice", INVOICE_ID)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


GARBLED = [
    "", "x", "Invoice", str(INVOICE_ID), encoded("Invoice"), encoded("Invoice:1"), "\u00e9", "\x00",
    encoded(f"Invoice:{INVOICE_ID.hex}"), encoded(f"Invoice:{{{INVOICE_ID}}}"), f" {INVOICE}",
    INVOICE.rstrip("=") + "\n", encoded(f"Invoice:{INVOICE_ID}:x"),
]  # fmt: skip


def test_an_id_is_read_back():
    assert read_id(INVOICE) == ("Invoice", INVOICE_ID)


@pytest.mark.parametrize("text", GARBLED)
def test_a_garbled_id_names_nothing(text):
    assert read_id(text) is None
    assert find_id(text, "Invoice") == NOBODY


def test_an_id_of_another_type_names_nobody():
    assert find_id(global_id("Task", INVOICE_ID), "Invoice") == NOBODY


@pytest.mark.parametrize("text", [*GARBLED, global_id("Task", TASK_1)])
def test_in_an_input_it_is_not_found_and_the_refusal_says_where(text):
    """The same answer as for an id of another account: nothing is told about either."""
    with pytest.raises(NotFound, match="There is no such inventory location") as refused:
        expect_id(text, "InventoryLocation", ("patch", "inventory_location_id"))

    assert refused.value.where == ("patch", "inventory_location_id")


def test_a_list_tells_the_position():
    with pytest.raises(NotFound) as refused:
        expect_ids([INVOICE, "x"], "Invoice", ("invoice_ids",))

    assert refused.value.where == ("invoice_ids", "1")


def test_an_absent_id_stays_absent():
    assert expect_id_or_none(None, "Item", ()) is None


def test_paths_speak_the_words_of_the_api():
    assert public_path(("number",)) == "invoiceNumber"
    assert public_path(("details", "date")) == "details.invoiceDate"
    assert public_path(("tasks", str(TASK_1), "unit_price")) == (
        f"tasks.{global_id('Task', TASK_1)}.unitPrice"
    )


def test_an_order_of_tasks_is_told_in_ids_that_clients_know():
    shown = task_ids(f"{TASK_1} {TASK_2}")

    assert shown == f"{global_id('Task', TASK_1)} {global_id('Task', TASK_2)}"
    assert task_ids(None) is None
