// Batches: their life, bypassing one, and unlocking what was bypassed with QuickBooks' own evidence.

import { ask, wish } from "./api.js";
import { askedConnection } from "./connection-choice.js";
import { ERRORS, ROW } from "./documents.js";
import { field, h, openDialog, show, toast } from "./dom.js";
import { fill } from "./paging.js";
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
  const place = h("div");
  let after = null;

  async function read({ anew = true } = {}) {
    const { batches: page } = await ask(PAGE, { after: anew ? null : after });
    after = page.pageInfo.endCursor;
    if (anew) show(place);
    place.querySelector(".list-foot")?.remove();
    place.append(...page.nodes.map((batch) => draw(h("section", { class: "card" }), batch)));
    if (!place.childElementCount) place.append(h("p", { class: "quiet" }, "There is no batch yet: exporting invoices makes one."));
    if (page.pageInfo.hasNextPage) place.append(h("div", { class: "list-foot" }, h("button", { type: "button", onclick: () => read({ anew: false }) }, "Show more")));
  }

  function draw(card, batch) {
    const { totals } = batch;
    const error = h("div", { role: "alert" });
    const through = h("div");
    const connection = askedConnection(through);
    const list = h("details", {}, h("summary", {}, `${totals.invoices} ${totals.invoices === 1 ? "invoice" : "invoices"}, ${money(totals.total)}`));
    const listed = h("div");
    list.addEventListener("toggle", () => (list.open ? drawInvoices(listed, batch) : show(listed)));
    const act = async (document, given, words) => {
      const { done } = await wish(document, { batchId: batch.id, ...given }, [batch.status, totals]);
      if (done.userErrors.length) return done.userErrors;
      toast(words);
      draw(card, done.batch);
      return [];
    };
    const send = async () => {
      const errors = await act(EXPORT, connection.given(), "On its way to QuickBooks.");
      show(error, errors.map((one) => h("p", { class: "error" }, one.message)));
      await connection.wanted(errors);
    };
    const name = `batch ${batch.number}`;
    return show(card,
      h("div", { class: "head" }, h("h2", {}, `${batch.number} ${batch.name}`), h("span", { class: `badge ${KINDS[batch.status] ?? ""}` }, WORDS[batch.status])),
      h("div", { class: "row" }, list,
        batch.status === "UNLOCKED" && totals.unexported > 0 && h("button", { type: "button", "aria-label": `Export ${name}`, onclick: send }, "Export"),
        totals.unexported > 0 && h("button", { type: "button", "aria-label": `Bypass ${name}`, onclick: () => askToBypass(batch, (reason) => act(BYPASS, { reason }, "Bypassed: it counts as exported, and nothing is sent.")) }, "Bypass …"),
        totals.bypassed > 0 && h("button", { type: "button", "aria-label": `Unlock ${name}`, onclick: async () => { await unlockDialog({ batchId: batch.id }); await read(); } }, "Unlock …")), through, error, listed);
  }

  function drawInvoices(place, batch) {
    fill(place, () => ask(INVOICES, { id: batch.id }), ({ node }) => [h("div", { class: "scroll" }, h("table", {}, h("tbody", {}, node.invoices.nodes.map((invoice) => h("tr", {},
      h("th", { scope: "row" }, h("a", { href: `/console/invoices/${encodeURIComponent(invoice.id)}` }, invoice.invoiceNumber)), h("td", {}, invoice.customer.name), h("td", { class: "number" }, money(invoice.total)), h("td", {}, exportBadge(invoice)), h("td", {}, syncBadge(invoice.syncStatus))))))),
      node.invoices.pageInfo.hasNextPage && h("p", { class: "quiet" }, "These are the first 50.")]);
  }

  show(screen, h("div", { class: "head" }, h("h1", {}, "Batches"), h("button", { type: "button", onclick: () => read() }, "Refresh")), place);
  await read();
  return { refresh: read };
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
