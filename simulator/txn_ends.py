"""TxnVoid, TxnDel and TxnDeletedQuery. Source: qbXML 13.0, and `void` of the OSR."""

from datetime import timedelta
from typing import Final

from lxml import etree

from simulator.answers import NO_MATCH, Answer
from simulator.company_file import CompanyFile
from simulator.errors import cannot_be_found, not_simulated
from simulator.invoices import Invoice
from simulator.payments import Deletion
from simulator.txn_filters import in_moments
from simulator.writing import put, put_moment

#: So long QuickBooks tells of what was deleted.
_MEMORY: Final = timedelta(days=90)
_BEFORE_CLOSING: Final = 3161


def delete_transaction(company: CompanyFile, request: etree._Element) -> Answer:
    """Delete an invoice, a credit memo, a purchase order or a payment. Raises Refusal."""
    kind, txn_id = request.findtext("TxnDelType", ""), request.findtext("TxnID", "")
    book = company.books().get(kind)
    if book is None:
        raise not_simulated(f"a {kind}")
    found = book.get(txn_id)
    if found is None:
        raise cannot_be_found(txn_id)
    company.locks.check_record(kind, txn_id)
    company.check_closing_date(found.txn_date, _BEFORE_CLOSING, f"a(n) {kind}")
    deletion = company.delete(txn_id, kind)
    parts = etree.Element("TxnDelRs")
    put(parts, "TxnDelType", kind)
    put(parts, "TxnID", txn_id)
    put_moment(parts, "TimeDeleted", deletion.deleted)
    put(parts, "RefNumber", deletion.ref_number)
    return Answer(tuple(parts))


def void_transaction(company: CompanyFile, request: etree._Element) -> Answer:
    """Void an invoice or a credit memo: the number stays, amounts are zero, payments unused.

    Raises Refusal.
    """
    kind, txn_id = request.findtext("TxnVoidType", ""), request.findtext("TxnID", "")
    if kind not in ("Invoice", "CreditMemo"):
        raise not_simulated(f"voiding a {kind}")
    is_invoice = kind == "Invoice"
    found = company.invoice(txn_id) if is_invoice else company.credit_memo(txn_id)
    company.locks.check_record(kind, txn_id)
    voided = company.save(found.voided()) if is_invoice else company.save_memo(found.voided())
    return Answer(tuple(_void_parts(company, voided, kind)))


def query_deleted(company: CompanyFile, request: etree._Element) -> Answer:
    """Return what was deleted in the last ninety days, of the kinds asked for."""
    kinds = {child.text for child in request.iterchildren("TxnDelType")}
    dates = request.find("DeletedDateRangeFilter")
    oldest = company.moment() - _MEMORY
    found = [
        deletion
        for deletion in company.deletions
        if deletion.kind in kinds
        and deletion.deleted >= oldest
        and in_moments(dates, deletion.deleted, "Deleted")
    ]
    return Answer(tuple(_deleted_ret(deletion) for deletion in found)) if found else NO_MATCH


def _void_parts(company: CompanyFile, invoice: Invoice, kind: str) -> etree._Element:
    parts = etree.Element("TxnVoidRs")
    put(parts, "TxnVoidType", kind)
    put(parts, "TxnID", invoice.txn_id)
    put_moment(parts, "TimeCreated", invoice.created.astimezone(company.utc_offset))
    put_moment(parts, "TimeModified", invoice.modified)
    put(parts, "RefNumber", invoice.ref_number)
    return parts


def _deleted_ret(deletion: Deletion) -> etree._Element:
    ret = etree.Element("TxnDeletedRet")
    put(ret, "TxnDelType", deletion.kind)
    put(ret, "TxnID", deletion.txn_id)
    put_moment(ret, "TimeCreated", deletion.created)
    put_moment(ret, "TimeDeleted", deletion.deleted)
    put(ret, "RefNumber", deletion.ref_number)
    return ret
