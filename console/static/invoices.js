// The list of invoices: filtered, endless, and live.

import { Trouble, ask } from "./api.js";
import { ROW } from "./documents.js";
import { field, h, settled, show, swap } from "./dom.js";
import { exportButton, statusButton } from "./status-popover.js";
import { EXPORT_STATUSES, SYNC_STATUSES, day, exportWords, money, syncWords } from "./words.js";

const PAGE = `query ($filter: InvoiceFilter, $after: String) {
  invoices(first: 50, filter: $filter, after: $after) {
    nodes { ${ROW} } pageInfo { hasNextPage endCursor }
  }
}`;
const CUSTOMERS = "{ customers { id name } }";
const KEPT = "instep.filter";

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

  const body = h("tbody");
  const foot = h("div", { class: "list-foot" });
  const rows = new Map();
  let after = null;
  let reading = null;

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

  async function read({ anew }) {
    reading?.abort();
    const mine = (reading = new AbortController());
    if (anew) after = null;
    show(foot, h("p", { class: "quiet" }, "Loading …"));
    let page;
    try {
      page = (await ask(PAGE, { filter: filter(), after }, { signal: mine.signal })).invoices;
    } catch (fault) {
      if (mine.signal.aborted) return;
      if (!(fault instanceof Trouble)) throw fault;
      show(foot, h("div", { class: "notice bad", role: "alert" }, h("p", {}, fault.message), h("button", { type: "button", onclick: () => read({ anew }) }, "Try again")));
      return;
    }
    if (mine !== reading) return;
    if (anew) {
      rows.clear();
      show(body);
    }
    for (const invoice of page.nodes) put(invoice);
    after = page.pageInfo.endCursor;
    drawFoot(page.pageInfo.hasNextPage);
  }

  const watched = new IntersectionObserver(([entry]) => entry.isIntersecting && foot.querySelector(".more")?.click(), { rootMargin: "600px" });

  function drawFoot(hasMore) {
    if (hasMore) show(foot, h("button", { type: "button", class: "more", onclick: () => read({ anew: false }) }, "Show more"));
    else show(foot, h("p", { class: "quiet" }, rows.size ? "That is all." : "No invoice fits. Change the filter above."));
    watched.unobserve(foot); // asked anew: after a short page it may still be in sight
    watched.observe(foot);
  }

  function put(invoice, { isNewest = false } = {}) {
    const row = drawn(invoice, { changed: () => read({ anew: true }) });
    const before = rows.get(invoice.id);
    if (before) swap(before, row);
    else if (isNewest) body.prepend(row);
    else body.append(row);
    rows.set(invoice.id, row);
    if (isNewest && foot.querySelector("p.quiet")) drawFoot(false);
  }

  const fits = (invoice, wanted = filter()) =>
    invoice.invoiceNumber.startsWith(wanted.invoiceNumberPrefix ?? "") &&
    (wanted.syncStatus ?? [invoice.syncStatus]).includes(invoice.syncStatus) &&
    (wanted.exportStatus ?? [invoice.exportStatus]).includes(invoice.exportStatus) &&
    (wanted.customerId ?? invoice.customer.id) === invoice.customer.id &&
    (wanted.invoiceDateFrom ?? "") <= invoice.invoiceDate && invoice.invoiceDate <= (wanted.invoiceDateTo ?? "9999");

  const refresh = settled(() => read({ anew: true }), 300);
  const onSync = (event) => {
    const { invoice } = event.detail;
    if (rows.has(invoice.id) || fits(invoice)) put(invoice, { isNewest: true });
  };
  live.addEventListener("sync", onSync);

  const bar = h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault(), oninput: refresh, onchange: refresh },
    field("Invoice #", number), field("Sync status", sync), field("Export status", exported),
    field("Customer", customer), field("From", from), field("To", to));

  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Invoices"), h("button", { type: "button", onclick: () => read({ anew: true }) }, "Refresh")),
    bar,
    h("div", { class: "scroll" },
      h("table", { class: "list" },
        h("thead", {}, h("tr", {}, ["Invoice #", "Date", "Customer", "Total", "Status", "Sync status"].map((name) => h("th", { scope: "col", class: name === "Total" && "number" }, name)))),
        body)),
    foot);
  await read({ anew: true });

  return {
    refresh: () => read({ anew: true }),
    close() {
      live.removeEventListener("sync", onSync);
      watched.disconnect();
      refresh.stop();
      reading?.abort();
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
