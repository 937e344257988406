"""Which permission a root field asks of its caller: one table, shown in the description of each.

A scope narrows what a credential is for; a permission is what an administrator granted its holder.
The resolvers ask for it; a test sends every example as somebody who has none.
"""

from collections.abc import Mapping

from graphql import GraphQLSchema

from domain.access import Permission

_STAGED = (
    f"`{Permission.EDIT_EXPORTED_TRANSACTIONS}`, or `{Permission.EXPORT_INVOICES}` for an invoice"
    " that was never exported"
)
_ADMINISTRATOR = "administrators only"
_ROWS = {
    "saveAndSync saveAndBypass resync resolveConflict resolveDrift": (
        f"`{Permission.EDIT_EXPORTED_TRANSACTIONS}`"
    ),
    "updateInvoiceDetails addTask editTask removeTask revertTo discardDraft previewSync": _STAGED,
    "createInvoice saveInvoice createAdjustmentInvoice exportInvoices exportBatch recordPayment"
    " exportPayments": f"`{Permission.EXPORT_INVOICES}`",
    "bypassBatch bypassInvoiceExport bypassPayment": f"`{Permission.BYPASS_BATCH_EXPORT}`",
    "requestUnlock unlockRequest confirmUnlock withdrawInvoiceBypass": (
        f"`{Permission.UNLOCK_BATCH}`"
    ),
    "createConnection updateConnection rotateConnectionPassword setCustomerMapping"
    " setQuickbooksName setCogsAccount webhooks createWebhook updateWebhook deleteWebhook"
    " replayWebhook rotateWebhookSecret": f"`{Permission.MANAGE_CONNECTIONS}`",
    "addEmployee updateEmployee setPermission auditTrail": f"`{Permission.MANAGE_EMPLOYEES}`",
    "updateAccount": f"`{Permission.MANAGE_ACCOUNT}`",
    "setAccountingPeriod": f"`{Permission.CLOSE_PERIODS}`",
    "apiKeys createApiKey rotateApiKey revokeApiKey setAdminPin": _ADMINISTRATOR,
}

#: By root field; what is not here is open to everybody of the account.
PERMISSIONS: Mapping[str, str] = {
    name: permission for names, permission in _ROWS.items() for name in names.split()
}


def name_permissions(schema: GraphQLSchema) -> None:
    """Say at each root field what it asks for. Raises LookupError for a mutation without a row."""
    for root in (schema.query_type, schema.mutation_type):
        for name, field in (root.fields if root else {}).items():
            if name in PERMISSIONS:
                field.description = f"{field.description} Permission: {PERMISSIONS[name]}."
            elif root is schema.mutation_type:
                raise LookupError(f"Name the permission of {name} in schema/permissions.py.")
