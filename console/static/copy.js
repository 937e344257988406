// What QuickBooks holds of an invoice, beside what is saved here; and how it came to be.

import { h } from "./dom.js";
import { dispositionBadge, fieldWords, moment, pathWords, taskNames, valueWords } from "./words.js";

/** Give the comparison of both sides: what differs first, what is equal behind a summary. */
export function inQuickBooks(invoice) {
  const copy = invoice.quickbooks;
  const tasks = taskNames(invoice);
  // A conflict was found after the copy was read: what it saw is newer.
  const seen = new Map((invoice.sync.conflict?.fields ?? []).map((one) => [one.path, one.quickbooks]));
  const fields = copy.fields.map((one) => (seen.has(one.path) ? { ...one, quickbooks: seen.get(one.path), equal: false } : one));
  const differing = fields.filter((one) => !one.equal);
  const equal = fields.filter((one) => one.equal);
  const table = (list) => h("div", { class: "scroll" }, h("table", { class: "compare stacked" },
    h("thead", {}, h("tr", {}, ["Field", "Here", "QuickBooks"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, list.map((one) => h("tr", { class: !one.equal && "differs" }, h("th", { scope: "row" }, fieldWords(one.path, tasks)), h("td", { "data-label": "Here" }, valueWords(one.path, one.ours)), h("td", { "data-label": "QuickBooks" }, valueWords(one.path, one.quickbooks)))))));
  return [
    h("h2", {}, "In QuickBooks"),
    h("p", { class: "quiet" }, "Read ", moment(copy.readAt), copy.verifiedAt && [", compared ", moment(copy.verifiedAt)],
      copy.foreignLines > 0 && ` · ${copy.foreignLines} ${copy.foreignLines === 1 ? "line was" : "lines were"} added there and left alone`),
    differing.length > 0 && [h("p", {}, h("strong", {}, differing.length === 1 ? "1 field differs" : `${differing.length} fields differ`)), table(differing)],
    equal.length > 0 && h("details", {}, h("summary", {}, equal.length === fields.length ? `All ${equal.length} fields are equal` : `${equal.length} fields are equal`), table(equal)),
  ];
}

/** Give what was saved, the newest first, each with what it changed; `revert` stages such a state again. */
export function revisionList(invoice, { mayEdit, revert }) {
  return [
    h("h2", {}, "History"),
    h("ol", { class: "history" }, invoice.revisions.nodes.map((one) =>
      h("li", {},
        h("div", { class: "row" }, h("strong", {}, `Version ${one.version}`), dispositionBadge(one.disposition)),
        h("p", { class: "quiet" }, `${one.actor.name} · `, moment(one.madeAt)),
        one.reason && h("p", {}, `“${one.reason}”`),
        h("ul", { class: "difference" }, one.changes.map((changed) => change(changed, taskNames(invoice)))),
        mayEdit && one.version < invoice.version && h("button", { type: "button", class: "link", "aria-label": `Revert to version ${one.version}`, onclick: () => revert(one) }, "Revert to this")))),
    h("p", {}, h("a", { href: `/console/audit?invoice=${encodeURIComponent(invoice.id)}` }, "Everything that was done to it")),
  ];
}

/** Give one change: what it was, struck, and what it became; the task too, where `tasks` names it. */
export function change(one, tasks = new Map()) {
  const [, id, name] = one.path.split(".");
  const task = tasks.get?.(id);
  const about = !task ? pathWords(one.path) : name ? `${task}: ${pathWords(one.path).toLowerCase()}` : task;
  if (id && !name) return h("li", {}, one.after === null ? h("s", {}, task ?? "Task") : h("strong", {}, task ?? "Task"), one.after === null ? " removed" : " added");
  return h("li", {}, `${about} `, h("s", {}, valueWords(one.path, one.before)), " → ", h("strong", {}, valueWords(one.path, one.after)));
}
