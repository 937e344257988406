// How an invoice stands towards QuickBooks: progress while it goes, the way out when it does not.

import { Trouble, ask, newKey } from "./api.js";
import { ERRORS } from "./documents.js";
import { h, show, toast } from "./dom.js";
import { PHASES, distance, light, moment, pathWords, steps } from "./words.js";

const DONE = `invoice { id } ${ERRORS}`;
const RESYNC = `mutation ($input: ResyncInput!) { done: resync(input: $input) { ${DONE} } }`;
const BYPASS = `mutation ($input: SaveAndBypassInput!) { done: saveAndBypass(input: $input) { ${DONE} } }`;
const RESOLVE = `mutation ($input: ResolveConflictInput!) { done: resolveConflict(input: $input) { ${DONE} } }`;
const WAY = [["QUEUED", "Queued"], ["SENT", "In QuickBooks"], ["VERIFYING", "Compared"], ["DONE", "Synced"]];
const PLACE = { QUEUED: 0, WAITING_FOR_CONNECTOR: 0, RETRYING: 0, SENT: 1, UNKNOWN_OUTCOME: 1, VERIFYING: 2, DONE: 3 };

/** Give the panel of an invoice's status; `changed` is called when something was done. */
export function statusPanel(invoice, { changed }) {
  const { sync } = invoice;
  const error = h("div", { role: "alert" });
  const needed = h("div");
  const keys = { [RESYNC]: newKey(), [BYPASS]: newKey(), [RESOLVE]: newKey() };

  async function act(document, wish = {}) {
    show(error);
    const acknowledge = [...needed.querySelectorAll("input:checked")].map((box) => box.value);
    const input = { invoiceId: invoice.id, version: invoice.version, idempotencyKey: keys[document], ...wish };
    if (document !== RESOLVE) input.acknowledge = acknowledge;
    try {
      const { done } = await ask(document, { input });
      if (!done.userErrors.length) {
        toast(document === BYPASS ? "Bypassed: QuickBooks is left as it is." : "On its way to QuickBooks.");
        await changed();
        return;
      }
      keys[document] = newKey();
      show(error, done.userErrors.map((one) => h("p", { class: "error" }, one.message)));
      const guards = done.userErrors.flatMap((one) => one.guards ?? []).filter((guard) => guard.severity === "ACKNOWLEDGE");
      show(needed, guards.map((guard) => h("label", { class: "check" }, h("input", { type: "checkbox", value: guard.code }), h("span", {}, guard.message))));
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(error, h("p", { class: "error" }, fault.message));
    }
  }

  const resync = () => h("button", { type: "button", class: "primary", onclick: () => act(RESYNC) }, "Re-Sync");
  const bypass = () => h("button", { type: "button", onclick: () => act(BYPASS) }, "Bypass");

  switch (invoice.syncStatus) {
    case "SYNCING":
      return h("div", { class: "panel busy" }, h("h2", { class: "hidden" }, "Progress"), way(sync),
        h("p", { role: "status" }, PHASES[sync.phase] ?? "On its way", sync.queuePosition && ` · number ${sync.queuePosition} in the queue`, sync.estimatedAt && ` · expected ${distance(sync.estimatedAt)}`, sync.nextAttemptAt && ` · next attempt ${distance(sync.nextAttemptAt)}`),
        sync.connection && h("p", { class: "quiet" }, `Through ${sync.connection.name} `, light(sync.connection)),
        sync.connection?.light === "RED" && steps(sync.connection.diagnosis));
    case "BYPASSED":
      return h("div", { class: "panel warn" }, h("h2", {}, "Re-Sync Bypassed"),
        h("p", {}, "What is saved here was not sent: QuickBooks still holds the earlier state. Re-Sync sends everything at once."), needed, error, h("div", { class: "row" }, resync()));
    case "ACTION_REQUIRED":
      return h("div", { class: "panel bad" }, h("h2", {}, "Re-Sync Failed"), sync.issue && explained(sync.issue),
        sync.conflict && conflict(sync.conflict, (choices) => act(RESOLVE, { choices })), needed, error,
        h("div", { class: "row" }, !sync.conflict && resync(), bypass()));
    case "SYNCED":
      return h("div", { class: "panel good" }, h("p", {}, "QuickBooks holds what is saved here", sync.syncedAt && [": compared ", moment(sync.syncedAt)], "."),
        sync.issue && explained(sync.issue),
        sync.notSent.length > 0 && h("ul", { class: "quiet" }, sync.notSent.map((one) => h("li", {}, `${pathWords(one.path)} stays here: ${one.reason}`))));
    default:
      return h("div");
  }
}

function way(sync) {
  const reached = PLACE[sync.phase] ?? 0;
  return h("ol", { class: "way" }, WAY.map(([, words], n) => h("li", { class: n < reached ? "past" : n === reached ? "now" : "", "aria-current": n === reached && "step" }, words)));
}

function explained(issue) {
  return h("div", {}, h("p", {}, h("strong", {}, issue.reason)),
    issue.quickbooksMessage && h("details", {}, h("summary", {}, `QuickBooks' own words${issue.quickbooksCode ? ` (${issue.quickbooksCode})` : ""}`), h("p", { class: "quote" }, issue.quickbooksMessage)),
    steps(issue.steps),
    h("p", { class: "quiet" }, issue.root && `It waits for: ${issue.root.reason} It goes by itself once that is solved. `,
      h("a", { href: "/console/issues" }, "All issues"), issue.articleUrl && [" · ", h("a", { href: issue.articleUrl }, "Read more")]));
}

function conflict({ fields }, resolve) {
  const choose = (event) => {
    event.preventDefault();
    const chosen = new FormData(event.target);
    resolve(fields.map((one) => ({ path: one.path, take: chosen.get(one.path) })));
  };
  const side = (one, take, value) => h("td", {}, h("label", { class: "check" }, h("input", { type: "radio", name: one.path, value: take, required: true }), h("span", {}, value ?? "–")));
  return h("form", { onsubmit: choose }, h("div", { class: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Field", "Both had", "Ours", "QuickBooks'"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, fields.map((one) => h("tr", {}, h("th", { scope: "row" }, pathWords(one.path)), h("td", {}, one.base ?? "–"), side(one, "OURS", one.ours), side(one, "QUICKBOOKS", one.quickbooks)))))),
    h("button", { type: "submit", class: "primary" }, "Resolve the conflict"));
}
