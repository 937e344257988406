"""Save: an invoice that QuickBooks does not know yet becomes its next version, and nothing else."""

from domain.eligibility import NEEDED_BEFORE_EXPORT, require_before_export
from resolvers.context import RequestContext
from resolvers.editing import open_desk
from resolvers.idempotency import claim_key, keep_answer
from resolvers.queueing import Saved, answer_of, repeat
from resolvers.saving import Save, revise


async def save_invoice(context: RequestContext, wish: Save) -> Saved:
    """Make the draft and the edits a revision of an invoice that was never exported.

    Raises Forbidden, NotFound, VersionConflict, BeingEdited, GuardRefused, NothingToSave,
    InvalidValue, and NotEligible for an invoice that was exported or is on its way: that is saved
    by Save & Sync or Save & Bypass.
    """
    context.principal.require(NEEDED_BEFORE_EXPORT)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "saveInvoice", wish.idempotency_key, wish):
            return await repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        desk = await open_desk(context, work, wish.invoice_id, version=wish.version)
        require_before_export(desk.eligibility)
        answer = Saved(await revise(context, work, desk, wish, None), None, after)
        await keep_answer(work, "saveInvoice", wish.idempotency_key, answer_of(answer))
        return answer
