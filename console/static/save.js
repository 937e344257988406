// "Transaction is exported": Save & Sync or Save & Bypass, through which connection, and what of it
// must be confirmed. What was never exported is saved without a question.

import { Trouble, ask, wish } from "./api.js";
import { connectionChoice } from "./connection-choice.js";
import { change } from "./copy.js";
import { CONNECTION, ERRORS } from "./documents.js";
import { field, h, openDialog, show, toast } from "./dom.js";
import { fieldWords, money, pathWords, taskNames, valueWords } from "./words.js";

const STAGED_NOW = "query ($id: ID!) { invoice(id: $id) { draft { editor { id } changes { path before after } } } }";
const DONE = `invoice { id version syncStatus } ${ERRORS}`;
const SYNC = `mutation ($input: SaveAndSyncInput!) { done: saveAndSync(input: $input) { ${DONE} connection { ${CONNECTION} } } }`;
const BYPASS = `mutation ($input: SaveAndBypassInput!) { done: saveAndBypass(input: $input) { ${DONE} } }`;
const HERE = `mutation ($input: SaveInvoiceInput!) { done: saveInvoice(input: $input) { ${DONE} } }`;
const PREVIEW = `query ($id: ID!, $connection: ID) { previewSync(invoiceId: $id, connectionId: $connection) {
  isLive nothingSent totalBefore totalAfter taxBefore taxAfter quickbooksTotal remarks qbxml
  fields { path before yours quickbooks effect } notSent { path reason } } }`;
// What QuickBooks lacks so that it cannot be sent: saved here it waits for that, bypassed.
const UNSENDABLE = ["CLASS_MISSING", "SITE_MISSING", "TAX_ITEM_MISSING", "CUSTOMER_MISSING", "ITEM_MISSING", "COGS_ACCOUNT_MISSING"];
const EFFECTS = { SEND: "will be sent", KEEP: "stays", STAY: "stays here", TAKE: "taken from QuickBooks", CONFLICT: "conflict" };

