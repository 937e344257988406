// Month end: what keeps a month from being closed, what the two books differ by, and payments that
// a bookkeeper applies in QuickBooks.

import { ask } from "./api.js";
import { byHand } from "./applying.js";
import { ROW } from "./documents.js";
import { field, h, nothing, paced, show } from "./dom.js";
import { pages } from "./paging.js";
import { statusButton } from "./status-popover.js";
import { ago } from "./time-ago.js";
import { day, exportBadge, figures, invoiceLink, money, moment, some } from "./words.js";

const INVOICES = `invoices(first: 20, after: $after) { nodes { ${ROW} } pageInfo { hasNextPage endCursor } }`;
const PART = `kind count difference message notInQuickbooks oldestSince ${INVOICES}`;
const READINESS = `query ($month: String!, $after: String) { periodReadiness(month: $month) { month isReady phase message reasons { ${PART} } } }`;
const DEBT = `query ($after: String) { bypassDebt { count difference oldestSince notInQuickbooks months { month count difference oldestSince parts { ${PART} } } } }`;
const CALM = ["SYNCING", "DRAFT_OPEN", "NEVER_EXPORTED", "LATE"];
const BAD = ["ACTION_REQUIRED", "CONFLICT", "ISSUE"];
const NAMES = {
  ACTION_REQUIRED: "Action required", BYPASSED: "Bypassed", CONFLICT: "Conflict", DRAFT_OPEN: "Draft open", DRIFT: "Changed in QuickBooks",
  EXPORT_BYPASSED: "Export bypassed", ISSUE: "Issue", LATE: "Late", NEVER_EXPORTED: "Not exported", SYNCING: "Syncing", UNVERIFIED: "Unverified",
};
const COLUMNS = ["Invoice #", "Date", "Customer", "Total", "Status", "Sync status"];
const MONTH = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "long", timeZone: "UTC" });
const LIVE_MILLISECONDS = 500;

const monthWords = (text) => MONTH.format(new Date(`${text}-01T00:00:00Z`));
const isMonth = (text) => /^\d{4}-(0[1-9]|1[0-2])$/.test(text);

function present() {
  const today = new Date();
  return `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}`;
}

function moved(month, by) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

export async function monthScreen(screen, { live }) {
  const wanted = new URLSearchParams(location.search).get("month") ?? "";
  const month = h("input", { type: "month", value: isMonth(wanted) ? wanted : present(), required: true, pattern: "\\d{4}-\\d{2}", placeholder: "2026-11" });
  const verdict = h("div");
  const debt = h("div");
  const opened = new Set();
  const refresh = () => Promise.all([read(), readDebt(), hand.refresh()]);

  const reasons = pages({
    page: async () => {
      const { periodReadiness: found } = await ask(READINESS, { month: month.value });
      return { found, nodes: found.reasons.map((one) => ({ ...one, month: found.month })), pageInfo: { hasNextPage: false, endCursor: null } };
    },
    told: ({ found }) => show(verdict, drawnVerdict(found)),
    keyOf: (reason) => reason.kind,
    draw: (reason) => part(reason, refresh, async (after) => {
      const { periodReadiness: found } = await ask(READINESS, { month: reason.month, after });
      return found.reasons.find((one) => one.kind === reason.kind)?.invoices;
    }),
    empty: () => null,
  });
  const debts = pages({
    page: async () => {
      const { bypassDebt: found } = await ask(DEBT);
      return { found, nodes: found.months, pageInfo: { hasNextPage: false, endCursor: null } };
    },
    told: ({ found }) => show(debt, drawnDebt(found)),
    keyOf: (one) => one.month,
    draw: (one) => drawnMonth(one, opened, refresh),
    empty: () => nothing("Nothing is in debt: QuickBooks holds every edit that was saved here.", "good"),
  });
  const hand = byHand();
  const read = () => reasons.refresh();
  const readDebt = () => debts.refresh();

  async function choose(value) {
    if (!isMonth(value)) return;
    month.value = value;
    history.replaceState(null, "", `?month=${value}`);
    show(verdict);
    await reasons.read();
  }

  const soon = paced(refresh, LIVE_MILLISECONDS);
  live.addEventListener("sync", soon);
  month.addEventListener("change", () => choose(month.value));
  const turn = (by, words, sign) => h("button", { type: "button", "aria-label": words, onclick: () => choose(moved(month.value || present(), by)) }, sign);
  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Month end"), h("button", { type: "button", onclick: refresh }, "Refresh")),
    h("div", { class: "row month" }, field("Month", month), turn(-1, "The month before", "‹"), turn(1, "The month after", "›")),
    verdict, reasons.element,
    h("section", {}, h("h2", { class: "part" }, "What the two books differ by"), debt, debts.element),
    hand.element);
  await Promise.all([reasons.read(), debts.read(), hand.refresh()]);
  return {
    refresh,
    close() {
      live.removeEventListener("sync", soon);
      soon.stop();
    },
  };
}

