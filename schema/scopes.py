"""Which scope opens which field of the API: one table, asked once for each operation.

Scopes narrow what a credential is for, at the root fields alone. What its holder may do there is a
matter of permissions, and whose data it is of the account.
"""

from collections.abc import Iterator, Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from domain.access import Scope

_READ = """
account accountingPeriods batches businessUnits bypassDebt companyFiles connections customers drifts
employees inventoryLocations invoice invoices items manualApplications node nodes paymentCounts
payments paymentsToApplyByHand periodReadiness setupFindings syncCursor syncEvents syncIssueCounts
syncIssues syncIssuesCsv syncQueue taxZones technicians viewer
connectionStateChanged invoiceSyncStatusChanged syncStatusChanged
"""
#: previewSync shows what a save would do, to who may save.
_WRITE = """
addTask createAdjustmentInvoice createInvoice discardDraft editTask previewSync recordPayment
removeTask resolveConflict resolveDrift resync revertTo saveAndBypass saveAndSync saveInvoice
updateInvoiceDetails
"""
_EXPORT = """
bypassBatch bypassInvoiceExport bypassPayment confirmUnlock exportBatch exportInvoices
exportPayments requestUnlock unlockRequest withdrawInvoiceBypass
"""
_MANAGE = """
addEmployee apiKeys auditTrail createApiKey createConnection createWebhook deleteWebhook
replayWebhook revokeApiKey rotateApiKey rotateConnectionPassword rotateWebhookSecret
setAccountingPeriod setAdminPin setCogsAccount setCustomerMapping setPermission setQuickbooksName
updateAccount updateConnection updateEmployee updateWebhook webhooks
"""
#: `__typename` alone tells nothing, and is open to all.
_SCHEMA_READ = "__schema __type"

#: The scope of every root field; the schema is not built while one is missing here.
ROOT_SCOPES: Mapping[str, Scope] = {
    name: scope
    for scope, names in (
        (Scope.READ, _READ),
        (Scope.WRITE, _WRITE),
        (Scope.EXPORT, _EXPORT),
        (Scope.MANAGE, _MANAGE),
        (Scope.SCHEMA_READ, _SCHEMA_READ),
    )
    for name in names.split()
}
_OPEN = "__typename"


def name_scopes(schema: GraphQLSchema) -> None:
    """Say at each root field which scope opens it. Raises LookupError where the table has none."""
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        for name, field in (root.fields if root else {}).items():
            if name not in ROOT_SCOPES:
                raise LookupError(f"Name the scope of the root field {name} in schema/scopes.py.")
            field.description = f"{field.description} Scope: `{ROOT_SCOPES[name]}`."


def check_scopes(document: DocumentNode | None, scopes: frozenset[Scope]) -> list[GraphQLError]:
    """Give an error for each scope that the document's operation needs and the caller lacks."""
    if document is None or len(scopes) == len(Scope):
        return []
    wanted = {name: ROOT_SCOPES.get(name) for name in _root_fields(document) if name != _OPEN}
    return [
        _refusal(name, scope)
        for name, scope in wanted.items()
        if scope is not None and scope not in scopes
    ]


def _root_fields(document: DocumentNode) -> Iterator[str]:
    """Give the names of the operation's root fields, wherever fragments hide them."""
    fragments = {
        d.name.value: d.selection_set
        for d in document.definitions
        if isinstance(d, FragmentDefinitionNode)
    }
    open_sets = [
        d.selection_set for d in document.definitions if isinstance(d, OperationDefinitionNode)
    ]
    while open_sets:
        for selection in open_sets.pop().selections:
            match selection:
                case FieldNode():
                    yield selection.name.value
                case InlineFragmentNode():
                    open_sets.append(selection.selection_set)
                case FragmentSpreadNode() if selection.name.value in fragments:
                    open_sets.append(fragments.pop(selection.name.value))


def _refusal(name: str, scope: Scope) -> GraphQLError:
    return GraphQLError(
        f"`{name}` needs the scope `{scope}`, which this credential does not have. Use one that"
        " has it: an API key gets its scopes when it is made, a token from whoever signed it.",
        extensions={"code": "FORBIDDEN", "scope": scope.value},
    )