/** Ask how to save the draft, and do it; give whether it was saved. */
export function saveDialog(invoice, draft) {
  const isExported = invoice.exportStatus === "EXPORTED";
  const needed = new Map(draft.guards.filter((guard) => guard.severity === "ACKNOWLEDGE").map((guard) => [guard.code, guard]));
  const refusing = draft.guards.filter((guard) => guard.severity === "ERROR");
  const isOnlyUnsendable = refusing.every((guard) => UNSENDABLE.includes(guard.code));
  const { connections, canSync, reasons } = invoice.editEligibility;
  const reason = h("input", { maxlength: 200 });
  const asked = h("div");
  const error = h("div", { role: "alert" });
  const previewed = h("details", {}, h("summary", {}, "What will change in QuickBooks"));
  const dialog = h("dialog", { class: "wide", "aria-labelledby": "save-title" });
  let isDone = false;
  let isBusy = false;
  let isUnanswered = false; // a save was sent whose answer never came

  const { element: choice, chosen } = connectionChoice(connections);

  function drawAsked() {
    show(asked,
      refusing.length > 0 && h("div", { class: "notice bad" }, h("p", {}, h("strong", {}, isOnlyUnsendable ? "This cannot be sent to QuickBooks yet." : "This cannot be saved yet.")), h("ul", {}, refusing.map(told))),
      needed.size > 0 && h("fieldset", {}, h("legend", {}, "Confirm before you save"), [...needed.values()].map(toConfirm)));
  }

  const told = (guard) => h("li", {}, guard.message, guard.steps.length > 0 && h("ul", {}, guard.steps.map((step) => h("li", {}, step))));
  const toConfirm = (guard) => h("label", { class: "check" }, h("input", { type: "checkbox", value: guard.code, name: "acknowledge", checked: acknowledged().includes(guard.code) }),
    h("span", {}, guard.message, guard.steps.map((step) => h("span", { class: "quiet block" }, step))));
  const acknowledged = () => [...asked.querySelectorAll("input:checked")].map((box) => box.value);

  async function send(document, given = {}) {
    if (isBusy) return;
    isBusy = true;
    show(error);
    try {
      if (await isStagedElsewhere()) return;
      const input = { invoiceId: invoice.id, version: invoice.version, acknowledge: acknowledged(), reason: reason.value.trim() || null, ...given };
      const { done } = await wish(document, input).catch((fault) => {
        isUnanswered = true;
        throw fault;
      });
      if (done.userErrors.length) refuse(done.userErrors);
      else finish(document, done);
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(error, h("p", { class: "error" }, fault.message)); // the same key again: it is not saved twice
    } finally {
      isBusy = false;
    }
  }

  // What is saved is what stands here: another tab of the same person may have staged more meanwhile.
  async function isStagedElsewhere() {
    const { invoice: now } = await ask(STAGED_NOW, { id: invoice.id });
    if (!now?.draft || now.draft.editor.id !== draft.editor.id || JSON.stringify(now.draft.changes) === JSON.stringify(draft.changes)) return false;
    show(error, h("p", { class: "error" }, "Your draft was changed meanwhile, perhaps in another tab, and what stands there now is not saved. Cancel, look at it as it is now, then save."));
    return true;
  }

  // Through which one is for the person to say, also where the service knows the usual one.
  function sync() {
    if (chosen() || connections.length < 2) return send(SYNC, { connectionId: chosen() });
    show(error, h("p", { class: "error" }, "Please select a connection above, then save again."));
    return choice.querySelector("input").focus();
  }

  function refuse(errors) {
    for (const one of errors) {
      for (const guard of one.guards ?? []) if (guard.severity === "ACKNOWLEDGE") needed.set(guard.code, guard);
    }
    drawAsked();
    show(error, errors.map((one) => h("p", { class: "error" }, words(one))));
  }

  function words(one) {
    if (one.code === "ACKNOWLEDGEMENT_NEEDED") return "Confirm what is asked above, then save again.";
    if (one.__typename !== "VersionConflictError") return one.message;
    return isUnanswered ? "The answer to your first try was lost, and it may have been saved: this invoice has a new version. Nothing is saved twice. Cancel, and you see how it stands." : conflictWords(one);
  }

  const conflictWords = ({ changedFields }) =>
    `Somebody saved this invoice meanwhile${changedFields.length ? `: ${changedFields.map(pathWords).join(", ")}` : ""}. Nothing of yours is saved over it. Cancel, and you see both; your changes can be put in again.`;

  function finish(document, done) {
    isDone = true;
    if (document === SYNC) toast(done.connection ? `Saved. It goes to QuickBooks through ${done.connection.name}.` : "Saved.");
    else toast(document === BYPASS ? "Saved here. QuickBooks is not told until you re-sync." : "Saved.");
    dialog.close();
  }

  async function preview() {
    if (!previewed.open) return;
    show(previewed, previewed.firstElementChild, h("p", { class: "quiet" }, "Asking …"));
    try {
      const { previewSync: found } = await ask(PREVIEW, { id: invoice.id, connection: chosen() });
      show(previewed, previewed.firstElementChild, found ? drawPreview(found, taskNames(draft)) : h("p", {}, "There is nothing to preview."));
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(previewed, previewed.firstElementChild, h("div", { role: "alert" }, h("p", { class: "error" }, fault.message), h("button", { type: "button", onclick: preview }, "Try again")));
    }
  }

  previewed.addEventListener("toggle", preview);
  choice.addEventListener("change", preview);
  drawAsked();
  show(dialog,
    h("form", { method: "dialog", onsubmit: (event) => event.preventDefault() },
      h("h2", { id: "save-title" }, isExported ? "Transaction is exported" : "Save the invoice"),
      h("p", {}, isExported
        ? "QuickBooks already holds this invoice. Save & Sync changes it there too. Save & Bypass saves it here only, until you re-sync it."
        : "This invoice was never exported, so nothing is sent to QuickBooks."),
      draft.changes.length > 0 && h("ul", { class: "difference" }, draft.changes.map((one) => change(one, taskNames({ tasks: [...invoice.tasks, ...draft.tasks] })))),
      h("p", {}, `Total ${money(invoice.total)} → ${money(draft.total)}`),
      asked,
      isExported && !canSync && h("div", { class: "notice warn" }, h("p", {}, "It cannot be synced now:"), h("ul", {}, reasons.map((one) => h("li", {}, one.message)))),
      isExported && canSync && choice,
      isExported && canSync && previewed,
      field("Reason", reason, { hint: "Optional; it stands in the history." }),
      error,
      h("div", { class: "row end" },
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        isExported && h("button", { type: "button", disabled: !isOnlyUnsendable, onclick: () => send(BYPASS) }, "Save & Bypass"),
        isExported && h("button", { type: "button", class: "primary", disabled: refusing.length > 0 || !canSync, onclick: sync }, "Save & Sync"),
        !isExported && h("button", { type: "button", class: "primary", disabled: refusing.length > 0, onclick: () => send(HERE) }, "Save"))));
  openDialog(dialog);
  return new Promise((done) => dialog.addEventListener("close", () => {
    done(isDone);
  }));
}

function drawPreview(found, tasks) {
  const kept = found.notSent.length > 0 && h("ul", {}, found.notSent.map((one) => h("li", {}, `${pathWords(one.path)} is not sent: ${one.reason}`)));
  if (found.nothingSent) return h("div", {}, h("p", {}, found.nothingSent), kept);
  const stays = found.fields.filter((one) => one.effect === "KEEP");
  const table = (list) => h("div", { class: "scroll" }, h("table", { class: "stacked" }, h("thead", {}, h("tr", {}, ["Field", "Before", "Yours", "QuickBooks", "What happens"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, list.map((one) => h("tr", {}, h("th", { scope: "row" }, fieldWords(one.path, tasks)),
      h("td", { "data-label": "Before" }, valueWords(one.path, one.before)), h("td", { "data-label": "Yours" }, valueWords(one.path, one.yours)),
      h("td", { "data-label": "QuickBooks" }, valueWords(one.path, one.quickbooks)), h("td", { "data-label": "What happens" }, EFFECTS[one.effect] ?? one.effect))))));
  return h("div", {},
    h("p", { class: "quiet" }, found.isLive ? "Compared with what QuickBooks holds at this moment." : "Compared with what QuickBooks held when it was read last."),
    stays.length < found.fields.length && table(found.fields.filter((one) => one.effect !== "KEEP")),
    stays.length > 0 && h("details", {}, h("summary", {}, `${stays.length} ${stays.length === 1 ? "field stays" : "fields stay"} as ${stays.length === 1 ? "it is" : "they are"}`), table(stays)),
    h("p", {}, `Total ${money(found.totalBefore)} → ${money(found.totalAfter)}, tax ${money(found.taxBefore)} → ${money(found.taxAfter)}`),
    found.remarks.map((remark) => h("p", { class: "notice warn" }, remark)),
    kept,
    h("details", {}, h("summary", {}, "The request itself (qbXML)"), h("pre", { tabindex: 0 }, found.qbxml)));
}
