// A dialog for a new task. It asks with one idempotency key until it is answered: a lost answer must
// not add the task twice.

import { newKey } from "./api.js";
import { STAGED } from "./documents.js";
import { choices, field, h, openDialog, show } from "./dom.js";

export const ADD_TASK = `mutation ($input: AddTaskInput!) { done: addTask(input: $input) { ${STAGED} } }`;

/** Ask for a task and stage it; `closed` is called when the dialog is. */
export function newTaskDialog({ items, businessUnits, chosen, staging, closed }) {
  const item = h("select", { required: true }, items.map((one) => h("option", { value: one.id }, one.name)));
  const unit = h("select", {}, choices(businessUnits, chosen));
  const quantity = h("input", { value: "1", inputmode: "decimal", required: true });
  const price = h("input", { inputmode: "decimal", required: true });
  const description = h("textarea", { rows: 2 });
  const taxable = h("input", { type: "checkbox", checked: true });
  const error = h("p", { class: "error", role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "add-task" });
  let key = newKey();
  const submit = async (event) => {
    event.preventDefault();
    const task = {
      itemId: item.value, businessUnitId: unit.value || null, quantity: quantity.value.trim(), unitPrice: price.value.trim(),
      description: description.value || null, taxable: taxable.checked,
    };
    try {
      await staging.stage("add", ADD_TASK, () => ({ task, idempotencyKey: key }));
      if (staging.isOpen("add")) show(error, staging.trouble);
      else if (staging.refusal("add")?.code === "IDEMPOTENCY_KEY_REUSED") show(error, "It was added as you first typed it. Cancel this: it can be changed in the list.");
      else if (staging.refusal("add")) {
        key = newKey(); // nothing was added, and the next wish may be another one
        show(error, staging.refusal("add").message);
      } else dialog.close();
    } finally {
      staging.forget("add");
    }
  };
  show(dialog, h("form", { onsubmit: submit }, h("h2", { id: "add-task" }, "Add a task"),
    field("Item", item), field("Description", description), field("Business unit", unit),
    h("div", { class: "pair" }, field("Quantity", quantity), field("Unit price", price)), field("Taxable", taxable), error,
    h("div", { class: "row end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "primary" }, "Add"))));
  dialog.addEventListener("close", closed);
  openDialog(dialog);
}
