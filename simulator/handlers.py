"""Which function answers which request."""

from collections.abc import Mapping
from typing import Final

from simulator import (
    company_queries,
    data_ext,
    document_writes,
    invoice_queries,
    invoice_writes,
    list_queries,
    list_writes,
    payment_queries,
    payment_writes,
    txn_ends,
)
from simulator.handling import Handler
from simulator.lists import ListKind

_ITEMS: Final = ("Service", "NonInventory", "Inventory", "OtherCharge", "Discount", "Subtotal")
_TAX_ITEMS: Final = ("SalesTax", "SalesTaxGroup")

HANDLERS: Final[Mapping[str, Handler]] = {
    "InvoiceAddRq": invoice_writes.add_invoice,
    "InvoiceModRq": invoice_writes.modify_invoice,
    "InvoiceQueryRq": invoice_queries.query_invoices,
    "CreditMemoAddRq": document_writes.add_credit_memo,
    "CreditMemoModRq": document_writes.modify_credit_memo,
    "CreditMemoQueryRq": invoice_queries.query_credit_memos,
    "PurchaseOrderAddRq": document_writes.add_purchase_order,
    "ReceivePaymentAddRq": payment_writes.add_payment,
    "ReceivePaymentQueryRq": payment_queries.query_payments,
    "TxnVoidRq": txn_ends.void_transaction,
    "TxnDelRq": txn_ends.delete_transaction,
    "TxnDeletedQueryRq": txn_ends.query_deleted,
    "CustomerAddRq": list_writes.adder(ListKind.CUSTOMER),
    "CustomerModRq": list_writes.modify_customer,
    "CustomerQueryRq": list_queries.of_list(ListKind.CUSTOMER),
    **{
        f"Item{item_type}AddRq": list_writes.adder(ListKind.ITEM, item_type) for item_type in _ITEMS
    },
    **{
        f"Item{item_type}AddRq": list_writes.adder(ListKind.ITEM_SALES_TAX, item_type)
        for item_type in _TAX_ITEMS
    },
    "ItemQueryRq": list_queries.of_items(),
    **{
        f"Item{item_type}QueryRq": list_queries.of_items(item_type)
        for item_type in (*_ITEMS, *_TAX_ITEMS, "Group")
    },
    "SalesTaxCodeAddRq": list_writes.adder(ListKind.SALES_TAX_CODE),
    "SalesTaxCodeQueryRq": list_queries.of_list(ListKind.SALES_TAX_CODE),
    "ClassAddRq": list_writes.adder(ListKind.CLASS),
    "ClassQueryRq": list_queries.of_list(ListKind.CLASS),
    "InventorySiteAddRq": list_writes.adder(ListKind.INVENTORY_SITE),
    "InventorySiteQueryRq": list_queries.of_list(ListKind.INVENTORY_SITE),
    "StandardTermsAddRq": list_writes.adder(ListKind.TERMS),
    "TermsQueryRq": list_queries.of_list(ListKind.TERMS),
    "AccountQueryRq": list_queries.of_list(ListKind.ACCOUNT),
    "DataExtModRq": data_ext.modify_field,
    "ListDelRq": list_writes.delete_entry,
    "HostQueryRq": company_queries.query_host,
    "CompanyQueryRq": company_queries.query_company,
    "PreferencesQueryRq": company_queries.query_preferences,
}
