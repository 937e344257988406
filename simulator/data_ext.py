"""Custom fields: DataExtMod, and the DataExtRet of a query that names their owner."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import Refusal, cannot_be_found, not_simulated
from simulator.headers import body_of
from simulator.invoices import Invoice
from simulator.lists import ListEntry, ListKind
from simulator.shape import missing
from simulator.writing import put

_TYPE: Final = "STR255TYPE"
_LONGEST: Final = 255
_LISTS: Final[dict[str, tuple[ListKind, ...]]] = {
    "Account": (ListKind.ACCOUNT,),
    "Customer": (ListKind.CUSTOMER,),
    "Employee": (ListKind.EMPLOYEE,),
    "Item": (ListKind.ITEM, ListKind.ITEM_SALES_TAX),
    "OtherName": (ListKind.OTHER_NAME,),
    "Vendor": (ListKind.VENDOR,),
}


def modify_field(company: CompanyFile, request: etree._Element) -> Answer:
    """Set a custom field of a list entry, a transaction or one of its lines. Raises Refusal."""
    body = body_of(request)
    owner, name = body.findtext("OwnerID", ""), body.findtext("DataExtName", "")
    value = body.findtext("DataExtValue", "")
    if len(value) > _LONGEST:
        raise Refusal(3070, f'The string "{value}" in the field "DataExtValue" is too long.')
    company.custom_fields[_object_id(company, body), owner, name] = value
    return Answer((_field_ret(owner, name, value),))


def fields_of(
    company: CompanyFile, object_id: str, request: etree._Element
) -> Iterator[etree._Element]:
    """Return the fields of one object whose owners the query asks for, OwnerID 0 included."""
    owners = {(child.text or "").casefold() for child in request.iterchildren("OwnerID")}
    if not owners:
        return
    for (found, owner, name), value in company.custom_fields.items():
        if found == object_id and owner.casefold() in owners:
            yield _field_ret(owner, name, value)


def add_fields(company: CompanyFile, ret: etree._Element, request: etree._Element) -> None:
    """Put the fields asked for at the end of a Ret, and of each line in it."""
    if request.find("OwnerID") is None:
        return
    for line in ret.iter("InvoiceLineRet", "CreditMemoLineRet"):
        line.extend(fields_of(company, line.findtext("TxnLineID") or "", request))
    object_id = ret.findtext("TxnID") or ret.findtext("ListID") or ""
    ret.extend(fields_of(company, object_id, request))


def _object_id(company: CompanyFile, body: etree._Element) -> str:
    kind = body.findtext("ListDataExtType")
    if kind is not None:
        return _entry(company, kind, body).list_id
    kind = body.findtext("TxnDataExtType")
    if kind is None:
        raise not_simulated("custom fields of the company")
    txn_id, line_id = body.findtext("TxnID", ""), body.findtext("TxnLineID")
    found = company.books()[kind].get(txn_id)
    if found is None:
        raise cannot_be_found(txn_id)
    if not line_id:
        return txn_id
    lines = found.flat_lines() if isinstance(found, Invoice) else iter(())
    if line_id not in (line.txn_line_id for line in lines):
        raise cannot_be_found(line_id)
    return line_id


def _entry(company: CompanyFile, kind: str, body: etree._Element) -> ListEntry:
    list_id, full_name = body.findtext("ListObjRef/ListID"), body.findtext("ListObjRef/FullName")
    if not list_id and not full_name:
        raise missing("ListObjRef")
    for each in _LISTS[kind]:
        lists = company.lists
        found = lists.by_id(each, list_id) if list_id else lists.by_name(each, full_name or "")
        if found is not None:
            return found
    raise cannot_be_found(list_id or full_name or "")


def _field_ret(owner: str, name: str, value: str) -> etree._Element:
    ret = etree.Element("DataExtRet")
    put(ret, "OwnerID", owner)
    put(ret, "DataExtName", name)
    put(ret, "DataExtType", _TYPE)
    put(ret, "DataExtValue", value)
    return ret
