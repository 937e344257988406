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

export const REPLACES = "Going back replaces what is changed in your draft and not saved yet. Go back all the same?";

const back = (version, id, { mayEdit, revert }) =>
  mayEdit && h("button", { type: "button", class: "link", "aria-label": `Revert to version ${version}`, onclick: () => revert(id) }, "Revert to this");

/** Give the first version of an invoice, which no edit had saved yet; `revert(null)` stages it again. */
export const original = (ways) =>
  h("li", {}, h("div", { class: "row" }, h("strong", {}, "Version 1")), h("p", { class: "quiet" }, "As it was before the first edit"), back(1, null, ways));

/** Give one version that was saved, with what it changed; `revert(id)` stages such a state again. */
export const revision = (one, invoice, ways) =>
  h("li", {},
    h("div", { class: "row" }, h("strong", {}, `Version ${one.version}`), dispositionBadge(one.disposition)),
    h("p", { class: "quiet" }, `${one.actor.name} · `, moment(one.madeAt)),
    one.reason && h("p", {}, `“${one.reason}”`),
    h("ul", { class: "difference" }, one.changes.map((changed) => change(changed, taskNames(invoice)))),
    one.version < invoice.version && back(one.version, one.id, ways));

/** Give one change: what it was, struck, and what it became; the task too, where `tasks` names it. */
export function change(one, tasks = new Map()) {
  const [, id, name] = one.path.split(".");
  const task = tasks.get?.(id);
  const about = !task ? pathWords(one.path) : name ? `${task}: ${pathWords(one.path).toLowerCase()}` : task;
  if (id && !name) return h("li", {}, one.after === null ? h("s", {}, task ?? "Task") : h("strong", {}, task ?? "Task"), one.after === null ? " removed" : " added");
  return h("li", {}, `${about} `, h("s", {}, valueWords(one.path, one.before)), " → ", h("strong", {}, valueWords(one.path, one.after)));
}
