// The tasks of an invoice: read, and edited in place.

import { STAGED } from "./documents.js";
import { choices, field, h, show } from "./dom.js";
import { newTaskDialog } from "./new-task.js";
import { money } from "./words.js";

export const EDIT_TASK = `mutation ($input: EditTaskInput!) { done: editTask(input: $input) { ${STAGED} } }`;
export const REMOVE_TASK = `mutation ($input: RemoveTaskInput!) { done: removeTask(input: $input) { ${STAGED} } }`;
const COLUMNS = ["Description", "Business unit", "Quantity", "Unit price", "Tax", "Amount", ""];
const NUMBERS = ["Quantity", "Unit price", "Amount"];

const named = (task) => task.description || task.item.name;

/**
 * Keep the tasks of an invoice drawn in `place`. Gives `draw`, `renew` (open rows in which
 * nobody types), `close` (all rows), and `closed`: what the rows show that are not open.
 */
export function taskTable(place, { staging, invoice, draft, shown, mayEdit, pointAtWrong, refresh, lists }) {
  const open = new Map(); // by task whose fields are open: its row, which is drawn once
  const controls = new Map(); // by task whose fields are open: they, by what they stage
  let known = null; // the lists, once a row was opened

  function draw() {
    const gone = draft() ? invoice().tasks.filter((task) => !draft().tasks.some((one) => one.id === task.id)) : [];
    for (const row of open.values()) for (const control of row.querySelectorAll("input, select, textarea")) control.disabled = !mayEdit();
    show(place,
      h("div", { class: "head" }, h("h2", {}, "Tasks"), mayEdit() && h("button", { type: "button", onclick: addTask }, "Add a task")),
      h("div", { class: "scroll" }, h("table", { class: "tasks" },
        h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col", class: NUMBERS.includes(name) && "number" }, name || h("span", { class: "hidden" }, "What to do"))))),
        h("tbody", {}, shown().tasks.map((task) => open.get(task.id) ?? closedRow(task)), gone.map(goneRow)))));
  }

  function renew() {
    for (const [id, row] of open) {
      const task = shown().tasks.find((one) => one.id === id);
      if (!task) open.delete(id);
      else if (!row.contains(document.activeElement) && !staging.holdsTask(id)) open.set(id, openRow(task, known));
      else staging.renew(controls.get(id), fieldsOf(task), `${id}.`);
    }
  }

  const fieldsOf = ({ description, businessUnit, inventoryLocation, quantity, unitPrice, cost, taxable }) =>
    ({ description, businessUnitId: businessUnit?.id, inventoryLocationId: inventoryLocation?.id, quantity, unitPrice, cost, taxable });

  function closedRow(task) {
    const stored = invoice().tasks.find((one) => one.id === task.id);
    const isNew = draft() && !stored;
    const was = (now, before) => (stored && now !== before ? [h("s", { class: "quiet" }, before), " ", now] : now);
    const unit = (one) => one.businessUnit?.name ?? "–";
    const about = [named(task) !== task.item.name && task.item.name, task.inventoryLocation && `from ${task.inventoryLocation.name}`].filter(Boolean);
    return h("tr", { class: isNew && "new" },
      h("th", { scope: "row" }, named(task), about.length > 0 && h("span", { class: "quiet block" }, about.join(" · "))),
      h("td", { "data-label": "Business unit" }, was(unit(task), stored && unit(stored))),
      h("td", { "data-label": "Quantity", class: "number" }, was(task.quantity, stored?.quantity)),
      h("td", { "data-label": "Unit price", class: "number" }, was(money(task.unitPrice), stored && money(stored.unitPrice)), task.cost && h("span", { class: "quiet block" }, `cost ${money(task.cost)}`)),
      h("td", { "data-label": "Tax" }, task.taxable ? "Yes" : "No"),
      h("td", { "data-label": "Amount", class: "number" }, was(money(task.amount), stored && money(stored.amount))),
      h("td", { class: "do" }, mayEdit() && [
        h("button", { type: "button", class: "link", "aria-label": `Edit ${named(task)}`, onclick: () => edit(task) }, "Edit"),
        h("button", { type: "button", class: "link bad", "aria-label": `Remove ${named(task)}`, title: "Remove", onclick: () => remove(task) }, "×")]));
  }

  const goneRow = (task) => h("tr", { class: "gone" },
    h("th", { scope: "row" }, h("s", {}, named(task)), h("span", { class: "quiet block" }, "Removed once you save")),
    h("td", { colspan: COLUMNS.length - 3 }), h("td", { class: "number", "data-label": "Amount" }, h("s", {}, money(task.amount))), h("td"));

  async function edit(task) {
    known = await lists();
    open.set(task.id, openRow(task, known));
    draw();
    open.get(task.id).querySelector("textarea").focus();
  }

  function openRow(task, { businessUnits, inventoryLocations }) {
    const amount = h("output", { class: "amount" }, money(task.amount));
    const mine = {};
    controls.set(task.id, mine);
    const say = (name, control, convert) => (mine[name] =
      staging.typed(`${task.id}.${name}`, EDIT_TASK, () => ({ taskId: task.id, patch: { [name]: convert(control) } }), control, () => {
        const now = draft()?.tasks.find((one) => one.id === task.id);
        if (now) amount.textContent = money(now.amount);
      }));
    const text = (control) => control.value.trim();
    const orNull = (control) => control.value.trim() || null;
    const number = (value) => h("input", { value: value ?? "", inputmode: "decimal", autocomplete: "off" });
    const description = h("textarea", { rows: 2 });
    description.value = task.description ?? "";
    return h("tr", { class: "open" }, h("td", { colspan: COLUMNS.length },
      h("div", { class: "task-form", role: "group", "aria-label": named(task) },
        field("Description", say("description", description, (control) => control.value)),
        field("Business unit", say("businessUnitId", h("select", {}, choices(businessUnits, task.businessUnit)), orNull)),
        field("Inventory location", say("inventoryLocationId", h("select", {}, choices(inventoryLocations, task.inventoryLocation)), orNull)),
        field("Quantity", say("quantity", number(task.quantity), text)),
        field("Unit price", say("unitPrice", number(task.unitPrice), text)),
        field("Cost", say("cost", number(task.cost), orNull), { hint: "Not sent to QuickBooks" }),
        field("Taxable", say("taxable", h("input", { type: "checkbox", checked: task.taxable }), (control) => control.checked)),
        h("div", { class: "row" }, h("span", { class: "label" }, "Amount"), amount, h("button", { type: "button", onclick: () => close(task) }, "Done")))));
  }

  async function close(task) {
    if (!(await staging.flush()) || (open.has(task.id) && pointAtWrong(open.get(task.id)))) return;
    open.delete(task.id);
    draw();
    const now = shown().tasks.find((one) => one.id === task.id);
    if (now) place.querySelector(`[aria-label="Edit ${CSS.escape(named(now))}"]`)?.focus();
  }

  async function remove(task) {
    if (!(await staging.stage(`${task.id}.remove`, REMOVE_TASK, () => ({ taskId: task.id })))) return;
    open.delete(task.id);
    staging.forget(`${task.id}.`);
    draw();
  }

  async function addTask() {
    const { items, businessUnits } = await lists();
    newTaskDialog({ items, businessUnits, chosen: invoice().businessUnit, staging, closed: refresh });
  }

  return { draw, renew, close: () => open.clear(), closed: () => JSON.stringify(shown().tasks.filter((one) => !open.has(one.id))) };
}
