// Who did what, when, with which credential: the newest first, of one invoice or of the account.

import { Trouble, ask } from "./api.js";
import { REPLACES, original, revision } from "./copy.js";
import { REVERT, REVISIONS } from "./documents.js";
import { field, h, nothing, settled, show, troubled } from "./dom.js";
import { pages } from "./paging.js";
import { fieldWords, invoiceLink, moment, money, taskNames, valueWords } from "./words.js";

const ENTRY = "id occurredAt action subjectKind subjectId reason credential requestId actor { name } changes { path before after }";
const ALL = `query ($filter: AuditFilter, $after: String) { auditTrail(first: 50, after: $after, filter: $filter) { nodes { ${ENTRY} } pageInfo { hasNextPage endCursor } } }`;
const OF_ONE = `query ($id: ID!, $after: String) { invoice(id: $id) { auditTrail(first: 50, after: $after) { nodes { ${ENTRY} } pageInfo { hasNextPage endCursor } } } }`;
const ABOUT = "id invoiceNumber invoiceDate customer { name }";
const ONE = `query ($id: ID!) { invoice(id: $id) { ${ABOUT} } }`;
const NUMBERED = `query ($number: String!) { invoices(first: 10, filter: { invoiceNumber: $number }) { nodes { ${ABOUT} } } }`;
const VERSIONS = `query ($id: ID!, $after: String) { invoice(id: $id) { version tasks { id description item { name } } editEligibility { canEdit } revisions(first: 20, after: $after) { ${REVISIONS} } } }`;
const DRAFT = "query ($id: ID!) { invoice(id: $id) { draft { editor { id } changes { path } } } }";
const PEOPLE = "{ employees { id name active } }";
const SUBJECTS = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
  ... on Invoice { invoiceNumber tasks { id description item { name } } } ... on Batch { number name } ... on Payment { amount invoice { id invoiceNumber } }
  ... on Connection { name } ... on Customer { name } ... on Item { name } ... on BusinessUnit { name } ... on TaxZone { name } ... on Employee { name } ... on ApiKey { name } ... on CompanyFile { name } } }`;
const ACTIONS = {
  Invoices: ["INVOICE_CREATED", "INVOICE_SAVED", "SAVED_AND_SYNCED", "SAVED_AND_BYPASSED", "RESYNCED", "CONFLICT_RESOLVED", "DRIFT_RESOLVED", "DRAFT_DISCARDED", "ABANDONED_DRAFT_ENDED", "INVOICE_ADJUSTED", "INVOICE_IMPORTED"],
  "Exports and unlocking": ["EXPORTED", "EXPORT_BYPASSED", "BYPASS_WITHDRAWN", "UNLOCK_REQUESTED", "UNLOCKED", "PIN_REFUSED"],
  Payments: ["PAYMENT_RECORDED", "PAYMENT_EXPORTED", "PAYMENT_BYPASSED"],
  Settings: ["CONNECTION_CREATED", "CONNECTION_CHANGED", "CONNECTION_PASSWORD_ROTATED", "ACCOUNT_CHANGED", "PERIOD_CHANGED", "CUSTOMER_MAPPING_CHANGED", "QUICKBOOKS_NAME_CHANGED", "COGS_ACCOUNT_CHANGED", "PIN_SET"],
  "People and keys": ["EMPLOYEE_ADDED", "EMPLOYEE_CHANGED", "PERMISSION_CHANGED", "API_KEY_CREATED", "API_KEY_ROTATED", "API_KEY_REVOKED"],
};
const SAID = {
  SAVED_AND_SYNCED: "Saved & synced", SAVED_AND_BYPASSED: "Saved & bypassed", RESYNCED: "Re-synced", API_KEY_CREATED: "API key created", API_KEY_ROTATED: "API key rotated",
  API_KEY_REVOKED: "API key revoked", PIN_SET: "PIN set", PIN_REFUSED: "PIN refused", QUICKBOOKS_NAME_CHANGED: "QuickBooks name changed", COGS_ACCOUNT_CHANGED: "COGS account changed",
  QUICKBOOKS_CLOSING_DATE: "QuickBooks closing date", COGS_ACCOUNT_MISSING: "COGS account missing",
};
const TYPING_MILLISECONDS = 350;

const words = (name) => SAID[name] ?? name.toLowerCase().replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

export async function auditScreen(screen, { viewer, go }) {
  const mayReadAll = viewer.permissions.includes("MANAGE_EMPLOYEES");
  const names = new Map(); // by id: what is known of the things that were acted on
  let invoice = null;

  const number = h("input", { type: "search", inputmode: "numeric", maxlength: 40, placeholder: "the whole number" });
  const who = h("select", {}, h("option", { value: "" }, "Anybody"));
  const what = h("select", {}, h("option", { value: "" }, "Anything"), Object.entries(ACTIONS).map(([group, list]) => h("optgroup", { label: group }, list.map((one) => h("option", { value: one }, words(one))))));
  const from = h("input", { type: "date" });
  const to = h("input", { type: "date" });
  const chosen = h("div");

  const list = pages({
    list: h("ol", { class: "trail" }),
    page: readPage,
    draw: (entry) => drawn(entry, names),
    empty: () => (invoice || mayReadAll ? nothing(isNarrowed() ? "Nothing of this kind was done." : "Nobody has done anything yet.") : nothing("You may read what was done to one invoice: type its number above. The trail of the whole account is for those who manage people.")),
    end: () => h("p", { class: "quiet" }, "That is all."),
    isEndless: true,
  });

  const isNarrowed = () => Boolean(invoice || who.value || what.value || from.value || to.value);

  async function readPage(after) {
    const found = await ofTrail(after);
    const unknown = [...new Set(found.nodes.map((one) => one.subjectId))].filter((id) => id && !names.has(id));
    if (unknown.length) {
      const { nodes } = await ask(SUBJECTS, { ids: unknown });
      unknown.forEach((id, n) => names.set(id, nodes[n]));
    }
    return found;
  }

  async function ofTrail(after) {
    if (mayReadAll) return (await ask(ALL, { after, filter: filter() })).auditTrail;
    if (!invoice) return { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
    return (await ask(OF_ONE, { id: invoice.id, after })).invoice.auditTrail;
  }

  function filter() {
    const wish = { subjectId: invoice?.id, actorId: who.value, action: what.value && [what.value], occurredFrom: midnight(from.value), occurredBefore: midnight(to.value, 1) };
    return Object.fromEntries(Object.entries(wish).filter(([, value]) => value));
  }

  function choose(found) {
    invoice = found;
    history.replaceState(null, "", found ? `?invoice=${encodeURIComponent(found.id)}` : location.pathname);
    show(chosen, found && h("div", { class: "notice row" }, h("p", { class: "grow" }, "What was done to ", invoiceLink(found), ` of ${found.customer.name}.`),
      h("button", { type: "button", onclick: () => choose(null) }, "Show everything")), found && versionsOf(found, viewer, go));
    if (found) number.value = found.invoiceNumber;
    else number.value = "";
    return list.read();
  }

  async function find() {
    const text = number.value.trim();
    if (text === (invoice?.invoiceNumber ?? "")) return;
    if (!text) {
      await choose(null);
      return;
    }
    try {
      const { invoices } = await ask(NUMBERED, { number: text });
      if (number.value.trim() !== text) return; // somebody typed on
      if (invoices.nodes.length === 1) await choose(invoices.nodes[0]);
      else drawFound(text, invoices.nodes);
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(chosen, troubled(fault, find));
    }
  }

  function drawFound(text, found) {
    show(chosen, h("div", { class: "notice", role: "status" },
      found.length ? h("p", {}, `Several invoices have the number ${text}. Which one?`) : h("p", {}, `No invoice has the number ${text}.`),
      found.length > 0 && h("div", { class: "row" }, found.map((one) => h("button", { type: "button", onclick: () => choose(one) }, `${one.customer.name}, ${one.invoiceDate}`)))));
  }

  async function readPeople() {
    if (!mayReadAll) return;
    const { employees } = await ask(PEOPLE);
    who.append(...employees.map((one) => h("option", { value: one.id }, one.active ? one.name : `${one.name} (left)`)));
  }

  const read = () => list.read();
  const typed = settled(find, TYPING_MILLISECONDS);
  number.addEventListener("input", typed);
  for (const one of [who, what, from, to]) one.addEventListener("change", read);
  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Audit trail"), h("button", { type: "button", onclick: () => list.refresh() }, "Refresh")),
    h("form", { class: "filters", role: "search", onsubmit: (event) => { event.preventDefault(); return find(); } },
      field("Invoice #", number), mayReadAll && [field("Who", who), field("What", what), field("From", from), field("To", to)]),
    chosen, list.element);
  const wanted = new URLSearchParams(location.search).get("invoice");
  const found = wanted && (await ask(ONE, { id: wanted })).invoice;
  await Promise.all([found ? choose(found) : list.read(), readPeople()]);
  return { refresh: () => list.refresh(), close: () => typed.stop() };
}

/** Every version of an invoice; going back to one stages it there, and nothing is saved before Save. */
function versionsOf(invoice, viewer, go) {
  let now = null;
  const error = h("div", { role: "alert" });
  const ways = () => ({ mayEdit: now.editEligibility.canEdit, revert });
  const list = pages({
    list: h("ol", { class: "history" }),
    page: async (after) => {
      now = (await ask(VERSIONS, { id: invoice.id, after })).invoice;
      return now.revisions;
    },
    draw: (one) => revision(one, now, ways()),
    empty: () => nothing("Nobody has edited it yet."),
    end: () => h("ol", { class: "history" }, original(ways())),
  });
  const all = h("details", { class: "card" }, h("summary", {}, "Its versions, and going back to one of them"), error, list.element);
  all.addEventListener("toggle", () => all.open && list.read());

  async function revert(revisionId) {
    show(error);
    now = { ...now, ...(await ask(DRAFT, { id: invoice.id })).invoice };
    if (now.draft?.editor.id === viewer.actor.id && now.draft.changes.length && !confirm(REPLACES)) return;
    const { done } = await ask(REVERT, { input: { invoiceId: invoice.id, version: now.version, revisionId } });
    if (done.userErrors.length) show(error, done.userErrors.map((one) => h("p", { class: "error" }, one.message)));
    else go(`/console/invoices/${encodeURIComponent(invoice.id)}`);
  }

  return all;
}

/** The beginning of a day here, or of the day after it, as the API takes a moment. */
function midnight(text, later = 0) {
  if (!text) return null;
  const [year, month, day] = text.split("-").map(Number);
  return new Date(year, month - 1, day + later).toISOString();
}

function drawn(entry, names) {
  const known = names.get(entry.subjectId);
  const tasks = known?.tasks ? taskNames(known) : new Map();
  const isNew = entry.changes.every(({ before }) => before === null);
  return h("li", { class: "card" },
    h("div", { class: "row" }, h("strong", {}, words(entry.action)), subject(entry, known), h("span", { class: "quiet by" }, entry.actor.name, " · ", moment(entry.occurredAt))),
    entry.reason && h("p", {}, `“${entry.reason}”`),
    entry.changes.length > 0 && h("dl", { class: isNew ? "changes new" : "changes" }, entry.changes.map((change) => h("div", {}, h("dt", {}, fieldWords(change.path, tasks)), h("dd", {}, difference(change))))),
    h("p", { class: "quiet small" }, entry.credential, entry.requestId && ` · request ${entry.requestId}`));
}

// Names of the API, such as those of permissions, are read as words.
const said = (path, value) => (/^[A-Z]+(_[A-Z]+)+(, [A-Z_]+)*$/.test(value) && !path.endsWith("syncStatus") ? value.split(", ").map(words).join(", ") : valueWords(path, value));

function difference({ path, before, after }) {
  const old = before !== null && h("del", {}, h("span", { class: "hidden" }, "before: "), said(path, before));
  const now = after !== null && h("ins", {}, h("span", { class: "hidden" }, "after: "), said(path, after));
  return [old, old && now && h("span", { "aria-hidden": "true" }, " → "), now];
}

function subject(entry, known) {
  switch (known?.__typename) {
    case "Invoice": return invoiceLink(known);
    case "Batch": return h("a", { href: "/console/batches" }, `Batch ${known.number}`);
    case "Payment": return h("span", {}, `${money(known.amount)} for `, invoiceLink(known.invoice));
    case "Connection": return h("a", { href: "/console/connections" }, known.name);
    case undefined: return h("span", {}, words(entry.subjectKind));
    default: return h("span", {}, `${words(entry.subjectKind)} ${known.name ?? ""}`);
  }
}
