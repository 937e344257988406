"""An exported invoice, and requests of people."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.ids import new_id
from domain.access import Permission
from domain.actor import Actor, ActorKind
from tests.quickbooks_side import QuickBooksSide


@pytest.fixture
def side(office):
    """The office's QuickBooks, its company file without invoices."""
    return QuickBooksSide(office)


@pytest.fixture
async def invoice(office, side):
    """Invoice 21259, 62.44, exported an hour ago: QuickBooks holds version 1."""
    exported = await side.export(await office.new_invoice())
    await let_an_hour_pass(office, exported)
    return exported


async def let_an_hour_pass(office, exported):
    """QuickBooks' copy is read again right behind our own write, and later not."""
    async with office.open_work() as work:
        link = await work.links.get(exported.id)
        earlier = link.verified_at - timedelta(hours=1)
        await work.links.save(exported.id, replace(link, read_at=earlier, verified_at=earlier))


@pytest.fixture
async def olga(office):
    """A request of Olga, who may edit exported invoices."""
    return await office.as_person("Olga")


@pytest.fixture
async def adam(office):
    """A request of Adam, who may do everything."""
    return await office.as_person("Adam")


@pytest.fixture
async def nick(office):
    """A request of Nick, who may do nothing."""
    return await office.as_person("Nick")


@pytest.fixture
def partner(olga):
    """A request with an API key that may do everything."""
    actor = Actor(ActorKind.API_KEY, new_id(), "Partner")
    principal = replace(olga.principal, actor=actor, permissions=frozenset(Permission))
    return replace(olga, principal=principal)
