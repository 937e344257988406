// Unlocking: advice, QuickBooks' evidence, consent and an administrator's PIN.

import { Trouble, ask, wish } from "./api.js";
import { askedConnection } from "./connection-choice.js";
import { ERRORS } from "./documents.js";
import { field, h, openDialog, show, toast } from "./dom.js";
import { day, money } from "./words.js";

const FOUND = "check txnId number customer date total memo";
const REQUEST = `id state advice evidenceAt troubles consentText { text version }
  evidence { invoiceNumber state invoice { id total customer { name } } found { ${FOUND} } similar { ${FOUND} } } strays { ${FOUND} }`;
const ASK = `mutation ($input: RequestUnlockInput!) { done: requestUnlock(input: $input) { request { ${REQUEST} } ${ERRORS} } }`;
const LOOK = `query ($id: ID!) { unlockRequest(id: $id, waitSeconds: 15) { ${REQUEST} } }`;
const CONFIRM = `mutation ($input: ConfirmUnlockInput!) { done: confirmUnlock(input: $input) { request { ${REQUEST} } ${ERRORS} } }`;
const WHO = "{ viewer { isAdministrator } employees { id name role active } }";
const STATES = {
  CHECKING: "QuickBooks is being asked for each of them …",
  READY: "QuickBooks holds none of them.",
  BLOCKED: "QuickBooks holds some of them: they cannot be unlocked.",
  UNKNOWN: "QuickBooks could not be asked. Open the Web Connector and ask again.",
  OUTDATED: "The evidence is too old. Ask again.",
  CONFIRMED: "Unlocked.",
};
const EVIDENCE = { ABSENT: ["not in QuickBooks", "good"], PRESENT: ["in QuickBooks", "bad"], UNKNOWN: ["not answered yet", "plain"] };

/** Lead through unlocking a batch or invoices; returns when the dialog is closed. */
export function unlockDialog(what) {
  const dialog = h("dialog", { class: "wide", "aria-labelledby": "unlock-title" });
  const title = h("h2", { id: "unlock-title" }, "Unlock what was bypassed");
  const body = h("div", { "aria-live": "polite" });
  const error = h("div", { role: "alert" });
  const through = h("div");
  const connection = askedConnection(through);
  let isOpen = true;
  let who = null;
  let excluded = []; // what QuickBooks holds already
  let asked = null; // the request before: asking again is another wish

  async function begin(excludeInvoiceIds = excluded) {
    excluded = excludeInvoiceIds;
    show(error);
    try {
      who ??= await ask(WHO);
      const { done } = await wish(ASK, { ...what, ...connection.given(), excludeInvoiceIds }, asked);
      if (done.userErrors.length) {
        const mayChoose = await connection.wanted(done.userErrors);
        show(error, done.userErrors.map((one) => h("p", { class: "error" }, one.message)), mayChoose && h("button", { type: "button", onclick: () => begin(excludeInvoiceIds) }, "Ask QuickBooks"));
        return;
      }
      asked = done.request.id;
      await follow(done.request);
    } catch (fault) {
      complain(fault, () => begin(excludeInvoiceIds));
    }
  }

  async function follow(first) {
    let request = first;
    show(error);
    draw(request);
    try {
      while (isOpen && request.state === "CHECKING") {
        request = (await ask(LOOK, { id: request.id })).unlockRequest;
        draw(request);
      }
    } catch (fault) {
      complain(fault, () => follow(request));
    }
  }

  function complain(fault, again) {
    if (!(fault instanceof Trouble)) throw fault;
    show(error, h("p", { class: "error" }, fault.message), again && h("button", { type: "button", onclick: again }, "Try again"));
  }

  function draw(request) {
    const present = request.evidence.filter((one) => one.state === "PRESENT");
    show(body,
      h("p", {}, request.advice),
      h("p", { class: `notice ${{ READY: "good", CONFIRMED: "good", BLOCKED: "bad", UNKNOWN: "bad" }[request.state] ?? ""}`, role: "status" }, STATES[request.state]),
      request.troubles.map((one) => h("p", { class: "error" }, one)),
      h("div", { class: "scroll" }, h("table", { class: "stacked" }, h("thead", {}, h("tr", {}, ["Invoice #", "Customer", "Total", "QuickBooks"].map((name) => h("th", { scope: "col", class: name === "Total" && "number" }, name)))),
        h("tbody", {}, request.evidence.map((one) => h("tr", {}, h("th", { scope: "row" }, one.invoiceNumber), h("td", { "data-label": "Customer" }, one.invoice.customer.name), h("td", { "data-label": "Total", class: "number" }, money(one.invoice.total)),
          h("td", { "data-label": "QuickBooks" }, h("span", { class: `badge ${EVIDENCE[one.state][1]}` }, EVIDENCE[one.state][0]), [...one.found, ...one.similar].map(finding))))))),
      request.strays.length > 0 && h("div", { class: "notice warn" }, h("p", {}, "In QuickBooks there is also:"), request.strays.map(finding)),
      request.state === "BLOCKED" && present.length < request.evidence.length && h("button", { type: "button", onclick: () => begin([...excluded, ...present.map((one) => one.invoice.id)]) }, "Ask again without those that are in QuickBooks"),
      ["UNKNOWN", "OUTDATED"].includes(request.state) && h("button", { type: "button", onclick: () => begin() }, "Ask again"),
      request.state === "READY" && consent(request));
  }

  const finding = (one) => h("p", { class: "quiet" }, `${one.number ?? "without a number"}, ${one.customer}, ${day(one.date)}, ${money(one.total)}${one.memo ? `, “${one.memo}”` : ""}`);

  function consent(request) {
    const agreed = h("input", { type: "checkbox", required: true });
    const pin = h("input", { type: "password", inputmode: "numeric", autocomplete: "off", required: true });
    const administrators = who.employees.filter((one) => one.role === "ADMINISTRATOR" && one.active);
    const admin = who.viewer.isAdministrator ? null : h("select", { required: true }, administrators.map((one) => h("option", { value: one.id }, one.name)));
    const submit = async (event) => {
      event.preventDefault();
      show(error);
      try {
        const input = { requestId: request.id, consentVersion: request.consentText.version, adminPin: pin.value, adminEmployeeId: admin?.value ?? null };
        const { done } = await ask(CONFIRM, { input });
        pin.value = "";
        if (done.userErrors.length) {
          const isOutdated = done.userErrors.some((one) => one.code === "UNLOCK_REFUSED"); // its evidence holds for a quarter of an hour
          show(error, done.userErrors.map((one) => h("p", { class: "error" }, one.message)), isOutdated && h("button", { type: "button", onclick: () => begin() }, "Ask QuickBooks again"));
          return;
        }
        toast("Unlocked: its invoices can be edited and exported again.");
        dialog.close();
      } catch (fault) {
        complain(fault);
      }
    };
    return h("form", { onsubmit: submit }, h("fieldset", {}, h("legend", {}, "Consent"),
      h("label", { class: "check" }, agreed, h("span", {}, request.consentText.text))),
      admin && field("Administrator", admin), field("The administrator's PIN", pin),
      h("button", { type: "submit", class: "primary" }, "Unlock"));
  }

  show(dialog, title, body, through, error, h("div", { class: "row end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  openDialog(dialog);
  begin();
  return new Promise((done) => dialog.addEventListener("close", () => {
    isOpen = false;
    done();
  }));
}
