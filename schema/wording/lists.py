"""Descriptions of the account's lists, company files and connections."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "Customer": "Who is billed.",
    "Customer.name": "The office's name of the customer.",
    "Customer.quickbooksListId": "QuickBooks' own id of the customer (ListID); null until it is"
    " known.",
    "BusinessUnit": "A part of the business; invoices and their tasks belong to one.",
    "BusinessUnit.name": "The office's name of it.",
    "BusinessUnit.quickbooksClass": "The class in QuickBooks that it stands for; null: none was"
    " named yet, and invoices that use it cannot be sent while classes are on.",
    "TaxZone": "Where work is taxed, with its rates.",
    "TaxZone.name": "The office's name of it.",
    "TaxZone.quickbooksItem": "The sales tax item or group in QuickBooks that it stands for; null:"
    " none was named yet.",
    "TaxZone.isGroup": "Whether QuickBooks holds it as a group: then each rate is rounded by"
    " itself,"
    " which may differ from one rate of the same sum by a cent.",
    "TaxZone.rates": "Its components, which add up.",
    "TaxRate.name": "The office's name of the component, such as the city's.",
    "TaxRate.rate": "In percent: 6.25 means 6.25 %.",
    "Technician": "Somebody who does the work.",
    "Technician.name": "The name in the office's list.",
    "Technician.defaultTruck": "Where material comes from when a task names no location; null: none"
    " yet.",
    "InventoryLocation": "A truck or warehouse that material is taken from.",
    "InventoryLocation.name": "The office's name of it.",
    "InventoryLocation.kind": "Whether it drives.",
    "InventoryLocation.quickbooksSite": "The inventory site in QuickBooks that it stands for; null:"
    " none was named yet.",
    "InventoryLocation.technician": "Whose truck it is; null for a warehouse or a spare truck.",
    "Item": "Something that can stand on an invoice line.",
    "Item.name": "The office's name of it.",
    "Item.type": "What kind of thing it is; it decides what QuickBooks needs to know of it.",
    "Item.quickbooksListId": "QuickBooks' own id of the item (ListID); null until it is known.",
    "Item.cogsAccount": "The account for its cost of goods sold; null: none. Material and equipment"
    " cannot be sent without one.",
    "CompanyFile.name": "The account's own word for the file.",
    "CompanyFile.path": "Where QuickBooks has it, on the computer that holds it; null until a"
    " connection met it.",
    "CompanyFile.quickbooksVersion": "The product and release that opened it last, such as"
    " QuickBooks Pro 2024 (34.0); null until it was told.",
    "CompanyFile.closingDate": "Up to this day QuickBooks' books are closed, and a change may be"
    " refused; null: never closed, or not told yet. Whether a password guards it is never told.",
    "CompanyFile.usesClasses": "Whether class tracking is on in QuickBooks; null until it was"
    " told.",
    "CompanyFile.usesSites": "Whether multiple inventory sites are on in QuickBooks; null until it"
    " was told.",
    "Connection.name": "The account's own name of it, shown in the Web Connector too.",
    "Connection.kind": "Only connections of the new kind can sync edits.",
    "Connection.companyFile": "The one company file that it may write to.",
    "Connection.light": "The state in one colour: green can carry work now, red waits.",
    "Connection.queueLength": "How many exports and syncs of invoices wait to leave through it or"
    " are on their way; `syncQueue` lists them.",
    "QueuedSync.invoice": "As it is now, which may be newer than what waits.",
    "QueuedSync.version": "The version that leaves.",
    "QueuedSync.phase": "How far it is.",
    "QueuedSync.position": "Its place among those that wait, from 1; null once it is on its way.",
    "QueuedSync.queuedAt": "Since when it waits.",
    "QueuedSync.attempts": "How often it was sent.",
    "Connection.explain(code:)": "As the Web Connector shows it: QBWC1012, or an HRESULT such as"
    " 0x80040408.",
    "ConnectorError.reason": "What it means, in a sentence fit to show.",
    "ConnectorError.steps": "What to do, in order.",
    "UnlockConsent.givenAt": "When it was agreed to.",
    "UnlockFinding.date": "The date QuickBooks has for it.",
    "UnlockRequest.requestedAt": "When it was asked for.",
    "UnlockRequest.requestedBy": "Who asked for it.",
    "Employee.id": "Opaque id of the person, for inputs that ask for an employee.",
}
