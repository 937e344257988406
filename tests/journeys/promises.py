"""What must hold of everything stored, after whatever happened: one sentence for each breach."""

from collections.abc import Iterator

from tests.journeys.papers import MAY_FOLLOW, RATES, Firm, Paper, Sheet
from tests.journeys.stored import Rows, Snapshot

UNSENT = frozenset({"QUEUED", "PLANNED", "READY", "RETRY_WAIT", "BLOCKED"})
IN_FLIGHT = frozenset({"SENT", "UNKNOWN"})
_PEOPLE = ("EMPLOYEE", "API_KEY")


def breaches(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Give what is wrong with the way from one snapshot to the next."""
    yield from _history(before, after)
    yield from _events(before, after)
    for invoice_id, row in after.invoices.items():
        name = f"Invoice {row['number']} ({row['sync_status']}, version {row['version']})"
        for breach in _of_invoice(after, invoice_id):
            yield f"{name}: {breach}"


def _history(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """What was told once stays told."""
    for table, column in (("sync_event", "sequence"), ("audit_entry", "id"), ("revision", "id")):
        told = {row[column]: row for row in after[table]}
        for row in before[table]:
            if told.get(row[column]) != row:
                yield f"A row of {table} was changed or taken away: {row}."


def _events(before: Snapshot, after: Snapshot) -> Iterator[str]:
    events = after.sorted("sync_event", "sequence")
    numbers = [event["sequence"] for event in events]
    (counter,) = after["event_counter"]
    if numbers != list(range(1, counter["last"] + 1)):
        yield f"The events are numbered {numbers}, and the counter says {counter['last']}."
    statuses: dict[str, str] = {}
    already_told = len(before["sync_event"])
    for event in events:
        invoice_id, status = event["invoice_id"], event["status"]
        previous = statuses.get(invoice_id, "NOT_APPLICABLE")
        statuses[invoice_id] = status
        if event["sequence"] <= already_told:
            continue
        if event["previous_status"] != previous:
            yield f"An event tells of {event['previous_status']} before; it was {previous}."
        if status != previous and not _may_follow(previous, status, event["actor_kind"]):
            yield f"{event['actor_kind']} brought {status} about behind {previous}."
    for invoice_id, row in after.invoices.items():
        told = statuses.get(invoice_id, "NOT_APPLICABLE")
        if told != row["sync_status"]:
            yield f"Invoice {row['number']} is {row['sync_status']}, and the last event told {told}."


def _may_follow(previous: str, status: str, actor_kind: str) -> bool:
    if (previous, status) == ("ACTION_REQUIRED", "SYNCING") and actor_kind == "SERVICE":
        return True  # what it had failed for is there now, so it goes by itself
    who = MAY_FOLLOW.get((previous, status))
    if who is None:
        return False
    return (who == "office") == (actor_kind in _PEOPLE)


def _of_invoice(after: Snapshot, invoice_id: str) -> Iterator[str]:
    row = after.invoices[invoice_id]
    jobs = sorted(after.of_invoice("sync_job", invoice_id), key=lambda job: job["id"])
    unsent = [job for job in jobs if job["state"] in UNSENT]
    in_flight = [job for job in jobs if job["state"] in IN_FLIGHT]
    if len(unsent) > 1 or len(in_flight) > 1:
        yield f"it has the jobs {[job['state'] for job in jobs]}."
    yield from _status(row, unsent, in_flight, jobs)
    yield from _queue(after, jobs)
    issues = [i for i in after.of_invoice("sync_issue", invoice_id) if i["resolved_at"] is None]
    if row["sync_status"] == "ACTION_REQUIRED" and not issues:
        yield "no open issue says what to do."
    if row["sync_status"] in ("SYNCED", "BYPASSED") and any(i["conflicts"] for i in issues):
        yield "it has an open conflict."
    revisions = sorted(r["version"] for r in after.of_invoice("revision", invoice_id))
    if revisions != list(range(2, row["version"] + 1)):
        yield f"its revisions are {revisions}."
    yield from _figures(row, after.paper(invoice_id))


def _status(row: dict, unsent: Rows, in_flight: Rows, jobs: Rows) -> Iterator[str]:
    status, version = row["sync_status"], row["version"]
    active = unsent or in_flight
    if status == "SYNCING":
        if not active:
            yield f"no job works on it: {[(job['version'], job['state']) for job in jobs]}."
        elif active[-1]["version"] != version:
            yield f"the job that works on it is of version {active[-1]['version']}."
    if status == "SYNCED" and (active or row["synced_version"] != version):
        yield f"QuickBooks confirmed version {row['synced_version']}, jobs {active}."
    if status in ("BYPASSED", "ACTION_REQUIRED") and unsent:
        yield f"a job for it waits to be sent: {unsent}."
    if row["export_status"] == "PENDING" and active:
        yield "it was never exported and has a job."
    if (row["synced_version"] or 0) > version:
        yield f"QuickBooks confirmed version {row['synced_version']}."


def _queue(after: Snapshot, jobs: Rows) -> Iterator[str]:
    """What is ready to be handed out belongs to a job that waits for it."""
    by_id = {job["id"]: job for job in jobs}
    for request in after["qbxml_request"]:
        job = by_id.get(request["job_id"])
        if job is not None and request["state"] == "READY":
            if job["state"] not in ("READY", "UNKNOWN"):
                yield f"a {request['kind']} lies in the queue though its job is {job['state']}."
            if job["state"] == "UNKNOWN" and request["kind"] != "INVOICE_QUERY":
                yield "a write would be sent again before it was asked after."


def _figures(row: dict, paper: Paper) -> Iterator[str]:
    assert paper.zone in RATES
    if (row["subtotal"], row["sales_tax"]) != (paper.subtotal, paper.sales_tax):
        yield (
            f"its totals are {row['subtotal']} + {row['sales_tax']},"
            f" and its tasks come to {paper.subtotal} + {paper.sales_tax}."
        )


def disagreements(firm: Firm, after: Snapshot) -> Iterator[str]:
    """Give where the stored invoices and drafts are not what the model expects, to the letter."""
    if set(after.invoices) != {sheet.id for sheet in firm.sheets}:
        yield "There are other invoices than were created."
    batches = {row["id"]: row["status"] for row in after["batch"]}
    if batches != firm.batches:
        yield f"The batches are {batches}, not {firm.batches}."
    drafts = {row["invoice_id"]: row for row in after["draft"]}
    for sheet in firm.sheets:
        row = after.invoices[sheet.id]
        told = {
            "version": row["version"],
            "status": row["sync_status"],
            "export": row["export_status"],
            "origin": row["export_origin"],
            "batch": row["batch_id"],
            "paper": after.paper(sheet.id),
            "draft": _draft(after, drafts.get(sheet.id)),
        }
        for name, value in told.items():
            expected = _expected(sheet, name)
            if value != expected:
                yield f"{name} of invoice {sheet.paper.number} is {value}, not {expected}."


def _draft(after: Snapshot, row: dict | None) -> object:
    if row is None:
        return None
    return row["editor_name"], row["base_version"], after.paper_of(row["content"])


def _expected(sheet: Sheet, name: str) -> object:
    if name != "draft":
        return getattr(sheet, name)
    draft = sheet.draft
    return None if draft is None else (draft.holder, draft.base, draft.paper)
