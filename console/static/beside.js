// What others do with an invoice while somebody has it open, and what becomes of the draft then.

import { ask } from "./api.js";
import { change } from "./copy.js";
import { h } from "./dom.js";
import { moment, taskNames } from "./words.js";

const LOOK = "query Beside($id: ID!) { invoice(id: $id) { version draft { expiresAt editor { id } } } }";
const EVERY_MILLISECONDS = 5000;
const DETAILS = { invoiceNumber: (draft) => ({ invoiceNumber: draft.invoiceNumber }), invoiceDate: (draft) => ({ invoiceDate: draft.invoiceDate }),
  summary: (draft) => ({ summary: draft.summary }), taxZone: (draft) => ({ taxZoneId: draft.taxZone?.id ?? null }) };
const TASK = { businessUnit: (task) => ({ businessUnitId: task.businessUnit?.id ?? null }), inventoryLocation: (task) => ({ inventoryLocationId: task.inventoryLocation?.id ?? null }) };

const facts = ({ version, draft }) => JSON.stringify([version, draft && [draft.editor.id, draft.expiresAt]]);

/** Tell whether a draft keeps others from editing; one that stayed untouched for long gives way. */
export const holds = (draft) => new Date(draft.expiresAt) > new Date();

/** Look every few seconds whether somebody edits it: staging is no event. Gives what ends it. */
export function watch(id, shown, changed) {
  let before = null; // a change that reading anew did not show is told once
  const isHeld = () => Boolean(shown().draft && holds(shown().draft));
  let wasHeld = isHeld();
  const timer = setInterval(async () => {
    if (document.hidden) return;
    if (wasHeld !== isHeld()) { // a draft gives way by itself once its time is over
      wasHeld = isHeld();
      await changed();
    }
    const asked = shown();
    const found = await ask(LOOK, { id }).then(({ invoice }) => invoice, () => null); // whether it answers is told elsewhere
    if (!found || asked !== shown() || facts(found) === facts(asked) || facts(found) === before) return;
    before = facts(found);
    await changed();
  }, EVERY_MILLISECONDS);
  return () => clearInterval(timer);
}

/** Tell who holds the draft that is not the reader's. */
export const heldBy = (draft) => h("p", { class: "notice warn", role: "status" }, holds(draft)
  ? [`${draft.editor.name} is editing this invoice. Their draft gives way if it stays untouched until `, moment(draft.expiresAt), "."]
  : `${draft.editor.name} began to edit this invoice and left it. If you edit it now, their draft gives way; it stays readable in the audit trail.`);

/** Give the versions that were saved since this draft was begun, oldest first. */
export const savedSince = (draft, invoice) => invoice.revisions.nodes.filter((one) => one.version > draft.baseVersion).reverse();

/** Tell that the reader's own draft is gone or older than the invoice, with what stood in it. */
export function lostNotice(draft, invoice, { again, forget }) {
  const since = savedSince(draft, invoice);
  const tasks = taskNames({ tasks: [...invoice.tasks, ...draft.tasks] });
  const list = (changes) => h("ul", { class: "difference" }, changes.map((one) => change(one, tasks)));
  return h("div", { class: "notice bad", role: "alert" },
    since.length === 0 && h("p", {}, h("strong", {}, "Your draft of this invoice is no longer there.")),
    since.map((one) => [h("p", {}, h("strong", {}, `${one.actor.name} saved version ${one.version} of this invoice meanwhile.`)), list(one.changes)]),
    h("p", {}, "What you had changed, and what is not saved:"), list(draft.changes),
    h("div", { class: "row" },
      again && h("button", { type: "button", class: "primary", onclick: again }, "Put my changes in again"),
      h("button", { type: "button", onclick: forget }, "Leave them out")));
}

/** Give the wishes that make this draft's changes on the invoice as it is now: key, kind and input of each. */
export function wishesOf(draft, invoice) {
  const details = {};
  const tasks = new Map();
  const wishes = [];
  for (const { path, before } of draft.changes) {
    const [first, id, name] = path.split(".");
    const task = draft.tasks.find((one) => one.id === id);
    const isThere = invoice.tasks.some((one) => one.id === id);
    if (first !== "tasks") Object.assign(details, DETAILS[first]?.(draft));
    else if (name && isThere) tasks.set(id, { ...tasks.get(id), ...(TASK[name] ?? (() => ({ [name]: task[name] })))(task) });
    else if (!name && before === null) wishes.push([`again.${id}`, "add", { task: added(task) }]);
    else if (!name && isThere) wishes.push([`${id}.remove`, "remove", { taskId: id }]);
  }
  for (const [taskId, patch] of tasks) wishes.push([`${taskId}.again`, "task", { taskId, patch }]);
  if (Object.keys(details).length) wishes.push(["again", "details", { patch: details }]);
  return wishes;
}

const added = ({ item, quantity, unitPrice, cost, description, taxable, businessUnit, inventoryLocation }) =>
  ({ itemId: item.id, quantity, unitPrice, cost, description, taxable, businessUnitId: businessUnit?.id ?? null, inventoryLocationId: inventoryLocation?.id ?? null });