function drawnVerdict(found) {
  const { isReady, reasons, phase } = found;
  const name = monthWords(found.month);
  const said = isReady ? `${name} can be closed. ` : `${name} cannot be closed yet. `;
  return [
    h("p", { class: `notice verdict ${isReady ? "good" : reasons.length ? "bad" : "warn"}`, role: "status" }, h("strong", {}, said),
      reasons.length ? `${phase === "OVER" ? "" : "It is not over. "}${reasons.length === 1 ? "This stands" : "These stand"} against it:` : found.message),
    reasons.length > 0 && figures(reasons.map((one) => [NAMES[one.kind] ?? one.kind, one.count, kindOf(one.kind)])),
  ];
}

function drawnDebt(found) {
  if (!found.count) return null;
  return figures([
    ["Invoices", found.count, "warn"], ["The books differ by", money(found.difference), "warn"],
    ["The oldest", found.oldestSince ? ago(found.oldestSince) : "–"], ["Not in QuickBooks at all", found.notInQuickbooks],
  ]);
}

const kindOf = (kind) => (CALM.includes(kind) ? "calm" : BAD.includes(kind) ? "bad" : "warn");

/** One reason with its invoices; the status of each opens Re-Sync and Bypass. */
function part(reason, changed, more, { level = "h2" } = {}) {
  const list = pages({
    list: h("tbody"),
    frame: (body) => h("div", { class: "scroll" }, h("table", { class: "stacked even" },
      h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col", class: name === "Total" && "number" }, name)))), body)),
    page: async (after) => (await more(after)) ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
    draw: (invoice) => row(invoice, changed),
    empty: () => nothing("None of them is left."),
  });
  list.begin(reason.invoices);
  const facts = [`${reason.count} in all`, `the books differ by ${money(reason.difference)}`, reason.notInQuickbooks > 0 && `${reason.notInQuickbooks} not in QuickBooks`].filter(Boolean);
  return h("section", { class: `card edge ${kindOf(reason.kind)}` },
    h("div", { class: "head" }, h(level, {}, NAMES[reason.kind] ?? reason.kind), h("span", { class: "quiet" }, facts.join(" · "))),
    h("p", {}, reason.message, h("span", { class: "quiet" }, " The oldest since ", moment(reason.oldestSince), ".")),
    list.element);
}

const row = (invoice, changed) => h("tr", {},
  h("th", { scope: "row" }, invoiceLink(invoice)),
  h("td", { "data-label": "Date" }, day(invoice.invoiceDate)),
  h("td", { "data-label": "Customer" }, invoice.customer.name),
  h("td", { "data-label": "Total", class: "number" }, money(invoice.total)),
  h("td", { "data-label": "Status" }, exportBadge(invoice)),
  h("td", { "data-label": "Sync status" }, statusButton(invoice, { changed })));

function drawnMonth(one, opened, changed) {
  const months = h("details", { class: "card debt", open: opened.has(one.month) },
    h("summary", {}, monthWords(one.month), h("span", { class: "quiet beside" }, `${some(one.count, "invoice")} · ${money(one.difference)} · the oldest `, ago(one.oldestSince))),
    one.parts.map((reason) => part(reason, changed, async (after) => {
      const { bypassDebt: found } = await ask(DEBT, { after });
      return found.months.find((month) => month.month === one.month)?.parts.find((each) => each.kind === reason.kind)?.invoices;
    }, { level: "h3" })));
  months.addEventListener("toggle", () => opened[months.open ? "add" : "delete"](one.month));
  return months;
}
