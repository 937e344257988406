"""CreditMemoAdd, CreditMemoMod and PurchaseOrderAdd. Source: qbXML 13.0, under those names."""

from dataclasses import replace

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import outdated
from simulator.figures import ZERO, amount_text
from simulator.headers import body_of, lines_of, with_header
from simulator.invoice_ret import credit_memo_ret, put_address, put_identity, put_lines
from simulator.invoice_writes import blank, check_sign, with_sales_defaults
from simulator.invoices import Invoice, settle
from simulator.line_writes import LineWriter
from simulator.shape import missing
from simulator.writing import put, put_all, put_flag, put_ref


def add_credit_memo(company: CompanyFile, request: etree._Element) -> Answer:
    """Make the credit memo and return it with its lines. Raises Refusal."""
    memo = with_sales_defaults(company, _read(company, request, "CreditMemo"))
    return _saved_memo(company, memo)


def modify_credit_memo(company: CompanyFile, request: etree._Element) -> Answer:
    """Change the credit memo and return it with its lines. Raises Refusal: 3200 if it is stale."""
    body = body_of(request)
    memo = company.credit_memo(body.findtext("TxnID", ""))
    company.locks.check_record("CreditMemo", memo.txn_id)
    edit_sequence = body.findtext("EditSequence", "")
    if edit_sequence != memo.edit_sequence:
        shown = company.habits.stale_answer_shows_invoice
        raise outdated(edit_sequence, (_memo_ret(company, memo),) if shown else ())
    changed = with_header(company, memo, body, "CreditMemo")
    wishes = lines_of(body)
    if wishes:
        writer = LineWriter(company, place="CreditMemo")
        changed = replace(changed, lines=tuple(writer.modified(memo.lines, wishes)))
    return _saved_memo(company, replace(changed, lines=settle(changed.lines)))


def add_purchase_order(company: CompanyFile, request: etree._Element) -> Answer:
    """Make the purchase order and return it with its lines. Raises Refusal."""
    order = _read(company, request, "PurchaseOrder")
    if "VendorRef" not in order.refs:
        raise missing("VendorRef")
    values = {"TxnDate": company.moment().date().isoformat(), **order.values}
    values.setdefault("RefNumber", str(order.txn_number))
    order = replace(order, values=values)
    order = _stored(company, order, company.purchase_orders, "a PurchaseOrder")
    return Answer((_order_ret(company, order),))


def _saved_memo(company: CompanyFile, memo: Invoice) -> Answer:
    check_sign(memo, "Credit Memo")
    company.locks.check_related(memo.entries())
    return Answer((_memo_ret(company, company.save_memo(memo)),))


def _memo_ret(company: CompanyFile, memo: Invoice) -> etree._Element:
    return credit_memo_ret(memo, offset=company.utc_offset, lines=True)


def _read(company: CompanyFile, request: etree._Element, place: str) -> Invoice:
    body = body_of(request)
    document = with_header(company, blank(company), body, place)
    writer = LineWriter(company, document.refs.get("ClassRef"), place)
    lines = writer.added(lines_of(body))
    return replace(document, txn_id=company.next_id(), lines=settle(lines))


def _stored(
    company: CompanyFile, document: Invoice, book: dict[str, Invoice], what: str
) -> Invoice:
    company.check_closing_date(document.txn_date, what=what)
    company.locks.check_related(document.entries())
    seconds = str(int(document.modified.timestamp()))
    stored = book[document.txn_id] = replace(document, edit_sequence=seconds)
    return stored


def _order_ret(company: CompanyFile, order: Invoice) -> etree._Element:
    ret = etree.Element("PurchaseOrderRet")
    put_identity(ret, order, company.utc_offset)
    refs, values = order.refs, order.values
    names = ("VendorRef", "ClassRef", "InventorySiteRef", "ShipToEntityRef", "TemplateRef")
    for name in names:
        put_ref(ret, name, refs.get(name))
    put_all(ret, values, "TxnDate", "RefNumber")
    for name in ("VendorAddress", "ShipAddress"):
        put_address(ret, name, order)
    put_ref(ret, "TermsRef", refs.get("TermsRef"))
    put_all(ret, values, "DueDate", "ExpectedDate")
    put_ref(ret, "ShipMethodRef", refs.get("ShipMethodRef"))
    put_all(ret, values, "FOB")
    amounts = (line.amount for line in order.flat_lines() if not line.is_subtotal)
    put(ret, "TotalAmount", amount_text(sum(filter(None, amounts), ZERO)))
    put_flag(ret, "IsManuallyClosed", value=False)
    put_flag(ret, "IsFullyReceived", value=False)
    put_all(ret, values, "Memo", "VendorMsg", "IsToBePrinted", "IsToBeEmailed", "Other1", "Other2")
    put_all(ret, values, "ExternalGUID")
    put_lines(ret, order, "PurchaseOrder")
    return ret
