"""Values for tests: each builder defaults what a test does not care about.

`a_...` gives one plain value with any field changed by name. `fixture_...` give one sample account:
an invoice of two tasks (62.44 with tax), exported, with a bookkeeper's text between its two lines.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from domain.access import Permission, Principal
from domain.account import Account
from domain.actor import Actor, ActorKind
from domain.adoption import Names
from domain.connections import Connection, ConnectionKind
from domain.draft import Draft
from domain.drift import Drift, DriftKind
from domain.edits import NewTask
from domain.exchange import Exchange
from domain.invoice import Content, ExportOrigin, ExportStatus, Invoice, Task
from domain.issues import ObjectKind, QuickBooksObject, Step, StepActor, SyncIssue
from domain.lists import (
    AccountingPeriod,
    Batch,
    BatchStatus,
    BusinessUnit,
    Customer,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    TaxRate,
    TaxZone,
    Technician,
)
from domain.merge import FieldConflict
from domain.queue import ConnectorSession, QbxmlRequest, RequestKind, SessionState
from domain.quickbooks import (
    QuickBooksInvoice,
    QuickBooksLine,
    QuickBooksLink,
    Ref,
    WantedInvoice,
    WantedLine,
)
from domain.standing import standing_of
from domain.sync import JobKind, JobState, SyncJob
from domain.sync_status import SyncStatus
from domain.totals import Totals
from domain.wanted import References, wanted_invoice

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def an_id(number):
    """An id that a reader recognises by its end."""
    return UUID(int=number)


ACCOUNT_ID = an_id(0xACC)
INVOICE_ID = an_id(0x21259)
CUSTOMER_ID = an_id(0xC0)
TUNE_UP, FILTER = an_id(0x11), an_id(0x12)  # the two items
TASK_1, TASK_2, TASK_3 = an_id(0xA1), an_id(0xA2), an_id(0xA3)
HVAC, PLUMBING = an_id(0xB1), an_id(0xB2)
FW, FLAT = an_id(0xF1), an_id(0xF2)
TRUCK_7, WAREHOUSE = an_id(0xD7), an_id(0xD8)
ANA = an_id(0xAA)
BATCH_ID = an_id(0x1042)
COMPANY_FILE_ID, CONNECTION_ID = an_id(0xCF1), an_id(0xC1)

OLGA = Actor(ActorKind.EMPLOYEE, an_id(0x01), "Olga")
NICK = Actor(ActorKind.EMPLOYEE, an_id(0x02), "Nick")

FORT_WORTH_RATES = tuple(
    TaxRate(name, Decimal(percent))
    for name, percent in (
        ("FW City", "1.00"), ("FW Crime", "0.50"), ("FW Transit", "0.50"), ("Texas", "6.25")
    )
)  # fmt: skip
FLAT_RATES = (TaxRate("Flat", Decimal("8.25")),)


def a_task(**changes):
    return replace(
        Task(
            id=TASK_1,
            item_id=TUNE_UP,
            description="Fall tune-up",
            quantity=Decimal(1),
            unit_price=Decimal("35.50"),
            cost=None,
            taxable=True,
            business_unit_id=HVAC,
            inventory_location_id=None,
        ),
        **changes,
    )


def a_new_task(**changes):
    return replace(
        NewTask(
            item_id=FILTER,
            description="Filter",
            taxable=False,
            quantity=Decimal(1),
            unit_price=Decimal("12.00"),
        ),
        **changes,
    )


def a_content(**changes):
    return replace(
        Content(
            number="21259",
            date=date(2026, 11, 18),
            tax_zone_id=FW,
            summary="Fall tune-up",
            tasks=(a_task(),),
        ),
        **changes,
    )


def an_invoice(**changes):
    return replace(
        Invoice(
            id=INVOICE_ID,
            version=1,
            content=a_content(),
            customer_id=CUSTOMER_ID,
            business_unit_id=HVAC,
            technician_id=ANA,
            batch_id=BATCH_ID,
            adjustment_to_id=None,
            is_application_for_payment=False,
            export_status=ExportStatus.EXPORTED,
            export_origin=ExportOrigin.EXPORTED,
            sync_status=SyncStatus.NOT_APPLICABLE,
            totals=Totals(Decimal("35.50"), Decimal("2.94")),
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def a_standing(**changes):
    """How `an_invoice()` stands."""
    return replace(standing_of(an_invoice()), **changes)


def a_draft(**changes):
    return replace(
        Draft(
            invoice_id=INVOICE_ID,
            base_version=1,
            editor=OLGA,
            started_at=NOW,
            touched_at=NOW,
            is_of_exported=True,
            content=a_content(),
        ),
        **changes,
    )


def an_account(**changes):
    return replace(Account(id=ACCOUNT_ID, name="Ana's Air"), **changes)


def a_principal(*permissions, actor=OLGA):
    return Principal(ACCOUNT_ID, actor, frozenset(permissions or Permission))


def a_customer(**changes):
    return replace(Customer(CUSTOMER_ID, "Anna Miller", "Miller, Anna", "80000001-1"), **changes)


def a_batch(**changes):
    return replace(Batch(BATCH_ID, 1042, "2026-11-20 HVAC", BatchStatus.EXPORTED), **changes)


def a_period(**changes):
    period = AccountingPeriod(date(2026, 11, 1), date(2026, 11, 30), is_closed=False)
    return replace(period, **changes)


def a_technician(**changes):
    return replace(Technician(ANA, "Ana", TRUCK_7), **changes)


def references(**changes):
    """The lists of the sample account; a changed one replaces the whole list."""
    entries = {
        "items": (
            Item(TUNE_UP, "Tune-up", ItemType.SERVICE, "SVC-TUNE", "80000011-1"),
            Item(FILTER, "Filter", ItemType.MATERIAL, "FILTER", None, "COGS"),
        ),
        "business_units": (
            BusinessUnit(HVAC, "HVAC", "HVAC"),
            BusinessUnit(PLUMBING, "Plumbing", "Plumbing"),
        ),
        "tax_zones": (
            TaxZone(FW, "Fort Worth", "FW", is_group=True, rates=FORT_WORTH_RATES),
            TaxZone(FLAT, "Flat", "FLAT", is_group=False, rates=FLAT_RATES),
        ),
        "inventory_locations": (
            InventoryLocation(TRUCK_7, "Ana's truck", InventoryLocationKind.TRUCK, "Truck 7", ANA),
            InventoryLocation(WAREHOUSE, "Main", InventoryLocationKind.WAREHOUSE, "Main"),
        ),
    }
    by_id = {name: {entry.id: entry for entry in listed} for name, listed in entries.items()}
    return replace(References(customer=a_customer(), batch=a_batch(), **by_id), **changes)


def known_names(lists=None):
    """The sample account's entries by QuickBooks' names, as `adopt` looks them up."""
    lists = lists or references()
    return Names(
        items={e.quickbooks_name.casefold(): e.id for e in lists.items.values()},
        business_units={e.quickbooks_class.casefold(): e.id for e in lists.business_units.values()},
        tax_zones={e.quickbooks_item.casefold(): e.id for e in lists.tax_zones.values()},
        inventory_locations={
            e.quickbooks_site.casefold(): e.id for e in lists.inventory_locations.values()
        },
    )


def a_connection(**changes):
    return replace(
        Connection(
            id=CONNECTION_ID,
            company_file_id=COMPANY_FILE_ID,
            name="C-1",
            kind=ConnectionKind.NEW,
            user_name="instep-1",
            file_guid=an_id(0xF11E),
            poll_seconds=10,
            last_contact_at=NOW,
        ),
        **changes,
    )


def a_job(**changes):
    return replace(
        SyncJob(
            id=an_id(0x10B),
            invoice_id=INVOICE_ID,
            connection_id=CONNECTION_ID,
            kind=JobKind.SYNC,
            version=2,
            state=JobState.QUEUED,
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def a_line(**changes):
    """A line as QuickBooks returned it; by default what it holds for `a_task()`."""
    return replace(
        QuickBooksLine(
            txn_line_id="1A2B-3",
            item=Ref("SVC-TUNE", "80000011-1"),
            description="Fall tune-up",
            quantity=Decimal(1),
            rate=Decimal("35.50"),
            amount=Decimal("35.50"),
            class_ref=Ref("HVAC", "80000021-1"),
            tax_code=Ref("Tax", "80000031-1"),
        ),
        **changes,
    )


def a_foreign_line(**changes):
    """A text that the bookkeeper typed in QuickBooks."""
    text = QuickBooksLine(txn_line_id="1A2B-9", description="Thank you, see warranty")
    return replace(text, **changes)


def a_group_line(**changes):
    group = QuickBooksLine(txn_line_id="1A2B-G", is_group=True, item=Ref("Kit"))
    return replace(group, **changes)


def a_copy(**changes):
    """QuickBooks' copy; by default what it holds for `an_invoice()`."""
    return replace(
        QuickBooksInvoice(
            txn_id="1A2B-1",
            edit_sequence="100",
            number="21259",
            date=date(2026, 11, 18),
            customer=Ref("Miller, Anna", "80000001-1"),
            class_ref=Ref("HVAC", "80000021-1"),
            tax_item=Ref("FW", "80000041-1"),
            memo="1042 2026-11-20 HVAC - Fall tune-up",
            subtotal=Decimal("35.50"),
            sales_tax=Decimal("2.94"),
            applied=Decimal("0.00"),
            balance=Decimal("38.44"),
            lines=(a_line(),),
        ),
        **changes,
    )


