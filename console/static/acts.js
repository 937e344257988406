// What a person can do about the sync of one invoice, wherever it is shown: one act, one key, and
// what the service wants confirmed is asked in the same place.

import { Trouble, wish } from "./api.js";
import { askedConnection } from "./connection-choice.js";
import { ERRORS } from "./documents.js";
import { field, h, show, toast } from "./dom.js";
import { localDay } from "./words.js";

const DONE = `invoice { id } ${ERRORS}`;
const RESYNC = `mutation ($input: ResyncInput!) { done: resync(input: $input) { ${DONE} } }`;
const BYPASS = `mutation ($input: SaveAndBypassInput!) { done: saveAndBypass(input: $input) { ${DONE} } }`;
const CONFLICT = `mutation ($input: ResolveConflictInput!) { done: resolveConflict(input: $input) { ${DONE} } }`;
const DRIFT = `mutation ($input: ResolveDriftInput!) { done: resolveDrift(input: $input) { ${DONE} } }`;
const BYPASS_EXPORT = `mutation ($input: BypassInvoiceExportInput!) { done: bypassInvoiceExport(input: $input) { ${DONE} } }`;
const EXPORT = `mutation ($input: ExportInvoicesInput!) { done: exportInvoices(input: $input) { ${ERRORS} } }`;
const TOASTS = {
  [BYPASS]: "Bypassed: QuickBooks is left as it is.",
  [BYPASS_EXPORT]: "Bypassed: it counts as exported, and QuickBooks is left as it is.",
  [DRIFT]: "Decided. Both sides are compared once more.",
};

const notes = new Map(); // by invoice: what was typed and not sent, for when its place is drawn anew

/** Give the acts on an invoice, and the place where they ask and say what went wrong; `changed` is called after each. */
export function acts(invoice, { changed, issue = invoice.sync?.issue }) {
  const error = h("div", { role: "alert" });
  const needed = h("div");
  const through = h("div");
  const connection = askedConnection(through);
  const note = h("input", { maxlength: 200, placeholder: "optional", value: notes.get(invoice.id) ?? "", oninput: () => notes.set(invoice.id, note.value) });
  const reason = h("input", { maxlength: 200 });
  const place = h("div", { class: "acts" }, needed, through, error);
  const today = localDay();
  const seen = [invoice.syncStatus, invoice.exportStatus, issue?.id, issue?.attempts, issue?.openedAt, invoice.sync?.conflict?.detectedAt, invoice.drift?.detectedAt];
  let isBusy = false;

  async function act(document, input) {
    if (isBusy) return;
    isBusy = true;
    show(error);
    try {
      const { done } = await wish(document, input, seen);
      if (done.userErrors.length) await refuse(done.userErrors);
      else await succeed(document);
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(error, h("p", { class: "error" }, fault.message));
    } finally {
      isBusy = false;
    }
  }

  async function succeed(document) {
    notes.delete(invoice.id);
    toast(TOASTS[document] ?? "On its way to QuickBooks.");
    await changed();
  }

  async function refuse(errors) {
    show(error, errors.map((one) => h("p", { class: "error" }, one.code === "ACKNOWLEDGEMENT_NEEDED" ? "Confirm what is asked above, then try again." : one.message)));
    const guards = errors.flatMap((one) => one.guards ?? []).filter((guard) => guard.severity === "ACKNOWLEDGE");
    show(needed, guards.map((guard) => h("label", { class: "check" }, h("input", { type: "checkbox", value: guard.code }), h("span", {}, guard.message, guard.steps.map((step) => h("span", { class: "quiet block" }, step))))));
    await connection.wanted(errors);
  }

  const about = () => ({ invoiceId: invoice.id, version: invoice.version });
  const confirmed = () => ({ acknowledge: [...needed.querySelectorAll("input:checked")].map((box) => box.value) });
  const button = (words, onclick, kind) => h("button", { type: "button", class: kind, onclick }, words);
  return {
    place,
    resync: () => button("Re-Sync", () => act(RESYNC, { ...about(), ...confirmed(), ...connection.given() }), "primary"),
    bypass: () => h("div", { class: "bypass" }, field("Note on the bypass", note), button("Bypass", () => act(BYPASS, { ...about(), ...confirmed(), reason: note.value.trim() || null }))),
    bypassExport: () => h("div", { class: "bypass" }, field("Why the export is bypassed", reason), button("Bypass the export", () => act(BYPASS_EXPORT, { invoiceId: invoice.id, reason: reason.value.trim() || null }))),
    exportNow: (words) => button(words, () => act(EXPORT, { ...connection.given(), invoiceIds: [invoice.id], batchName: invoice.batch?.name || `${today} ${invoice.businessUnit?.name ?? ""}`.trim() }), "primary"),
    resolveConflict: (choices) => act(CONFLICT, { ...about(), choices }),
    resolveDrift: (choices) => act(DRIFT, { ...about(), detectedAt: invoice.drift.detectedAt, choices }),
  };
}
