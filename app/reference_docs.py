"""docs/api/reference.md, written from the schema and the examples: `make reference`."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from app.api_examples import Example, Play, wide_json
from app.markdown import fenced, linked_type, paragraph, rows, table
from schema.refusal_codes import EVERYWHERE, REFUSALS

_HEAD = """\
# API reference

Every query, mutation and subscription, by task. Written by `make reference` from the schema and
from the examples in [examples](examples); a test compares, and another one sends every example to
the running service. The types that answers and inputs are made of are in [types.md](types.md). New
here? Begin with the [first calls](../../README.md#first-calls) and the [recipes](recipes.md).

**Sending.** POST to `/graphql`, as JSON: `{"query": ..., "variables": ...}`, with the header
`Authorization: Bearer` and an API key or a person's token. Subscriptions:
[subscriptions.md](subscriptions.md).

**Reading an example.** What stands in angle brackets differs from account to account: `<id of
invoice 21259>` is an id that the service gave, `<syncCursor>` the last one of that name. Moments
are shown as one and the same.

**Scopes.** Each entry names the scope that a credential needs for it: `read`, `write`, `export` or
`manage`, and the permission that the person or key needs on top, if any. An API key gets its
permissions with its scopes, a person from an administrator ([`setPermission`](#setpermission)).

**Refusals.** A mutation that did nothing says why in `userErrors`: a `code` to act on, a `message`
to show, and where in the input. Each entry names the codes it can answer. Every mutation can also
answer {everywhere}.
[What each code means](types.md#usererrorcode), and
[what to do about it](recipes.md#what-to-do-with-each-kind-of-error).
"""


class Task(NamedTuple):
    """A part of the page: what somebody wants to do, and what the API has for it."""

    title: str
    about: str
    fields: str


TASKS = (
    Task("Sign in", "Who is asking, and for whom.", "Query.viewer Query.account"),
    Task(
        "Find invoices",
        "Lists come in pages: `nodes`, and `pageInfo` with `hasNextPage` and `endCursor`.",
        "Query.invoices Query.invoice Query.node Query.nodes Query.customers Query.items"
        " Query.businessUnits Query.taxZones Query.technicians Query.inventoryLocations",
    ),
    Task(
        "Make and export invoices",
        "An invoice is made here, then exported; from then on it is edited with *Save & Sync*.",
        "Mutation.createInvoice Mutation.saveInvoice Mutation.exportInvoices"
        " Mutation.createAdjustmentInvoice Query.batches",
    ),
    Task(
        "Edit step by step",
        "What people do at a screen: staged edits are a draft, which others see and nobody else"
        " may touch. Programs send `edits` with the save instead, in one call.",
        "Mutation.updateInvoiceDetails Mutation.editTask Mutation.addTask Mutation.removeTask"
        " Mutation.revertTo Mutation.discardDraft",
    ),
    Task(
        "Save",
        "With the staged edits, or with `edits` of the call itself.",
        "Query.previewSync Mutation.saveAndSync Mutation.saveAndBypass Mutation.resync",
    ),
    Task(
        "Follow",
        "Every change of a status is an event, numbered without a gap in its account. Whoever was"
        " away goes on behind the last cursor.",
        "Subscription.invoiceSyncStatusChanged Subscription.syncStatusChanged Query.syncEvents"
        " Query.syncCursor",
    ),
    Task(
        "Solve problems",
        "What could not be synced, what the two books differ by, what keeps a month from closing.",
        "Query.syncIssues Query.syncIssueCounts Query.syncIssuesCsv Query.bypassDebt"
        " Query.periodReadiness",
    ),
    Task(
        "Settle conflicts",
        "Both sides changed the same field: a person, or a rule of yours, chooses.",
        "Mutation.resolveConflict Query.drifts Mutation.resolveDrift",
    ),
    Task(
        "Payments",
        "Recorded here, exported once.",
        "Mutation.recordPayment Mutation.exportPayments Mutation.bypassPayment Query.payments"
        " Query.paymentCounts Query.paymentsToApplyByHand Query.manualApplications",
    ),
    Task(
        "Bypass and unlock exports",
        "What counts as exported without having been sent is locked, until QuickBooks was asked.",
        "Mutation.bypassBatch Mutation.bypassInvoiceExport Mutation.withdrawInvoiceBypass"
        " Mutation.setAdminPin Mutation.requestUnlock Query.unlockRequest Mutation.confirmUnlock"
        " Mutation.exportBatch",
    ),
    Task(
        "Connections to QuickBooks",
        "A connection is one Web Connector install on a computer of the office.",
        "Query.connections Query.companyFiles Query.syncQueue"
        " Subscription.connectionStateChanged Mutation.createConnection Mutation.updateConnection"
        " Mutation.rotateConnectionPassword"
        " Mutation.setCustomerMapping Query.setupFindings Mutation.setQuickbooksName"
        " Mutation.setCogsAccount",
    ),
    Task(
        "People and permissions",
        "Who may do what, and what was done.",
        "Query.employees Mutation.addEmployee Mutation.updateEmployee Mutation.setPermission"
        " Mutation.updateAccount Query.accountingPeriods Mutation.setAccountingPeriod"
        " Query.auditTrail",
    ),
    Task(
        "API keys",
        "Credentials of partners' programs.",
        "Query.apiKeys Mutation.createApiKey Mutation.rotateApiKey Mutation.revokeApiKey",
    ),
    Task(
        "Webhooks",
        "The events of subscriptions, posted to an address: [webhooks.md](webhooks.md).",
        "Query.webhooks Mutation.createWebhook Mutation.updateWebhook Mutation.rotateWebhookSecret"
        " Mutation.replayWebhook Mutation.deleteWebhook",
    ),
)

_SUFFIX = re.compile(
    r"(?: Permission: (?P<permission>[^.]+)\.)?(?: Refusals: [^.]+\.)?"
    r" Scope: `(?P<scope>[a-z_:]+)`\.$"
)


def render_reference(schema: GraphQLSchema, examples: Mapping[str, Example]) -> str:
    """Give the page as Markdown."""
    shown: dict[str, str] = {}
    parts = [_HEAD.replace("{everywhere}", ", ".join(f"`{code}`" for code in sorted(EVERYWHERE)))]
    contents = [f"- [{task.title}](#{_anchor(task.title)})" for task in TASKS]
    parts.append("\n".join(contents) + "\n")
    for task in TASKS:
        parts.append(f"## {task.title}\n\n{task.about}\n")
        parts += [_entry(schema, place, examples, shown) for place in task.fields.split()]
    return "\n".join(parts)


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _entry(
    schema: GraphQLSchema, place: str, examples: Mapping[str, Example], shown: dict[str, str]
) -> str:
    root, _, name = place.partition(".")
    type_ = schema.get_type(root)
    assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - the roots are object types
    field = type_.fields[name]
    told = field.description or ""
    asks = _SUFFIX.search(told)
    facts = [root.lower(), f"scope `{asks['scope'] if asks else ''}`"]
    if asks and asks["permission"]:
        facts.append(f"permission {asks['permission']}")
    if root == "Mutation":
        codes = [f"`{code}`" for code in REFUSALS[name]]
        facts.append(f"refusals: {', '.join(codes) or 'those of every mutation'}")
    lines = [f"### {name}\n", " · ".join(facts) + "\n", _SUFFIX.sub("", told) + "\n"]
    if field.deprecation_reason:
        lines.append(f"**Deprecated.** {field.deprecation_reason}\n")
    lines += _arguments(field)
    lines += _answer(field)
    lines += _examples(place, name, examples, shown)
    return "\n".join(lines)


def _arguments(field: GraphQLField) -> Iterator[str]:
    wanted = field.args.get("input")
    input_type = get_named_type(wanted.type) if wanted else None
    if isinstance(input_type, GraphQLInputObjectType):
        yield f"`input`: {paragraph(input_type.description)}\n"
        yield table(("`input.…`", "type", "meaning"), rows(input_type.fields))
    elif field.args:
        yield table(("argument", "type", "meaning"), rows(field.args))


def _answer(field: GraphQLField) -> Iterator[str]:
    type_ = get_named_type(field.type)
    if isinstance(type_, GraphQLObjectType) and type_.name.endswith("Payload"):
        shown = {name: known for name, known in type_.fields.items() if name != "userErrors"}
        yield f"Answer: {paragraph(type_.description)}\n"
        yield table(("field", "type", "meaning"), rows(shown))
    else:
        yield f"Answer: {linked_type(field.type)}\n"


def _examples(
    place: str, name: str, examples: Mapping[str, Example], shown: dict[str, str]
) -> Iterator[str]:
    """Show the example that is of this field most of all; elsewhere a link leads to it."""
    of_it = [example for example in examples.values() if place in example.root_fields]
    for example in sorted(of_it, key=lambda example: example.root_fields.index(place)):
        if example.name in shown:
            yield f"Example: [{example.name}](#{shown[example.name]})\n"
            continue
        shown[example.name] = f"example-{example.name}"
        yield f"#### Example: {example.name}\n"
        yield from render_example(example)


def render_example(example: Example, plays: int | None = None) -> Iterator[str]:
    """Give the document, then variables and answer of each play, or of so many."""
    yield f"{example.about}\n"
    yield fenced("graphql", example.document)
    for play in example.plays[:plays]:
        yield from render_play(play)


def render_play(play: Play) -> Iterator[str]:
    """Give variables and answer, as they are sent and come back."""
    if play.about:
        yield f"{play.about}\n"
    if play.variables:
        yield fenced("json", wide_json(play.variables))
    events = play.answer if isinstance(play.answer, list) else [play.answer]
    yield "Events:\n" if isinstance(play.answer, list) else "Answer:\n"
    yield fenced("json", "\n".join(wide_json({"data": event}) for event in events))