def a_request(**changes):
    """A rendered InvoiceMod of `a_job()` that names no lines."""
    return replace(
        QbxmlRequest(
            id=an_id(0x9E),
            job_id=a_job().id,
            invoice_id=INVOICE_ID,
            connection_id=CONNECTION_ID,
            kind=RequestKind.INVOICE_MOD,
            wanted=a_wanted(),
            sent_lines=None,
            created_at=NOW,
        ),
        **changes,
    )


def a_session(**changes):
    """An open session of the connection, heard a moment ago."""
    return replace(
        ConnectorSession(
            id=an_id(0x5E),
            connection_id=CONNECTION_ID,
            state=SessionState.OPEN,
            opened_at=NOW,
            last_call_at=NOW,
            peer="10.0.0.1",
        ),
        **changes,
    )


def an_issue(**changes):
    """The issue of a job that QuickBooks refused because it has no such item."""
    return replace(
        SyncIssue(
            id=an_id(0x15),
            invoice_id=INVOICE_ID,
            job_id=an_id(0x10B),
            code="ITEM_MISSING",
            reason="QuickBooks has no item “Filter”.",
            steps=(Step(StepActor.BOOKKEEPER, "Create the item."),),
            quickbooks_code=3140,
            quickbooks_message="There is an invalid reference.",
            object=QuickBooksObject(ObjectKind.ITEM, "Filter"),
            company_file_id=COMPANY_FILE_ID,
            opened_at=NOW,
        ),
        **changes,
    )


