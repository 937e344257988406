"""Nick may not edit: he is told whom to ask, and nothing he tried is stored."""

from datetime import date

import pytest

from app.ids import new_id
from domain.connections import ConnectionPatch
from domain.errors import Forbidden
from resolvers.connections import (
    NewConnection,
    UpdateConnection,
    create_connection,
    rotate_password,
    update_connection,
)
from resolvers.drafts import discard_draft
from resolvers.exporting import Export, export_invoices
from resolvers.invoices import NewInvoice, create_invoice
from tests.resolvers.asking import (
    bypass,
    details,
    everything_stored,
    save,
    stage_edits,
    sync_again,
)


def a_new_invoice(office):
    return NewInvoice(
        number="1",
        date=date(2026, 11, 18),
        customer_id=office.id_of("Harriet Doyle"),
        tasks=office.tasks(),
        idempotency_key=str(new_id()),
    )


ATTEMPTS = {
    "edit": lambda nick, invoice, office: stage_edits(nick, invoice, details(summary="x")),
    "discard": lambda nick, invoice, office: discard_draft(nick, invoice.id),
    "save & sync": lambda nick, invoice, office: save(nick, invoice, details(summary="x")),
    "save & bypass": lambda nick, invoice, office: bypass(nick, invoice, details(summary="x")),
    "re-sync": lambda nick, invoice, office: sync_again(nick, invoice),
    "create": lambda nick, invoice, office: create_invoice(nick, a_new_invoice(office)),
    "export": lambda nick, invoice, office: export_invoices(
        nick, Export(invoice_ids=(invoice.id,), batch_name="b", idempotency_key="k")
    ),
    "connect": lambda nick, invoice, office: create_connection(
        nick, NewConnection(company_file_id=None, company_file_name="CF-9", name="Nick's")
    ),
    "rotate": lambda nick, invoice, office: rotate_password(nick, office.connection.connection.id),
    "disable": lambda nick, invoice, office: update_connection(
        nick, UpdateConnection(office.connection.connection.id, ConnectionPatch(disabled=True))
    ),
}


@pytest.mark.parametrize("what", ATTEMPTS)
async def test_without_the_permission_nothing_happens_and_the_administrator_is_named(
    office, invoice, nick, what
):
    before = await everything_stored(office, invoice)

    with pytest.raises(Forbidden, match="Contact your account administrator"):
        await ATTEMPTS[what](nick, invoice, office)

    assert await everything_stored(office, invoice) == before


async def test_the_missing_permission_is_called_what_the_screen_calls_it(invoice, nick):
    with pytest.raises(Forbidden, match="Allow edit and update of previously exported"):
        await save(nick, invoice, details(summary="x"))


async def test_a_refused_call_does_not_use_up_its_key(invoice, nick, olga):
    with pytest.raises(Forbidden):
        await save(nick, invoice, details(summary="x"), idempotency_key="k")

    saved = await save(olga, invoice, details(summary="other"), idempotency_key="k")

    assert saved.invoice.content.summary == "other"
