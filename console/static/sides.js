// Three values side by side: what both had, ours, and QuickBooks'; one side is chosen for each.

import { h } from "./dom.js";
import { fieldWords, valueWords } from "./words.js";

const chosen = new Map(); // by what was shown: what was read anew takes no choice away

/** Give the form that asks for a side for each field; `key` tells these very values from others. */
export function sidesForm({ fields, tasks, key, words, act }) {
  const submit = (event) => {
    event.preventDefault();
    const given = new FormData(form);
    return act(fields.map((one) => ({ path: one.path, take: given.get(one.path) })));
  };
  const form = h("form", { class: "sides", onsubmit: submit });
  form.addEventListener("change", ({ target }) => chosen.set(`${key} ${target.name}`, target.value));
  const side = (one, take, label, value) => h("td", { "data-label": label }, h("label", { class: "check" },
    h("input", { type: "radio", name: one.path, value: take, required: true, checked: chosen.get(`${key} ${one.path}`) === take }), h("span", {}, h("span", { class: "hidden" }, `${label}: `), valueWords(one.path, value))));
  const all = (take) => () => {
    for (const box of form.querySelectorAll(`input[value=${take}]`)) {
      box.checked = true;
      chosen.set(`${key} ${box.name}`, take);
    }
  };
  form.append(
    h("div", { class: "scroll" }, h("table", { class: "stacked" },
      h("thead", {}, h("tr", {}, ["Field", "Both had", "Ours", "QuickBooks'"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, fields.map((one) => h("tr", {}, h("th", { scope: "row" }, fieldWords(one.path, tasks)),
        h("td", { "data-label": "Both had" }, valueWords(one.path, one.base)), side(one, "OURS", "Ours", one.ours), side(one, "QUICKBOOKS", "QuickBooks'", one.quickbooks)))))),
    h("div", { class: "row" },
      h("button", { type: "submit", class: "primary" }, words),
      fields.length > 1 && h("button", { type: "button", class: "link", onclick: all("OURS") }, "Choose ours everywhere"),
      fields.length > 1 && h("button", { type: "button", class: "link", onclick: all("QUICKBOOKS") }, "Choose QuickBooks' everywhere")),
  );
  return form;
}
