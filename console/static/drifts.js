// What somebody changed in QuickBooks after both sides were equal, and the choice between them.

import { ask } from "./api.js";
import { acts } from "./acts.js";
import { DRIFT, ROW } from "./documents.js";
import { h, nothing } from "./dom.js";
import { pages } from "./paging.js";
import { sidesForm } from "./sides.js";
import { ago } from "./time-ago.js";
import { invoiceLink, money, moment, taskNames } from "./words.js";

const PAGE = `query ($after: String) { drifts(first: 20, after: $after) {
  nodes { ${ROW} tasks { id description item { name } } drift { ${DRIFT} } } pageInfo { hasNextPage endCursor } } }`;

/** Give what was changed there of this invoice with the choice; nothing when it was left alone. */
export function driftPanel(invoice, { changed }) {
  if (!invoice.drift) return null;
  return h("div", { class: "panel warn drift" }, h("h2", {}, "Changed in QuickBooks"), ...told(invoice, changed));
}

function told(invoice, changed) {
  const { drift } = invoice;
  const act = acts(invoice, { changed });
  return [
    h("p", {}, h("strong", {}, drift.message)),
    h("p", { class: "quiet" }, "Found ", moment(drift.detectedAt), " (", ago(drift.detectedAt), "). Ours stays as it is until somebody decides."),
    drift.kind === "CHANGED" && sidesForm({
      fields: drift.fields, tasks: taskNames(invoice), key: `${invoice.id} ${drift.detectedAt}`,
      words: "Take what is chosen", act: act.resolveDrift,
    }),
    drift.kind === "VOIDED" && h("p", {}, "A void is never overwritten. If it was a mistake, undo it in QuickBooks. If it was meant, bypass the export of this invoice here."),
    act.place,
    drift.kind === "VOIDED" && h("div", { class: "row way-out" }, act.bypassExport()),
  ];
}

/** Give the list of all invoices that were changed there. */
export function driftList() {
  const list = pages({
    page: async (after) => (await ask(PAGE, { after })).drifts,
    draw: (invoice) => h("section", { class: "card drift" },
      h("div", { class: "head" }, h("h3", {}, invoiceLink(invoice)), h("span", { class: "quiet" }, `${invoice.customer.name} · ${money(invoice.total)}`)),
      told(invoice, () => list.refresh())),
    empty: () => nothing("Nobody changed a synced invoice in QuickBooks since it was compared.", "good"),
  });
  return list;
}