def an_exchange(**changes):
    """A message set that left for QuickBooks."""
    return replace(
        Exchange(
            id=an_id(0xE0),
            connection_id=CONNECTION_ID,
            session_id=an_id(0x5E),
            message_set_id="SET-1",
            size=1,
            sent_at=NOW,
        ),
        **changes,
    )


def a_link(**changes):
    return replace(
        QuickBooksLink(
            company_file_id=COMPANY_FILE_ID,
            connection_id=CONNECTION_ID,
            copy=a_copy(),
            tasks_by_line={"1A2B-3": TASK_1},
            read_at=NOW,
            verified_at=NOW,
        ),
        **changes,
    )


def a_drift(**changes):
    """QuickBooks has the first task at 10.00 where both sides had 12.00."""
    path = ("tasks", str(TASK_1), "unit_price")
    return replace(
        Drift(
            invoice_id=INVOICE_ID,
            version=1,
            kind=DriftKind.CHANGED,
            fields=(FieldConflict(path, "12", "12", "10"),),
            held=a_link(),
            detected_at=NOW,
        ),
        **changes,
    )


def a_wanted_line(**changes):
    return replace(
        WantedLine(
            task_id=TASK_1,
            item=Ref("SVC-TUNE", "80000011-1"),
            description="Fall tune-up",
            quantity=Decimal(1),
            rate=Decimal("35.50"),
            class_ref=Ref("HVAC"),
            site=None,
            tax_code=Ref("Tax"),
        ),
        **changes,
    )


def a_wanted(**changes):
    """What QuickBooks shall hold; by default what `a_copy()` holds already."""
    return replace(
        WantedInvoice(
            number="21259",
            date=date(2026, 11, 18),
            customer=Ref("Miller, Anna", "80000001-1"),
            class_ref=Ref("HVAC"),
            tax_item=Ref("FW"),
            memo="1042 2026-11-20 HVAC - Fall tune-up",
            lines=(a_wanted_line(),),
            subtotal=Decimal("35.50"),
            sales_tax=Decimal("2.94"),
            external_guid=f"{{{INVOICE_ID}}}",
            made_at=NOW,
        ),
        **changes,
    )


def fixture_content(**changes):
    filters = a_task(
        id=TASK_2,
        item_id=FILTER,
        description="Filter 16x25",
        quantity=Decimal(2),
        unit_price=Decimal("12.00"),
        taxable=False,
        inventory_location_id=TRUCK_7,
    )
    return a_content(tasks=(a_task(), filters), **changes)


def fixture_invoice(**changes):
    """Invoice 21259: 35.50 taxable and 2 x 12.00 not, 62.44 with Fort Worth's tax of 2.94."""
    totals = Totals(Decimal("59.50"), Decimal("2.94"))
    return an_invoice(content=fixture_content(), totals=totals, **changes)


def fixture_wanted(content=None):
    """What QuickBooks shall hold for the invoice, or for another content of it."""
    invoice = fixture_invoice()
    return wanted_invoice(replace(invoice, content=content or invoice.content), references())


def fixture_copy(**changes):
    """The invoice in QuickBooks, the bookkeeper's text between its two lines."""
    filters = a_line(
        txn_line_id="1A2B-4",
        item=Ref("FILTER", "80000012-1"),
        description="Filter 16x25",
        quantity=Decimal(2),
        rate=Decimal("12.00"),
        amount=Decimal("24.00"),
        site=Ref("Truck 7", "80000051-1"),
        tax_code=Ref("Non", "80000032-1"),
    )
    copy = a_copy(
        subtotal=Decimal("59.50"),
        balance=Decimal("62.44"),
        lines=(a_line(), a_foreign_line(), filters),
    )
    return replace(copy, **changes)


def fixture_link(**changes):
    link = a_link(copy=fixture_copy(), tasks_by_line={"1A2B-3": TASK_1, "1A2B-4": TASK_2})
    return replace(link, **changes)
