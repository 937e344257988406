// Batches: their life, bypassing one, and unlocking what was bypassed with QuickBooks' own evidence.

import { ask, wish } from "./api.js";
import { askedConnection } from "./connection-choice.js";
import { ERRORS, ROW } from "./documents.js";
import { field, h, nothing, openDialog, show, toast } from "./dom.js";
import { pages } from "./paging.js";
import { unlockDialog } from "./unlock.js";
import { exportBadge, money, syncBadge } from "./words.js";

const BATCH = "id number name status totals { invoices unexported exported bypassed total }";
const PAGE = `query ($after: String) { batches(first: 20, after: $after) { nodes { ${BATCH} } pageInfo { hasNextPage endCursor } } }`;
const INVOICES = `query ($id: ID!, $after: String) { node(id: $id) { ... on Batch { invoices(first: 50, after: $after) { nodes { ${ROW} } pageInfo { hasNextPage endCursor } } } } }`;
const BYPASS = `mutation ($input: BypassBatchInput!) { done: bypassBatch(input: $input) { batch { ${BATCH} } ${ERRORS} } }`;
const EXPORT = `mutation ($input: ExportBatchInput!) { done: exportBatch(input: $input) { batch { ${BATCH} } ${ERRORS} } }`;
const WORDS = { PENDING: "Pending", POSTED: "Posted", EXPORTED: "Exported", BYPASSED: "Bypassed", UNLOCKED: "Unlocked" };
const KINDS = { EXPORTED: "good", BYPASSED: "warn", UNLOCKED: "busy" };

export async function batchesScreen(screen) {
  const batches = pages({
    page: async (after) => (await ask(PAGE, { after })).batches,
    draw,
    empty: () => nothing("There is no batch yet: exporting invoices makes one."),
    isEndless: true,
  });

  function draw(batch) {
    const { totals } = batch;
    const error = h("div", { role: "alert" });
    const through = h("div");
    const connection = askedConnection(through);
    const list = h("details", {}, h("summary", {}, `${totals.invoices} ${totals.invoices === 1 ? "invoice" : "invoices"}, ${money(totals.total)}`));
    const listed = h("div");
    list.addEventListener("toggle", () => {
      const invoices = list.open && invoicesOf(batch);
      show(listed, invoices && invoices.element);
      if (invoices) invoices.read();
    });
    const act = async (document, given, words) => {
      const { done } = await wish(document, { batchId: batch.id, ...given }, [batch.status, totals]);
      if (done.userErrors.length) return done.userErrors;
      toast(words);
      batches.tell(done.batch);
      return [];
    };
    const send = async () => {
      const errors = await act(EXPORT, connection.given(), "On its way to QuickBooks.");
      show(error, errors.map((one) => h("p", { class: "error" }, one.message)));
      await connection.wanted(errors);
    };
    const name = `batch ${batch.number}`;
    return h("section", { class: "card" },
      h("div", { class: "head" }, h("h2", {}, `${batch.number} ${batch.name}`), h("span", { class: `badge ${KINDS[batch.status] ?? ""}` }, WORDS[batch.status])),
      h("div", { class: "row" }, list,
        batch.status === "UNLOCKED" && totals.unexported > 0 && h("button", { type: "button", "aria-label": `Export ${name}`, onclick: send }, "Export"),
        totals.unexported > 0 && h("button", { type: "button", "aria-label": `Bypass ${name}`, onclick: () => askToBypass(batch, (reason) => act(BYPASS, { reason }, "Bypassed: it counts as exported, and nothing is sent.")) }, "Bypass …"),
        totals.bypassed > 0 && h("button", { type: "button", "aria-label": `Unlock ${name}`, onclick: async () => { await unlockDialog({ batchId: batch.id }); await batches.refresh(); } }, "Unlock …")), through, error, listed);
  }

  const invoicesOf = (batch) => pages({
    page: async (after) => (await ask(INVOICES, { id: batch.id, after })).node.invoices,
    draw: (invoice) => h("tr", {},
      h("th", { scope: "row" }, h("a", { href: `/console/invoices/${encodeURIComponent(invoice.id)}` }, invoice.invoiceNumber)), h("td", {}, invoice.customer.name), h("td", { class: "number" }, money(invoice.total)), h("td", {}, exportBadge(invoice)), h("td", {}, syncBadge(invoice.syncStatus))),
    list: h("tbody"),
    frame: (body) => h("div", { class: "scroll" }, h("table", {}, body)),
    empty: () => nothing("It holds no invoice any more."),
  });

  show(screen, h("div", { class: "head" }, h("h1", {}, "Batches"), h("button", { type: "button", onclick: () => batches.refresh() }, "Refresh")), batches.element);
  await batches.read();
  return { refresh: () => batches.refresh(), close: () => batches.close() };
}

// It stays open until it is done: a reason that was typed is not typed twice.
function askToBypass(batch, act) {
  const reason = h("input", { maxlength: 200 });
  const error = h("div", { role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "bypass-title" });
  const submit = async (event) => {
    event.preventDefault();
    const errors = await act(reason.value.trim() || null);
    show(error, errors.map((one) => h("p", { class: "error" }, one.message)));
    if (!errors.length) dialog.close();
  };
  show(dialog, h("form", { onsubmit: submit }, h("h2", { id: "bypass-title" }, `Bypass batch ${batch.number}?`),
    h("p", {}, "Its invoices count as exported and are locked, and nothing is sent to QuickBooks. Enter them there by hand. What is on its way already is never bypassed."),
    field("Reason", reason, { hint: "Optional; it stands in the audit trail." }), error,
    h("div", { class: "row end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "primary" }, "Bypass the batch"))));
  openDialog(dialog);
}
