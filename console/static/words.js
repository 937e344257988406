// How values are said and shown.

import { h, icon } from "./dom.js";

const PATHS = {
  check: "M3 8.5l3.2 3.2L13 5",
  clock: "M8 4v4l2.6 1.6M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8",
  arrows: "M13 6.5A5.3 5.3 0 003.6 5M3 2.5V5h2.5M3 9.5A5.3 5.3 0 0012.4 11M13 13.5V11h-2.5",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  alert: "M8 2.2L14.5 13.5h-13zM8 6.5v3.2M8 11.6v.2",
  dash: "M4 8h8",
  lock: "M4.5 7.5h7v6h-7zM6 7.5V5a2 2 0 014 0v2.5",
};

const SYNC = {
  NOT_APPLICABLE: { words: "N/A", icon: "dash", kind: "plain" },
  SYNCING: { words: "Syncing", icon: "arrows", kind: "busy" },
  SYNCED: { words: "Synced", icon: "check", kind: "good" },
  BYPASSED: { words: "Bypassed", icon: "pause", kind: "warn" },
  ACTION_REQUIRED: { words: "Action Required", icon: "alert", kind: "bad" },
};

const EXPORT = {
  PENDING: { words: "Pending", icon: "clock", kind: "plain" },
  POSTED: { words: "Posted", icon: "clock", kind: "plain" },
  EXPORTED: { words: "Exported", icon: "lock", kind: "calm" },
};

export const PHASES = {
  QUEUED: "Waiting in the queue",
  WAITING_FOR_CONNECTOR: "Waiting for the Web Connector",
  SENT: "QuickBooks is working on it",
  VERIFYING: "Comparing what QuickBooks stored",
  RETRYING: "QuickBooks was busy; it is tried again",
  UNKNOWN_OUTCOME: "The answer was lost; QuickBooks is asked what it stored",
  FAILED: "QuickBooks did not take it",
  DONE: "Done",
  CANCELLED: "Withdrawn",
};

const STATES = {
  ONLINE: "Online",
  IN_SESSION: "In session",
  OFFLINE: "Offline",
  DISABLED: "Disabled",
  NEVER_CONNECTED: "Never connected",
  PERMISSION_NEEDED: "Permission needed",
  QUICKBOOKS_UNAVAILABLE: "QuickBooks is not available",
  WRONG_COMPANY_FILE: "Another company file is open",
};

const ACTORS = {
  ADMINISTRATOR: "Administrator",
  BOOKKEEPER: "Bookkeeper",
  OFFICE: "Office",
  QUICKBOOKS_ADMINISTRATOR: "QuickBooks administrator",
  SUPPORT: "Support",
};

/** What an invoice needs in QuickBooks, by kind. */
export const OBJECTS = {
  CUSTOMER: "Customer", ITEM: "Item", CLASS: "Class", SALES_TAX_ITEM: "Sales tax item", SALES_TAX_CODE: "Sales tax code", INVENTORY_SITE: "Inventory site",
  TERMS: "Terms", SALES_REP: "Sales rep", ACCOUNT: "Account", FEATURE: "Feature", COMPANY_FILE: "Company file", INVOICE: "Invoice",
};

const FIELDS = {
  invoiceNumber: "Invoice #",
  invoiceDate: "Invoice date",
  summary: "Summary",
  taxZone: "Tax zone",
  description: "Description",
  quantity: "Quantity",
  unitPrice: "Unit price",
  taxable: "Taxable",
  cost: "Cost",
  businessUnit: "Business unit",
  inventoryLocation: "Inventory location",
};

const DISPOSITIONS = {
  SYNCING: { words: "Save & Sync", icon: "arrows", kind: "calm" },
  BYPASSED: { words: "Save & Bypass", icon: "pause", kind: "calm" },
};

function badge({ words, icon: name, kind }, about) {
  return h("span", { class: `badge ${kind}` }, icon(PATHS[name]), h("span", {}, words), about && h("span", { class: "hidden" }, ` ${about}`));
}

export const syncBadge = (status) => badge(SYNC[status]);
export const syncWords = (status) => SYNC[status].words;
export const SYNC_STATUSES = Object.keys(SYNC);
export const EXPORT_STATUSES = Object.keys(EXPORT);

/** Whether QuickBooks refused to take the invoice for the first time. */
export const hasFailedExport = (invoice) => invoice.exportStatus !== "EXPORTED" && invoice.sync?.phase === "FAILED";

