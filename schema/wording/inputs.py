"""Descriptions of what mutations take and give."""

from collections.abc import Mapping

_STAGED = "The open draft with its changes, totals and guards; null when nothing is staged."
_SAVED = "The invoice as saved; null when nothing was done."
_CURSOR = "Subscribe `after` it to see what becomes of this call; null when nothing was done."
_CONNECTION_ID = (
    "The connection to send through. May be left out when only one reaches the company file that"
    " holds the invoice."
)
_EDITS = "What to change, for callers that do not stage; it is added to the caller's draft, if any."
_ACKNOWLEDGE = "Guards of severity ACKNOWLEDGE that the user was shown and confirmed."
_REASON = "Why, for the history; at most 1,000 characters."

WORDS: Mapping[str, str] = {
    "CreateInvoiceInput": "A new invoice, which QuickBooks does not know until it is exported;"
    " or an imported one.",
    "CreateInvoiceInput.invoiceNumber": "Invoice #, at most 11 characters.",
    "CreateInvoiceInput.invoiceDate": "The date on the invoice; it decides which accounting period"
    " it is in.",
    "CreateInvoiceInput.customerId": "Who is billed.",
    "CreateInvoiceInput.taxZoneId": "Where it is taxed; absent: no sales tax.",
    "CreateInvoiceInput.businessUnitId": "The part of the business it belongs to.",
    "CreateInvoiceInput.technicianId": "Who did the work; its truck is where material comes from"
    " unless a task says otherwise.",
    "CreateInvoiceInput.serviceLocationId": "Where the customer was served; one of"
    " `Customer.serviceLocations`.",
    "CreateInvoiceInput.summary": "What the work was, in a few words; the memo in QuickBooks.",
    "CreateInvoiceInput.tasks": "Its lines, in their order; at least one.",
    "CreateInvoicePayload": "The new invoice, or why there is none.",
    "CreateInvoicePayload.invoice": "The invoice as it was made; null when nothing was done.",
    "ExportInvoicesInput": "Invoices that QuickBooks shall hold from now on.",
    "ExportInvoicesInput.invoiceIds": "Up to 200 invoices that are not exported yet, each once.",
    "ExportInvoicesInput.batchName": "Name of the new batch, at most 200 characters; with its"
    " number"
    " it begins the memo of each invoice in QuickBooks.",
    "ExportInvoicesInput.connectionId": "The connection to send through. May be left out when there"
    " is only one.",
    "ExportInvoicesPayload": "The new batch, or why there is none.",
    "ExportInvoicesPayload.batch": "The batch that was made; null when nothing was done.",
    "ExportInvoicesPayload.invoices": "Its invoices as they are now; null when nothing was done.",
    "InvoiceDetailsPatch": "Changes of an invoice's details. Absent leaves a field as it is.",
    "InvoiceDetailsPatch.invoiceNumber": "Invoice #, at most 11 characters; it cannot be empty.",
    "InvoiceDetailsPatch.invoiceDate": "The date on the invoice; it cannot be empty.",
    "InvoiceDetailsPatch.taxZoneId": "Where it is taxed; null: no sales tax.",
    "InvoiceDetailsPatch.summary": "What the work was, in a few words; null: none.",
    "TaskPatch": "Changes of a task. Absent leaves a field as it is.",
    "TaskPatch.description": "Text of the line, at most 4,095 characters; null: none.",
    "TaskPatch.taxable": "Whether the tax zone's rates apply to it; it cannot be empty.",
    "TaskPatch.quantity": "How many, with at most 5 fraction digits; it cannot be empty.",
    "TaskPatch.unitPrice": "Price of one, with at most 5 fraction digits; it cannot be empty.",
    "TaskPatch.cost": "What one costs the office; kept here only. Null: not known.",
    "TaskPatch.businessUnitId": "The line's own business unit; null: the invoice's.",
    "TaskPatch.inventoryLocationId": "The truck or warehouse it is taken from; null: none.",
    "NewTask": "A line to be added.",
    "NewTask.itemId": "What was sold or done; it cannot be changed later.",
    "NewTask.description": "Text of the line, at most 4,095 characters.",
    "NewTask.taxable": "Whether the tax zone's rates apply to it.",
    "NewTask.quantity": "How many, with at most 5 fraction digits.",
    "NewTask.unitPrice": "Price of one, with at most 5 fraction digits; below zero for a discount.",
    "NewTask.cost": "What one costs the office; kept here only.",
    "NewTask.businessUnitId": "The line's own business unit; absent: the invoice's.",
    "NewTask.inventoryLocationId": "The truck or warehouse it is taken from.",
    "NewTask.position": "Where it stands among the tasks, from 1; absent: at the end.",
    "TaskEdit": "Changes of one of several tasks.",
    "TaskEdit.taskId": "The task to change.",
    "TaskEdit.patch": "What to change of it.",
    "InvoiceEdits.details": "Changes of the invoice's details.",
    "InvoiceEdits.editTasks": "Changes of tasks that are there, each task once.",
    "InvoiceEdits.addTasks": "Tasks to add, in their order.",
    "InvoiceEdits.removeTaskIds": "Lines that shall no longer be there, nor in QuickBooks.",
    "UpdateInvoiceDetailsInput": "Changes of an invoice's details, to be staged.",
    "UpdateInvoiceDetailsInput.patch": "What to change.",
    "UpdateInvoiceDetailsPayload": "The draft with these changes in it, or why they were refused.",
    "UpdateInvoiceDetailsPayload.invoice": "The invoice, which is unchanged until the draft is"
    " saved.",
    "UpdateInvoiceDetailsPayload.draft": _STAGED,
    "EditTaskInput": "Changes of one task, to be staged.",
    "EditTaskInput.taskId": "The task to change; one that was staged before may be changed too.",
    "EditTaskInput.patch": "What to change of it.",
    "EditTaskPayload": "The draft with these changes in it, or why they were refused.",
    "EditTaskPayload.invoice": "The invoice, which is unchanged until the draft is saved.",
    "EditTaskPayload.draft": _STAGED,
    "AddTaskInput": "A task to be added, staged first.",
    "AddTaskInput.task": "The new line.",
    "AddTaskPayload": "The draft with the new task in it, or why it was refused.",
    "AddTaskPayload.invoice": "The invoice, which is unchanged until the draft is saved.",
    "AddTaskPayload.draft": _STAGED,
    "RemoveTaskInput": "A task to be removed, staged first.",
    "RemoveTaskInput.taskId": "The task to remove; one that was only staged disappears.",
    "RemoveTaskPayload": "The draft without the task, or why that was refused.",
    "RemoveTaskPayload.invoice": "The invoice, which is unchanged until the draft is saved.",
    "RemoveTaskPayload.draft": _STAGED,
    "DiscardDraftInput": "Whose staged edits to drop.",
    "DiscardDraftPayload": "The invoice without a draft of the caller's, or why that was refused.",
    "DiscardDraftPayload.invoice": "The invoice as it is; null when nothing was done.",
    "SaveAndSyncInput": "The caller's draft, these edits, or both together, to be saved and sent.",
    "SaveAndSyncInput.connectionId": _CONNECTION_ID,
    "SaveAndSyncInput.edits": _EDITS,
    "SaveAndSyncInput.acknowledge": _ACKNOWLEDGE,
    "SaveAndSyncInput.reason": _REASON,
    "SaveAndSyncPayload": "The saved invoice on its way to QuickBooks, or why nothing was saved. An"
    " offline connection is no reason: what is saved waits for it.",
    "SaveAndSyncPayload.invoice": _SAVED,
    "SaveAndBypassInput": "The caller's draft, these edits, or both together, to be saved here"
    " only."
    " Without any, what waits for QuickBooks or was refused by it is bypassed as it is.",
    "SaveAndBypassInput.connectionId": "Kept for the record; nothing is sent through it.",
    "SaveAndBypassInput.edits": _EDITS,
    "SaveAndBypassInput.acknowledge": _ACKNOWLEDGE,
    "SaveAndBypassInput.reason": _REASON,
    "SaveAndBypassPayload": "The saved invoice, or why nothing was saved.",
    "SaveAndBypassPayload.invoice": _SAVED,
    "SaveAndBypassPayload.syncCursor": _CURSOR,
    "ResyncInput": "An invoice to be sent again as it is, bypassed or refused before.",
    "ResyncInput.connectionId": _CONNECTION_ID,
    "ResyncInput.acknowledge": _ACKNOWLEDGE,
    "ResyncPayload": "The invoice on its way to QuickBooks, or why it is not.",
    "ResyncPayload.invoice": "The invoice as it is now; null when nothing was done.",
    "ResyncPayload.connection": "State of the connection it will travel through, and when to expect"
    " it.",
    "ResyncPayload.syncCursor": _CURSOR,
    "ConflictChoice.path": "The field, as `SyncConflict` tells it.",
    "ConflictChoice.take": "Whose value it gets.",
    "ResolveConflictInput.choices": "One for each field in conflict, none left out.",
    "ResolveConflictPayload": "The invoice on its way to QuickBooks with the chosen values, or why"
    " it is not.",
    "ResolveConflictPayload.invoice": _SAVED,
    "ResolveConflictPayload.syncCursor": _CURSOR,
    "RevertToPayload.invoice": "The invoice, which is unchanged until the draft is saved.",
    "CreateAdjustmentInvoicePayload.invoice": "The new invoice, which is exported like any other;"
    " null when nothing was done.",
    "CreateConnectionInput": "A new Web Connector install, for a company file that is known or"
    " new.",
    "CreateConnectionInput.companyFileId": "The company file it shall reach, if it is known here;"
    " else name it.",
    "CreateConnectionInput.companyFileName": "The account's word for a company file; a new one is"
    " made when none has this name.",
    "CreateConnectionInput.name": "The account's name of the connection, at most 80 characters.",
    "CreateConnectionPayload.connection": "The new connection; null when nothing was done.",
    "CreateConnectionPayload.qwcFile": "The text of the .qwc file that the Web Connector opens; the"
    " password is not in it.",
    "CreateConnectionPayload.password": "To be typed into the Web Connector. It is shown here once"
    " and nowhere again.",
    "RotateConnectionPasswordInput": "Whose password to replace.",
    "RotateConnectionPasswordInput.connectionId": "The connection that gets a new password.",
    "RotateConnectionPasswordPayload.connection": "The connection; null when nothing was done.",
    "RotateConnectionPasswordPayload.password": "The new one, to be typed into the Web Connector."
    " It"
    " is shown here once and nowhere again.",
    "UpdateConnectionInput.connectionId": "The connection to change.",
    "UpdateConnectionInput.name": "Another name, at most 80 characters; it cannot be empty.",
    "UpdateConnectionInput.disabled": "True: it may not sign in, and its queue waits.",
    "UpdateConnectionInput.lingerSeconds": "How long a session stays open for new work once the"
    " queue is empty: 0 (off) to 20; null: as this service is set.",
    "UpdateConnectionPayload": "The connection as changed, or why it is not.",
    "UpdateConnectionPayload.connection": "The connection as it is now; null when nothing was"
    " done.",
    "SyncEventFilter.status": "Events after which the invoice has one of these statuses.",
    "SyncEventFilter.invoiceIds": "Events of these invoices.",
    "MutationPayload": "What every mutation gives: what was done, or why nothing was.",
    "MutationPayload.userErrors": "Why nothing was done, each fit to show; empty when it was done."
    " Each mutation names the codes that it can answer, beside those of all: INVALID, REQUIRED,"
    " TOO_LONG, OUT_OF_RANGE, NOT_FOUND, FORBIDDEN and IDEMPOTENCY_KEY_REUSED.",
    "UserError.code": "What it is, for programs.",
    "BeingEditedError.editor": "Who is editing; ask them to save or discard.",
    "BeingEditedError.since": "When they began.",
    "GuardError.guards": "What stands against the save, or wants to be acknowledged, and what to"
    " do.",
    "NotEligibleError.eligibility": "Every reason at once, and what to do instead.",
    "VersionConflictError.current": "The invoice as it is now.",
    "VersionConflictError.changedFields": "What others changed since the version that was sent,"
    " as paths such as `summary` or `tasks.<id of the task>.unitPrice`.",
}

#: For fields of every input object.
COMMON: Mapping[str, str] = {
    "invoiceId": "The invoice that this is about.",
    "version": "The invoice's version as the caller read it; when it has moved on, nothing is done"
    " and VERSION_CONFLICT says so.",
    "idempotencyKey": "A text of the caller's choice, new for each wish. The same call with the"
    " same"
    " key gives the same answer again and does nothing twice.",
}
