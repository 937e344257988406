// Payments that QuickBooks does not apply by itself, and what a bookkeeper does about each.

import { ask } from "./api.js";
import { h, nothing } from "./dom.js";
import { pages } from "./paging.js";
import { day, invoiceLink, money } from "./words.js";

const PAYMENTS = `query ($after: String) { paymentsToApplyByHand(first: 20, after: $after) {
  nodes { unapplied reason payment { id amount receivedOn method referenceNumber } invoice { id invoiceNumber total balance customer { name } } }
  pageInfo { hasNextPage endCursor } } }`;
const BOTH = "{ manualApplications { customer { id name } exportedByNew { id invoiceNumber invoiceDate balance } exportedByLegacy { id invoiceNumber invoiceDate balance } } }";

/** Give the part of month end that lists them. */
export function byHand() {
  const payments = pages({
    page: async (after) => (await ask(PAYMENTS, { after })).paymentsToApplyByHand,
    keyOf: (one) => one.payment.id,
    draw: drawnPayment,
    empty: () => nothing("QuickBooks applied every payment that went there to its invoice.", "good"),
  });
  const pairs = pages({
    page: async () => ({ nodes: (await ask(BOTH)).manualApplications, pageInfo: { hasNextPage: false, endCursor: null } }),
    keyOf: (one) => one.customer.id,
    draw: drawnPair,
    empty: () => null,
  });
  return {
    element: h("section", {}, h("h2", { class: "part" }, "Payments to apply by hand"), payments.element, pairs.element),
    refresh: () => Promise.all([payments.refresh(), pairs.refresh()]),
  };
}

function drawnPayment({ payment, invoice, unapplied, reason }) {
  const facts = [`received ${day(payment.receivedOn)}`, payment.method, payment.referenceNumber && `no. ${payment.referenceNumber}`].filter(Boolean);
  return h("section", { class: "card edge warn" },
    h("div", { class: "head" }, h("h3", {}, `${money(unapplied)} of ${invoice.customer.name}`), h("span", { class: "quiet" }, `Payment of ${money(payment.amount)}, ${facts.join(", ")}`)),
    h("p", {}, reason),
    h("p", {}, "In QuickBooks open ", h("b", {}, "Customers > Receive Payments"), ` with this payment, tick invoice `, invoiceLink(invoice), ` (${money(invoice.balance)} open), and save. It leaves this list by itself.`));
}

function drawnPair({ customer, exportedByNew, exportedByLegacy }) {
  const side = (words, list) => h("div", {}, h("h4", {}, words), h("ul", { class: "tree" }, list.map((one) =>
    h("li", {}, h("div", { class: "leaf" }, invoiceLink(one), h("span", { class: "quiet" }, `${day(one.invoiceDate)} · ${money(one.balance)} open`))))));
  return h("section", { class: "card edge warn" },
    h("div", { class: "head" }, h("h3", {}, customer.name)),
    h("p", {}, "The old and the new connector each exported something of this customer that is still open. QuickBooks never applies the one to the other by itself: apply payments and credits between both sides there, under ", h("b", {}, "Customers > Receive Payments"), "."),
    h("div", { class: "halves" }, side("Exported by the new connector", exportedByNew), side("Exported by the old one", exportedByLegacy)));
}