/** What was chosen when a version was saved; nothing for what was never to be sent. */
export const dispositionBadge = (disposition) => DISPOSITIONS[disposition] && badge(DISPOSITIONS[disposition]);

/** The status of the export; what was bypassed, imported or refused is told too. */
export function exportBadge(invoice) {
  const told = { ...EXPORT[invoice.exportStatus] };
  if (hasFailedExport(invoice)) return badge({ words: "Export failed", icon: "alert", kind: "bad" });
  if (invoice.exportOrigin === "BYPASSED") told.words = "Exported (bypassed)";
  if (invoice.exportOrigin === "IMPORTED") told.words = "Exported (imported)";
  return badge(told);
}

export const exportWords = (status) => EXPORT[status].words;

/** The light of a connection with its state in words. */
export const light = (connection) =>
  h("span", { class: `light ${connection.light.toLowerCase()}` }, h("i", { "aria-hidden": "true" }), STATES[connection.state] ?? connection.state);

export const actorWords = (actor) => ACTORS[actor] ?? actor;

/** A path of the API in words: `tasks.<id>.unitPrice` is "Unit price". */
export function pathWords(path) {
  const last = path.split(".").at(-1);
  return FIELDS[last] ?? last.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^./, (letter) => letter.toUpperCase());
}

/** The descriptions of an invoice's tasks by their ids, to name what a path is about. */
export const taskNames = (invoice) => new Map((invoice.tasks ?? []).map((task) => [task.id, task.description || task.item.name]));

/** A path in words, with the task that it is about; a path that ends with the task is the task itself. */
export function fieldWords(path, tasks = new Map()) {
  const [kind, id, ...rest] = path.split(".");
  if (kind !== "tasks" || !id) return pathWords(path);
  if (!rest.length) return ["Task", tasks.has(id) && h("span", { class: "quiet block" }, tasks.get(id))];
  return [pathWords(path), tasks.has(id) && h("span", { class: "quiet block" }, tasks.get(id))];
}

const AMOUNTS = ["unitPrice", "cost", "amount", "total", "subtotal", "salesTax", "balance"];
/** A value as a person reads it: an amount with its currency, a day as a day. */
export function valueWords(path, value) {
  const last = path.split(".").at(-1);
  if (value === null || value === undefined || value === "") return "–";
  if (AMOUNTS.includes(last) && !Number.isNaN(Number(value))) return money(value);
  if (last === "syncStatus" && value in SYNC) return syncWords(value);
  if (last === "taxable") return value === "true" ? "Yes" : value === "false" ? "No" : value;
  if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return MOMENT.format(new Date(value));
  if (/Date$/.test(last) && /^\d{4}-\d{2}-\d{2}$/.test(value)) return day(value);
  return value;
}

const AMOUNT = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 5 });
const DAY = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
const LONG_AGO = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });

/** An amount as the API gives it, exact: it is only read as a number to be shown. */
export const money = (text) => AMOUNT.format(text);
export const day = (text) => DAY.format(new Date(`${text}T00:00:00Z`));
/** Today where the person is, as "2026-11-20". */
export const localDay = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
export function moment(text) {
  const at = new Date(text);
  return h("time", { datetime: text }, (at.getFullYear() === new Date().getFullYear() ? MOMENT : LONG_AGO).format(at));
}

/** Steps out of a problem, each with who does it. */
export const steps = (list) =>
  h("ol", { class: "steps" }, list.map((step) => h("li", {}, h("b", {}, `${actorWords(step.actor)}: `), step.text, step.contact && ` (${step.contact})`)));

/** What QuickBooks itself said about a problem, for those who know its messages. */
export const ownWords = (problem) =>
  problem.quickbooksMessage && h("details", {}, h("summary", {}, `QuickBooks' own words${problem.quickbooksCode ? ` (${problem.quickbooksCode})` : ""}`), h("p", { class: "quote" }, problem.quickbooksMessage));

/** A link to an invoice by its number. */
export const invoiceLink = (invoice) => h("a", { href: `/console/invoices/${encodeURIComponent(invoice.id)}` }, `Invoice ${invoice.invoiceNumber}`);

/** How many of something: "1 invoice", "3 invoices". */
export const some = (count, one, many = `${one}s`) => `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;

/** Figures beside one another: [name, value, kind]. */
export const figures = (list) => h("dl", { class: "figures" }, list.map(([name, value, kind]) => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value))));
