// The list of invoices: filtered, endless, and live.

import { ask } from "./api.js";
import { ROW } from "./documents.js";
import { field, h, nothing, settled, show } from "./dom.js";
import { pages } from "./paging.js";
import { exportButton, statusButton } from "./status-popover.js";
import { EXPORT_STATUSES, SYNC_STATUSES, day, exportWords, money, syncWords } from "./words.js";

const PAGE = `query ($filter: InvoiceFilter, $after: String) {
  invoices(first: 50, filter: $filter, after: $after) {
    nodes { ${ROW} } pageInfo { hasNextPage endCursor }
  }
}`;
const CUSTOMERS = "{ customers { id name } }";
const KEPT = "instep.filter";
const TYPING_MILLISECONDS = 300;

const option = (value, words, chosen) => h("option", { value, selected: value === chosen }, words);

export async function invoicesScreen(screen, { live }) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  const { customers } = await ask(CUSTOMERS);

  const number = h("input", { type: "search", value: kept.number ?? "", placeholder: "begins with …", inputmode: "numeric", maxlength: 40 });
  const sync = h("select", {}, option("", "Any"), SYNC_STATUSES.map((one) => option(one, syncWords(one), kept.sync)));
  const exported = h("select", {}, option("", "Any"), EXPORT_STATUSES.map((one) => option(one, exportWords(one), kept.exported)));
  const customer = h("select", {}, option("", "Any"), customers.map((one) => option(one.id, one.name, kept.customer)));
  const from = h("input", { type: "date", value: kept.from ?? "" });
  const to = h("input", { type: "date", value: kept.to ?? "" });

  const list = pages({
    page: async (after) => (await ask(PAGE, { filter: filter(), after })).invoices,
    draw: (invoice) => drawn(invoice, { changed: () => list.refresh() }),
    list: h("tbody"),
    frame: (body) => h("div", { class: "scroll" },
      h("table", { class: "list" },
        h("thead", {}, h("tr", {}, ["Invoice #", "Date", "Customer", "Total", "Status", "Sync status"].map((name) => h("th", { scope: "col", class: name === "Total" && "number" }, name)))),
        body)),
    empty: () => nothing("No invoice fits. Change the filter above."),
    end: () => h("p", { class: "quiet" }, "That is all."),
    isEndless: true,
  });

  function filter() {
    const chosen = {
      number: number.value.trim(), sync: sync.value, exported: exported.value,
      customer: customer.value, from: from.value, to: to.value,
    };
    sessionStorage.setItem(KEPT, JSON.stringify(chosen));
    return Object.fromEntries(Object.entries({
      invoiceNumberPrefix: chosen.number, syncStatus: chosen.sync && [chosen.sync],
      exportStatus: chosen.exported && [chosen.exported], customerId: chosen.customer,
      invoiceDateFrom: chosen.from, invoiceDateTo: chosen.to,
    }).filter(([, value]) => value));
  }

  const fits = (invoice, chosen = filter()) =>
    invoice.invoiceNumber.startsWith(chosen.invoiceNumberPrefix ?? "") &&
    (chosen.syncStatus ?? [invoice.syncStatus]).includes(invoice.syncStatus) &&
    (chosen.exportStatus ?? [invoice.exportStatus]).includes(invoice.exportStatus) &&
    (chosen.customerId ?? invoice.customer.id) === invoice.customer.id &&
    (chosen.invoiceDateFrom ?? "") <= invoice.invoiceDate && invoice.invoiceDate <= (chosen.invoiceDateTo ?? "9999");

  let wanted = JSON.stringify(filter());
  const narrow = settled(() => list.renew(), TYPING_MILLISECONDS);
  const typed = () => {
    const before = wanted;
    wanted = JSON.stringify(filter());
    if (wanted !== before) narrow(); // leaving a field tells once more what was typed into it
  };
  const onSync = (event) => {
    const { invoice } = event.detail;
    if (list.has(invoice.id) || fits(invoice)) list.tell(invoice);
  };
  live.addEventListener("sync", onSync);

  const bar = h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault(), oninput: typed, onchange: typed },
    field("Invoice #", number), field("Sync status", sync), field("Export status", exported),
    field("Customer", customer), field("From", from), field("To", to));

  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Invoices"), h("button", { type: "button", onclick: () => list.refresh() }, "Refresh")),
    bar,
    list.element);
  await list.read();

  return {
    refresh: () => list.refresh(),
    close() {
      live.removeEventListener("sync", onSync);
      list.close();
      narrow.stop();
    },
  };
}

function drawn(invoice, given) {
  const address = `/console/invoices/${encodeURIComponent(invoice.id)}`;
  return h("tr", { "data-number": invoice.invoiceNumber },
    h("th", { scope: "row" }, h("a", { href: address }, invoice.invoiceNumber)),
    h("td", { "data-label": "Date" }, day(invoice.invoiceDate)),
    h("td", { "data-label": "Customer" }, invoice.customer.name),
    h("td", { "data-label": "Total", class: "number" }, money(invoice.total)),
    h("td", { "data-label": "Status" }, exportButton(invoice, given)),
    h("td", { "data-label": "Sync status" }, statusButton(invoice, given)));
}
