"""An office for tests: its account, lists and people, and requests in their names."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher

from app.authentication import Authenticator
from app.clock import now
from app.enrollment import Enroller
from app.ids import new_id
from app.pins import Argon2Pins
from app.resources import Resources
from app.tokens import issue_token
from db.unit_of_work import UnitOfWork
from domain.edits import NewTask
from domain.invoice import Invoice
from domain.webhooks import WebhookRules
from resolvers.connections import CreatedConnection
from resolvers.context import RequestContext
from resolvers.exporting import Export, Exported, export_invoices
from resolvers.invoices import NewInvoice, create_invoice

#: Argon2 as in production, at the least cost it can be asked for; what its own costs tests of PINs say.
QUICK_PINS = Argon2Pins(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def signed_in(office, secret, moment=None):
    """Who the secret of a key signs in, now or at that moment; None for nobody."""
    resources = office.resources
    clock = now if moment is None else lambda: moment
    authenticator = Authenticator(None, resources.directory, resources.open_work, clock)
    return await authenticator.principal_of(f"Bearer {secret}")


@dataclass(frozen=True)
class Office:
    resources: Resources
    account_id: UUID
    entries: dict[str, Any]
    people: dict[str, UUID]
    connection: CreatedConnection

    def id_of(self, name: str) -> UUID:
        """The id of a list entry by its name."""
        return self.entries[name].id

    def open_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.resources.open_work(self.account_id)

    async def as_person(self, name: str = "Olga") -> RequestContext:
        """A request of this person, with the permissions stored for them."""
        principal = await self.resources.directory.person(self.account_id, self.people[name])
        return RequestContext(
            principal=principal,
            open_work=self.open_work,
            doorbell=self.resources.doorbell,
            tails=self.resources.tails,
            lookouts=self.resources.lookouts,
            now=now,
            new_id=new_id,
            enroll=Enroller(self.resources.settings),
            pins=QUICK_PINS,
            webhooks=WebhookRules(key=b"a key of the tests, thirty-two bytes"),
        )

    def token(
        self,
        name: str = "Olga",
        *,
        trusted_only: bool = False,
        lifetime: timedelta = timedelta(hours=1),
    ) -> str:
        return issue_token(
            self.resources.settings,
            account_id=self.account_id,
            employee_id=self.people[name],
            now=now(),
            lifetime=lifetime,
            trusted_only=trusted_only,
        )

    def tasks(self) -> tuple[NewTask, ...]:
        """Fixture F: 35.50 taxable and 2 x 12.00 not, 62.44 with the Fort Worth group's tax."""
        return (
            NewTask(
                item_id=self.id_of("Seasonal tune-up"),
                description="Seasonal tune-up",
                taxable=True,
                quantity=Decimal(1),
                unit_price=Decimal("35.50"),
                business_unit_id=self.id_of("HVAC"),
            ),
            NewTask(
                item_id=self.id_of("Air filter 16x25"),
                description="Air filter 16x25",
                taxable=False,
                quantity=Decimal(2),
                unit_price=Decimal("12.00"),
                business_unit_id=self.id_of("HVAC"),
            ),
        )

    async def new_invoice(
        self, number: str = "21259", *, by: str = "Olga", **changes: Any
    ) -> Invoice:
        """An invoice that QuickBooks does not know yet."""
        wish = {
            "number": number,
            "date": date(2026, 11, 18),
            "customer_id": self.id_of("Harriet Doyle"),
            "tax_zone_id": self.id_of("Fort Worth"),
            "business_unit_id": self.id_of("HVAC"),
            "summary": "Fall tune-up",
            "tasks": self.tasks(),
            "idempotency_key": str(new_id()),
        }
        return await create_invoice(await self.as_person(by), NewInvoice(**wish | changes))

    async def export(self, *invoices: Invoice) -> Exported:
        """Put the invoices into the queue for QuickBooks."""
        wish = Export(
            invoice_ids=tuple(invoice.id for invoice in invoices),
            batch_name="2026-11-20 HVAC",
            idempotency_key=str(new_id()),
        )
        return await export_invoices(await self.as_person(), wish)
