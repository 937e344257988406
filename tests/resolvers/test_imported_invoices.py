"""Invoices from an older system: they count as exported, are locked, and are never sent."""

import pytest

from domain.audit import AuditAction
from domain.eligibility import EditAlternative, EligibilityCode, NotEligible
from domain.errors import InvalidValue, PermissionMissing
from domain.invoice import ExportOrigin, ExportStatus
from resolvers.export_evidence import read_export_evidence
from resolvers.invoice_reading import read_eligibility
from tests.resolvers.asking import details, save


async def test_an_imported_invoice_counts_as_exported_and_shows_why(office, adam):
    invoice = await office.new_invoice(by="Adam", is_imported=True)

    standing = (invoice.export_status, invoice.export_origin)
    assert standing == (ExportStatus.EXPORTED, ExportOrigin.IMPORTED)
    (told,) = (await read_export_evidence(adam, [invoice]))[invoice.id].acts
    assert told.action is AuditAction.INVOICE_IMPORTED


async def test_an_imported_invoice_is_never_sent(office, side):
    invoice = await office.new_invoice(by="Adam", is_imported=True)

    with pytest.raises(InvalidValue):
        await office.export(invoice)
    await side.settle()

    assert side.company.journal.entries == []


async def test_an_imported_invoice_is_locked_until_it_is_unlocked(office, adam):
    invoice = await office.new_invoice(by="Adam", is_imported=True)

    verdict = (await read_eligibility(adam, [invoice]))[invoice.id]
    assert EligibilityCode.IMPORTED in verdict.reasons
    assert verdict.alternative is EditAlternative.UNLOCK
    with pytest.raises(NotEligible):
        await save(adam, invoice, details(summary="Late"))


async def test_importing_needs_the_permission_to_mark_as_exported(office):
    with pytest.raises(PermissionMissing, match="Bypass the export"):
        await office.new_invoice(by="Olga", is_imported=True)
