"""Descriptions of invoices, their lines, drafts, revisions, and how they stand to QuickBooks."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "Invoice": "An invoice that the office keeps here, with its lines and its way to QuickBooks.",
    "Invoice.invoiceDate": "The date on the invoice; it decides which accounting period it is in.",
    "Invoice.customer": "Who is billed.",
    "Invoice.businessUnit": "The part of the business it belongs to, a class in QuickBooks; null:"
    " none. A task may name another one.",
    "Invoice.taxZone": "Where it is taxed, a sales tax item or group in QuickBooks; null: no sales"
    " tax.",
    "Invoice.summary": "What the work was, in a few words. In QuickBooks it is the memo, behind the"
    " batch's number and name; null: none.",
    "Invoice.tasks": "Its lines, in the order of this side. QuickBooks may keep another order.",
    "Invoice.subtotal": "Sum of the tasks' amounts, before tax.",
    "Invoice.salesTax": "Tax on the taxable tasks, each component of the zone rounded half up to"
    " the"
    " cent, as QuickBooks does.",
    "Invoice.total": "Subtotal and sales tax.",
    "Invoice.balance": "What is still owed: the total minus the payments that QuickBooks last"
    " told.",
    "Invoice.isApplicationForPayment": "Generated from an Application for Payment, the bill for"
    " a part of a contract: it cannot be"
    " edited and synced.",
    "Invoice.batch": "The batch it is exported with, or was; null before any export.",
    "Invoice.exportStatus": "Whether QuickBooks has it at all. For edits made since, see"
    " `syncStatus`.",
    "Invoice.exportOrigin": "How it came to count as exported; null while it is not.",
    "Invoice.syncStatus": "How the edits made since the export stand to QuickBooks.",
    "Invoice.sync": "How far its newest sync has come, and what is in its way.",
    "Invoice.createdAt": "When it was made here.",
    "Invoice.updatedAt": "When it last changed, by a save or by syncing.",
    "Task.position": "Place among the invoice's tasks, from 1.",
    "Task.item": "What was sold or done.",
    "Task.description": "Text of the line, at most 4,095 characters; null: none.",
    "Task.quantity": "How many, with at most 5 fraction digits.",
    "Task.unitPrice": "Price of one, with at most 5 fraction digits; QuickBooks calls it rate.",
    "Task.amount": "Quantity times unit price, rounded half up to the cent.",
    "Task.taxable": "Whether the tax zone's rates apply to it.",
    "Task.businessUnit": "The line's own business unit; null: the invoice's.",
    "Task.inventoryLocation": "The truck or warehouse it is taken from; null: none was chosen.",
    "Task.quickbooksLineId": "TxnLineID of the line in QuickBooks; null until QuickBooks told it.",
    "InvoiceSync": "How far the newest sync of an invoice has come, and what is in its way.",
    "InvoiceSync.status": "The same as the invoice's `syncStatus`.",
    "InvoiceSync.phase": "Where it is on its way; null when nothing was ever to be sent.",
    "InvoiceSync.outcome": "What is known of its effect in QuickBooks; never guessed.",
    "InvoiceSync.syncedAt": "When QuickBooks confirmed `syncedVersion`; null: never.",
    "InvoiceSync.queuePosition": "Place in its connection's queue, 1 leaves next; null when it does"
    " not wait there.",
    "InvoiceSync.attempts": "How often the newest sync was sent to QuickBooks.",
    "InvoiceSync.nextAttemptAt": "When it is tried again by itself at the earliest; null when no"
    " time is set.",
    "InvoiceSync.issue": "The newest open problem; null when there is none.",
    "InvoiceSync.conflict": "The fields that both sides changed, for `resolveConflict`; null when"
    " there is none.",
    "FieldNotSent": "Something saved here that QuickBooks cannot hold.",
    "FieldNotSent.path": "The field, such as `tasks.<id of the task>.cost`.",
    "FieldNotSent.reason": "Why it stays here, in a sentence fit to show.",
    "SyncConflict": "Fields that were changed here and in QuickBooks since both last agreed.",
    "SyncConflict.fields": "Each with its three values.",
    "SyncConflict.detectedAt": "When it was found.",
    "FieldConflict": "One field that both sides changed. Null stands for an empty or missing"
    " value.",
    "FieldConflict.path": "The field, as `resolveConflict` takes it.",
    "FieldConflict.base": "What both sides last agreed on; null also where that is not known.",
    "FieldConflict.ours": "The value here.",
    "FieldConflict.quickbooks": "The value in QuickBooks.",
    "DriftedField.path": "Where: `invoiceDate`, or `tasks.<task id>.unitPrice`; a path that ends"
    " with the task is a line that is gone there. `resolveDrift` takes it back.",
    "DriftedField.base": "The value that both sides agreed on.",
    "DriftedField.ours": "The value here.",
    "DriftedField.quickbooks": "The value in QuickBooks.",
    "QuickBooksCopy.txnId": "QuickBooks' own id of the invoice (TxnID).",
    "QuickBooksCopy.editSequence": "QuickBooks' mark of the version it holds (EditSequence).",
    "QuickBooksCopy.readAt": "When QuickBooks told it.",
    "QuickBooksCopy.verifiedAt": "When a copy was last proven to equal what was saved here; null:"
    " this one was not compared with a write.",
    "QuickBooksCopy.fields": "Every synced field of both sides.",
    "QuickBooksCopy.foreignLines": "Lines in QuickBooks that are not ours, such as a bookkeeper's"
    " note; every sync leaves them alone.",
    "FieldComparison": "A field on both sides, as text. Null stands for an empty or missing value.",
    "FieldComparison.path": "The field, such as `invoiceDate`, or `tasks.<id of the"
    " task>.unitPrice`.",
    "FieldComparison.ours": "The value here, as QuickBooks would hold it.",
    "FieldComparison.quickbooks": "The value in QuickBooks' copy.",
    "FieldComparison.equal": "Whether they agree, by the rules of the field: numbers by their"
    " value,"
    " names without letter case.",
    "QuickBooksPayment.date": "The date QuickBooks has for it.",
    "QuickBooksPayment.txnId": "QuickBooks' own id of it (TxnID).",
    "PreviewField.effect": "What the sync would do to it.",
    "PreviewLine.action": "What the sync would do to it in QuickBooks.",
    "PreviewLine.description": "Its text as it would be, or as it is if it goes; null: none.",
    "EditEligibility": "Whether the viewer may edit an invoice and sync the edit.",
    "EditEligibility.canEdit": "Whether an edit can be staged and saved, if only with Save &"
    " Bypass.",
    "EditEligibility.canSync": "Whether Save & Sync is open to the viewer.",
    "EditEligibility.reasons": "Everything that stands against it, at once; empty when all is"
    " open.",
    "EditEligibility.alternative": "What to do instead; null when the invoice can be synced.",
    "EditEligibility.connections": "The connections that reach the company file which holds the"
    " invoice. With one, `connectionId` may be left out of a save.",
    "EligibilityReason": "One reason against editing or syncing an invoice.",
    "EligibilityReason.code": "The reason, for programs.",
    "EligibilityReason.message": "The reason in a sentence fit to show.",
    "InvoiceDraft": "Staged edits of one person: seen by all, part of the invoice once they are"
    " saved.",
    "InvoiceDraft.baseVersion": "The version of the invoice that the edits were begun on.",
    "InvoiceDraft.editor": "Who is editing.",
    "InvoiceDraft.startedAt": "When the first edit was staged.",
    "InvoiceDraft.changes": "What a save would change, field by field.",
    "InvoiceDraft.subtotal": "What the subtotal would be.",
    "InvoiceDraft.salesTax": "What the sales tax would be.",
    "InvoiceDraft.total": "What the total would be.",
    "InvoiceDraft.guards": "What a save of these edits would meet: refusals, reminders, remarks.",
    "FieldChange": "A field before and after, as text. Null stands for an empty or missing value.",
    "FieldChange.path": "The field, such as `summary`, or `tasks.<id of the task>.quantity`.",
    "FieldChange.before": "Its value before the change.",
    "FieldChange.after": "Its value after the change.",
    "Revision": "An accepted save: who, when, why, and what it changed. Never altered afterwards.",
    "Revision.version": "The version of the invoice that this save made.",
    "Revision.actor": "Who saved it.",
    "Revision.reason": "Why, in the words of whoever saved it; null: nothing was said.",
    "Revision.madeAt": "When it was saved.",
    "Revision.changes": "What it changed against the version before, field by field.",
    "Revision.disposition": "What was chosen with this save: SYNCING for Save & Sync, BYPASSED for"
    " Save & Bypass.",
    "Guard.code": "What it watches, for programs; `acknowledge` of a save takes it.",
    "Guard.severity": "Whether it refuses, wants to be acknowledged, or only tells.",
    "SyncEvent": "A change of how an invoice stands to QuickBooks, as it was when it happened.",
    "SyncEvent.occurredAt": "When it happened.",
    "SyncEvent.invoice": "The invoice as it is now.",
    "SyncEvent.previousStatus": "The status right before; equal to `status` when only the phase"
    " changed.",
    "SyncEvent.phase": "Where its sync was right after this event; null when none was under way.",
    "SyncEvent.invoiceVersion": "The version of the invoice that this event is about.",
    "SyncEvent.actor": "Who caused it: a person, a partner, QuickBooks, or the service itself.",
    "SyncEvent.issue": "The problem that it brought; null when it brought none.",
    "Actor.kind": "What it is.",
    "Actor.id": "Id of the person or API key; null for QuickBooks and the service.",
    "Actor.name": "The name, as it was when this was done.",
    "Viewer.actor": "Who is asking.",
    "Viewer.permissions": "What the caller may do, by the names that `setPermission` takes.",
    "Viewer.accountName": "The business whose data the caller sees; no other account's is visible.",
}
