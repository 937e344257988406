"""Which codes a mutation's `userErrors` can hold: one table, shown in the description of each.

Whoever writes a client sees from it which answers need a way of their own.
"""

from collections.abc import Mapping

from graphql import GraphQLSchema

#: Of every mutation: what is given is not fit, not there, or not the caller's to do.
EVERYWHERE = frozenset(
    {
        "INVALID",
        "REQUIRED",
        "TOO_LONG",
        "OUT_OF_RANGE",
        "NOT_FOUND",
        "FORBIDDEN",
        "IDEMPOTENCY_KEY_REUSED",
    }
)
_EDITING = "VERSION_CONFLICT BEING_EDITED NOT_ELIGIBLE"
_STAGING = f"{_EDITING} ANOTHER_INVOICE_OPEN"
_SAVING = f"{_EDITING} GUARD_REFUSED ACKNOWLEDGEMENT_NEEDED NOTHING_TO_SAVE"
_ROWS = {
    "addTask editTask removeTask updateInvoiceDetails": _STAGING,
    "revertTo": f"{_STAGING} NOTHING_TO_SAVE",
    "discardDraft": "BEING_EDITED",
    "saveAndSync": f"{_SAVING} CONNECTION_NEEDED",
    "saveAndBypass saveInvoice": _SAVING,
    "resync": f"{_EDITING} GUARD_REFUSED ACKNOWLEDGEMENT_NEEDED NOTHING_TO_SYNC CONNECTION_NEEDED",
    "resolveConflict resolveDrift": f"{_EDITING} NOTHING_TO_SYNC",
    "createAdjustmentInvoice": "GUARD_REFUSED",
    "exportInvoices": "CONNECTION_NEEDED",
    "exportBatch": "CONNECTION_NEEDED UNLOCK_REFUSED",
    "recordPayment": "PAYMENT_EXCEEDS_BALANCE",
    "exportPayments": "CONNECTION_NEEDED EXPORT_ON_ITS_WAY",
    "bypassBatch bypassInvoiceExport bypassPayment": "EXPORT_ON_ITS_WAY",
    "requestUnlock": "CONNECTION_NEEDED UNLOCK_REFUSED",
    "confirmUnlock": "UNLOCK_REFUSED PIN_REFUSED PIN_LOCKED",
    "withdrawInvoiceBypass": "UNLOCK_REFUSED",
    "setAdminPin": "PIN_REFUSED PIN_LOCKED",
    "replayWebhook": "CURSOR_EXPIRED",
    "addEmployee createApiKey createConnection createInvoice createWebhook deleteWebhook": "",
    "revokeApiKey rotateApiKey rotateConnectionPassword rotateWebhookSecret": "",
    "setCustomerMapping setQuickbooksName": "ACKNOWLEDGEMENT_NEEDED",
    "setAccountingPeriod setCogsAccount setPermission": "",
    "updateAccount updateConnection updateEmployee updateWebhook": "",
}

#: By mutation, what it can answer beside EVERYWHERE; the schema is not built while one is missing.
REFUSALS: Mapping[str, tuple[str, ...]] = {
    name: tuple(codes.split()) for names, codes in _ROWS.items() for name in names.split()
}


class UnlistedRefusal(UserWarning):
    """A mutation refused with a code that its description does not name."""


def is_listed(mutation: str, code: str) -> bool:
    """Tell whether the mutation's description, or that of every mutation, names the code."""
    return code in EVERYWHERE or code in REFUSALS.get(mutation, ())


def name_refusals(schema: GraphQLSchema) -> None:
    """Say at each mutation what it can answer. Raises LookupError where the table has no row."""
    for name, field in (schema.mutation_type.fields if schema.mutation_type else {}).items():
        if name not in REFUSALS:
            raise LookupError(f"Name the refusals of {name} in schema/refusal_codes.py.")
        if codes := REFUSALS[name]:
            shown = ", ".join(f"`{code}`" for code in codes)
            field.description = f"{field.description} Refusals: {shown}."
