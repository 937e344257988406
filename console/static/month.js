// Whether a month can be closed, and what is not in QuickBooks.

import { Trouble, ask } from "./api.js";
import { field, h, show } from "./dom.js";
import { money } from "./words.js";

const READINESS = `query ($month: String!) { periodReadiness(month: $month) {
  month isReady phase message reasons { kind count difference message notInQuickbooks invoices(first: 20) { nodes { id invoiceNumber total customer { name } } } } } }`;

export async function monthScreen(screen) {
  const month = h("input", { type: "month", value: new Date().toISOString().slice(0, 7), required: true });
  const place = h("div");

  async function read() {
    if (!/^\d{4}-\d{2}$/.test(month.value)) return;
    try {
      const { periodReadiness: found } = await ask(READINESS, { month: month.value });
      show(place, drawn(found));
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(place, h("p", { class: "notice bad", role: "alert" }, fault.message));
    }
  }

  month.addEventListener("change", read);
  show(screen, h("div", { class: "head" }, h("h1", {}, "Month end"), h("button", { type: "button", onclick: read }, "Refresh")), field("Month", month), place);
  await read();
  return {};
}

function drawn(found) {
  return h("div", {},
    h("p", { class: `notice ${found.isReady ? "good" : "warn"}` }, h("strong", {}, found.isReady ? "Ready. " : "Not ready. "), found.message),
    found.reasons.map((one) => h("section", { class: "card" },
      h("h2", {}, `${one.message} `),
      h("p", { class: "quiet" }, `${one.count} in all, the books differ by ${money(one.difference)}`),
      h("ul", {}, one.invoices.nodes.map((invoice) => h("li", {}, h("a", { href: `/console/invoices/${encodeURIComponent(invoice.id)}` }, invoice.invoiceNumber), ` ${invoice.customer.name}, ${money(invoice.total)}`))))));
}
