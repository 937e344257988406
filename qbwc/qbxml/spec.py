"""Which table belongs to which request, and which record to which element of an answer."""

from collections.abc import Mapping
from typing import Any, Final

from domain.quickbooks import InvoiceAdd, InvoiceMod, InvoiceQuery, Request
from domain.quickbooks_lists import (
    ClassAdd,
    CustomerAdd,
    CustomerMod,
    InventorySiteAdd,
    ItemAdd,
    ItemDiscountAdd,
    ItemInventoryAdd,
    ItemSalesTaxAdd,
    ItemSalesTaxGroupAdd,
    ItemSubtotalAdd,
    ListRequest,
    SalesTaxCodeAdd,
    StandardTermsAdd,
    VendorAdd,
)
from domain.quickbooks_transactions import (
    CompanyQuery,
    CreditMemoAdd,
    CreditMemoMod,
    DeletedQuery,
    HostQuery,
    ListDelete,
    ListQuery,
    PreferencesQuery,
    PurchaseOrderAdd,
    ReceivePaymentAdd,
    ReceivePaymentMod,
    Returned,
    TransactionDelete,
    TransactionQuery,
    TransactionRequest,
    TransactionVoid,
)
from qbwc.qbxml.nodes import Aggregate, One
from qbwc.qbxml.records import Record
from qbwc.qbxml.tables import items, names, payments, queries, sales

AnyRequest = Request | ListRequest | TransactionRequest


def _of(table: Aggregate[Any]) -> Aggregate[Any]:
    """Give the request that holds nothing but this aggregate."""
    return Aggregate(f"{table.name}Rq", (One(table, lambda it: it),))


_REQUESTS: Final[Mapping[type[AnyRequest], Aggregate[Any]]] = {
    InvoiceAdd: sales.INVOICE_ADD_RQ,
    InvoiceMod: sales.INVOICE_MOD_RQ,
    InvoiceQuery: queries.INVOICE_QUERY_RQ,
    CreditMemoAdd: sales.CREDIT_MEMO_ADD_RQ,
    CreditMemoMod: sales.CREDIT_MEMO_MOD_RQ,
    ReceivePaymentAdd: _of(payments.RECEIVE_PAYMENT_ADD),
    ReceivePaymentMod: _of(payments.RECEIVE_PAYMENT_MOD),
    PurchaseOrderAdd: _of(payments.PURCHASE_ORDER_ADD),
    CustomerAdd: _of(names.CUSTOMER_ADD),
    CustomerMod: _of(names.CUSTOMER_MOD),
    VendorAdd: _of(names.VENDOR_ADD),
    ClassAdd: _of(names.CLASS_ADD),
    InventorySiteAdd: _of(names.INVENTORY_SITE_ADD),
    SalesTaxCodeAdd: _of(names.SALES_TAX_CODE_ADD),
    StandardTermsAdd: _of(names.STANDARD_TERMS_ADD),
    ItemInventoryAdd: _of(items.ITEM_INVENTORY_ADD),
    ItemDiscountAdd: _of(items.ITEM_DISCOUNT_ADD),
    ItemSubtotalAdd: _of(items.ITEM_SUBTOTAL_ADD),
    ItemSalesTaxAdd: _of(items.ITEM_SALES_TAX_ADD),
    ItemSalesTaxGroupAdd: _of(items.ITEM_SALES_TAX_GROUP_ADD),
    DeletedQuery: queries.TXN_DELETED_QUERY_RQ,
    TransactionDelete: queries.TXN_DEL_RQ,
    TransactionVoid: queries.TXN_VOID_RQ,
    ListDelete: queries.LIST_DEL_RQ,
    HostQuery: queries.HOST_QUERY_RQ,
    CompanyQuery: queries.COMPANY_QUERY_RQ,
    PreferencesQuery: queries.PREFERENCES_QUERY_RQ,
}
#: Requests whose element is named for the kind that they hold.
_REQUESTS_BY_KIND: Final[Mapping[type[AnyRequest], Mapping[Any, Aggregate[Any]]]] = {
    ItemAdd: {kind: _of(table) for kind, table in items.ITEM_ADD.items()},
    TransactionQuery: queries.TRANSACTION_QUERY_RQ,
    ListQuery: queries.LIST_QUERY_RQ,
}

#: Every table there is.
TABLES: Final[tuple[Aggregate[Any], ...]] = (
    *_REQUESTS.values(),
    *(table for tables in _REQUESTS_BY_KIND.values() for table in tables.values()),
)

#: What an answer may hold, by element; invoices are read apart.
RETURNED: Final[Mapping[str, Record[Returned]]] = {
    "CreditMemoRet": sales.CREDIT_MEMO_RET,
    "ReceivePaymentRet": payments.RECEIVE_PAYMENT_RET,
    "PurchaseOrderRet": payments.PURCHASE_ORDER_RET,
    "CustomerRet": names.CUSTOMER_RET,
    "VendorRet": names.VENDOR_RET,
    "AccountRet": names.ACCOUNT_RET,
    "ClassRet": names.CLASS_RET,
    "InventorySiteRet": names.INVENTORY_SITE_RET,
    "SalesTaxCodeRet": names.SALES_TAX_CODE_RET,
    "StandardTermsRet": names.STANDARD_TERMS_RET,
    "DateDrivenTermsRet": names.DATE_DRIVEN_TERMS_RET,
    "TxnDeletedRet": queries.TXN_DELETED_RET,
    **items.ITEM_RETS,
}


def table_of(request: AnyRequest) -> Aggregate[Any]:
    """Give the table of a request."""
    match request:
        case ItemAdd() | TransactionQuery() | ListQuery():
            return _REQUESTS_BY_KIND[type(request)][request.kind]
        case _:
            return _REQUESTS[type(request)]
