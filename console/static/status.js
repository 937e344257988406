// How an invoice stands towards QuickBooks: progress while it goes, the way out when it does not.

import { acts } from "./acts.js";
import { h } from "./dom.js";
import { sidesForm } from "./sides.js";
import { ago } from "./time-ago.js";
import { OBJECTS, PHASES, hasFailedExport, light, moment, ownWords, pathWords, steps, taskNames } from "./words.js";

const WAY = ["Queued", "In QuickBooks", "Compared"];
const PLACE = { QUEUED: 0, WAITING_FOR_CONNECTOR: 0, RETRYING: 0, SENT: 1, UNKNOWN_OUTCOME: 1, VERIFYING: 2, DONE: 3 };

/** Give the panel of an invoice's status; `changed` is called when something was done. */
export function statusPanel(invoice, { changed }) {
  const { sync } = invoice;
  const act = acts(invoice, { changed });

  switch (invoice.syncStatus) {
    case "SYNCING":
      return progress(sync, "Synced");
    case "BYPASSED":
      return h("div", { class: "panel warn" }, h("h2", {}, "Re-Sync Bypassed"),
        h("p", {}, "What is saved here was not sent: QuickBooks still holds the earlier state. Re-Sync sends everything at once."), act.place, h("div", { class: "row" }, act.resync()));
    case "ACTION_REQUIRED":
      return h("div", { class: "panel bad" }, h("h2", {}, "Re-Sync Failed"), sync.issue && explained(sync.issue),
        sync.conflict && sidesForm({ fields: sync.conflict.fields, tasks: taskNames(invoice), key: `${invoice.id} ${sync.conflict.detectedAt}`, words: "Resolve the conflict", act: act.resolveConflict }),
        act.place, h("div", { class: "row way-out" }, !sync.conflict && act.resync(), act.bypass()));
    case "SYNCED":
      return h("div", { class: "panel good" }, h("p", {}, invoice.drift ? "QuickBooks held what is saved here when both were compared" : "QuickBooks holds what is saved here", sync.syncedAt && [": ", !invoice.drift && "compared ", moment(sync.syncedAt)], "."),
        sync.issue && explained(sync.issue),
        sync.notSent.length > 0 && h("ul", { class: "quiet" }, sync.notSent.map((one) => h("li", {}, `${pathWords(one.path)} stays here: ${one.reason}`))));
    default:
      return beforeSyncing(invoice, act);
  }
}

// N/A: QuickBooks does not hold it yet, or holds it as it was exported.
function beforeSyncing(invoice, act) {
  const { issue } = invoice.sync;
  if (invoice.exportStatus === "PENDING") {
    return h("div", { class: "panel" }, h("p", {}, "QuickBooks does not hold this invoice yet."), act.place, h("div", { class: "row way-out" }, act.exportNow("Export")));
  }
  if (hasFailedExport(invoice)) {
    return h("div", { class: "panel bad" }, h("h2", {}, "Export Failed"), issue && explained(issue), act.place, h("div", { class: "row way-out" }, act.exportNow("Export again"), act.bypassExport()));
  }
  const held = issue && h("div", { class: "panel warn" }, explained(issue));
  return invoice.exportStatus === "POSTED" ? h("div", {}, held ?? progress(invoice.sync, "Exported")) : (held ?? h("div"));
}

function progress(sync, end) {
  const isAway = sync.connection?.light === "RED";
  const when = isAway ? null : sync.nextAttemptAt ? ["next attempt", sync.nextAttemptAt] : sync.estimatedAt && ["expected", sync.estimatedAt];
  return h("div", { class: "panel busy" }, h("h2", { class: "hidden" }, "Progress"), way(sync, end),
    h("p", {}, h("span", { role: "status" }, PHASES[sync.phase] ?? "On its way", sync.queuePosition && ` · number ${sync.queuePosition} in the queue`),
      when && [` · ${when[0]} `, ago(when[1], "any moment")], isAway && ` · it goes by itself once ${sync.connection.name} is online`),
    sync.connection && h("p", { class: "quiet" }, `Through ${sync.connection.name} `, light(sync.connection)),
    isAway && steps(sync.connection.diagnosis));
}

function way(sync, end) {
  const reached = PLACE[sync.phase] ?? 0;
  return h("ol", { class: "way" }, [...WAY, end].map((words, n) => h("li", { class: n < reached ? "past" : n === reached ? "now" : "", "aria-current": n === reached && "step" }, words)));
}

function explained(issue) {
  return h("div", {}, h("p", {}, h("strong", {}, issue.reason)),
    ownWords(issue),
    issue.failedObjects.length > 0 && h("p", {}, h("span", { class: "quiet" }, "Failed objects: "), issue.failedObjects.map(({ kind, name }) => `${OBJECTS[kind] ?? "In QuickBooks"}${name ? ` “${name}”` : ""}`).join(", ")),
    steps(issue.steps),
    h("p", { class: "quiet" }, issue.root && `It waits for: ${issue.root.reason} It goes by itself once that is solved. `,
      h("a", { href: "/console/issues" }, "All issues"), issue.articleUrl && [" · ", h("a", { href: issue.articleUrl }, "Read more")]));
}
