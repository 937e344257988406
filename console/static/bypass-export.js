// The way out of an exported batch: what QuickBooks no longer holds counts as bypassed, and can be unlocked.

import { wish } from "./api.js";
import { ERRORS } from "./documents.js";
import { field, h, openDialog, show, toast } from "./dom.js";

const BYPASS = `mutation ($input: BypassInvoiceExportInput!) { done: bypassInvoiceExport(input: $input) { invoice { id } ${ERRORS} } }`;

/** Ask for the reason and bypass the export of an invoice that was exported; `changed` is called when it is done. */
export function bypassExportDialog(invoice, changed) {
  const reason = h("input", { required: true, maxlength: 200 });
  const error = h("div", { role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "bypass-export-title" });

  async function submit(event) {
    event.preventDefault();
    show(error);
    const { done } = await wish(BYPASS, { invoiceId: invoice.id, reason: reason.value.trim() }, invoice.exportOrigin);
    if (done.userErrors.length) {
      show(error, done.userErrors.map((one) => h("p", { class: "error" }, one.message)));
      return;
    }
    toast("Bypassed: it can be unlocked with its batch, once QuickBooks has told that it does not hold it.");
    dialog.close();
    changed();
  }

  show(dialog, h("form", { onsubmit: submit }, h("h2", { id: "bypass-export-title" }, `Does QuickBooks no longer hold invoice ${invoice.invoiceNumber}?`),
    h("p", {}, "If it was deleted there, bypass its export. It is locked then, nothing is sent, and QuickBooks is left as it is. To export it anew, unlock it with its batch: QuickBooks is asked first."),
    field("Reason", reason, { hint: "It stands in the audit trail." }), error,
    h("div", { class: "row end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "primary" }, "Bypass its export"))));
  openDialog(dialog);
}
