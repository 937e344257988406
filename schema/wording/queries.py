"""Descriptions of queries, subscriptions, pages and their arguments."""

from collections.abc import Mapping

_EVENT_CURSOR = "`cursor` of an event, or a `syncCursor`"
_EXPIRED = (
    "The error CURSOR_EXPIRED tells that events behind it are kept no longer: read the invoices and"
    " `syncCursor` anew, and subscribe behind that."
)

WORDS: Mapping[str, str] = {
    "Query": "Everything a caller can read: of the caller's own account, and of no other.",
    "Mutation": "Everything a caller can do. A refusal the user can do something about comes as"
    " `userErrors`; nothing was done then.",
    "Subscription": "What happens, as it happens. Nothing is lost when the line drops: begin again"
    " behind the last cursor.",
    "Query.viewer": "Who is asking, and what they may do.",
    "Query.node": "Anything that has an id; null for what the account does not have.",
    "Query.node(id:)": "Any id that this API gave.",
    "Query.nodes(ids:)": "At most 100 ids that this API gave, of any types.",
    "Query.invoice": "One invoice; null when the account has no such one.",
    "Query.invoice(id:)": "The invoice's id.",
    "Query.invoices": "The account's invoices, filtered and sorted, page by page.",
    "Query.invoices(filter:)": "Which invoices; absent: all of them.",
    "Query.invoices(sort:)": "The order; a cursor holds in the order it was taken in.",
    "Query.auditTrail(filter:)": "Which entries; absent: all of them.",
    "Query.batches(status:)": "Batches with one of these statuses; absent: all of them.",
    "Query.syncQueue(connectionId:)": "The connection whose queue it is.",
    "Query.previewSync(invoiceId:)": "The invoice whose sync to look at.",
    "Query.previewSync(connectionId:)": "The connection it would be sent through; absent: the one"
    " that a save would take.",
    "Query.unlockRequest(id:)": "The request's id, as `requestUnlock` gave it.",
    "Query.unlockRequest(waitSeconds:)": "How long to wait for answers that are on their way: 0 to"
    " 20.",
    "Query.companyFiles": "The QuickBooks company files of the account.",
    "Query.connections": "The Web Connector installs of the account, whatever file they reach.",
    "Query.customers": "All customers of the account.",
    "Query.businessUnits": "All business units of the account.",
    "Query.taxZones": "All tax zones of the account.",
    "Query.technicians": "All technicians of the account.",
    "Query.inventoryLocations": "All trucks and warehouses of the account.",
    "Query.items": "All services, materials, equipment and price modifiers of the account.",
    "Query.periodReadiness(month:)": "A year and a month: 2026-11.",
    "Query.syncEvents(after:)": f"{_EVENT_CURSOR}; absent: from the oldest event that is kept.",
    "Query.payments(exportStatus:)": "Only those whose export is so far; absent: all of them.",
    "Query.syncIssues(rootsOnly:)": "True leaves out those that wait for a root.",
    "Query.syncIssues(rootId:)": "Only those that wait for this root; `rootsOnly` is then ignored.",
    "Query.syncIssuesCsv(first:)": "Rows in this piece: 1 to 1,000.",
    "Query.syncIssuesCsv(rootsOnly:)": "True leaves out those that wait for a root.",
    "Invoice.syncEvents(after:)": f"{_EVENT_CURSOR}; absent: from the oldest event that is kept.",
    "Subscription.syncStatusChanged(after:)": f"{_EVENT_CURSOR}: first all that happened since;"
    f" absent: only what happens from now on. {_EXPIRED}",
    "Subscription.syncStatusChanged(filter:)": "Which events; absent: all of them. Sequences of"
    " those left out are missing in the stream.",
    "Subscription.invoiceSyncStatusChanged(invoiceId:)": "The invoice to follow.",
    "Subscription.invoiceSyncStatusChanged(after:)": f"{_EVENT_CURSOR}: first what happened to the"
    f" invoice since; absent: first its latest event, which tells how it stands. {_EXPIRED}",
    "SyncIssue.dependents(first:)": "How many at most: 1 to 100.",
    "Node.id": "Opaque id, for `node` and for inputs that ask for one. It never changes.",
    "PageInfo": "Where a page of a list begins and ends.",
    "PageInfo.hasNextPage": "Whether more follows behind `endCursor`.",
    "PageInfo.hasPreviousPage": "Whether this page was asked for behind a cursor.",
    "PageInfo.startCursor": "Cursor of the first item of the page; null when it is empty.",
    "PageInfo.endCursor": "Cursor of the last item of the page, for `after` of the next one; null"
    " when it is empty.",
}

#: For the types of pages and what is on them, whatever they list.
PAGES: Mapping[str, str] = {
    "Connection": "One page of a list. Cursors hold although items come and go meanwhile.",
    "Connection.edges": "The items with their cursors.",
    "Connection.nodes": "The same items without cursors.",
    "Connection.pageInfo": "Where the page begins and ends, and whether more follows.",
    "Edge": "An item of a page, with its place in the list.",
    "Edge.node": "The item itself.",
    "Edge.cursor": "Give it as `after` to go on behind this item.",
}
#: For arguments that have one meaning wherever they stand.
ARGUMENTS: Mapping[str, str] = {
    "first": "How many at most: 1 to 100.",
    "after": "Cursor of a page of this list, to go on behind it; absent: from the beginning.",
    "input": "What to do it to, and how; its type tells each field.",
}
