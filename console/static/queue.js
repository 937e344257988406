// What waits to leave through a connection, in the order it came; read once somebody opens it.

import { ask } from "./api.js";
import { h, nothing } from "./dom.js";
import { pages } from "./paging.js";
import { ago } from "./time-ago.js";
import { PHASES, invoiceLink } from "./words.js";

const QUEUE = `query ($id: ID!, $after: String) { syncQueue(connectionId: $id, first: 20, after: $after) {
  nodes { position version phase queuedAt attempts invoice { id invoiceNumber customer { name } sync { issue { reason } } } } pageInfo { hasNextPage endCursor }
} }`;

/** Give the part that lists the queue of a connection; `renew` reads it again where it is open. */
export function queueOf(id) {
  const list = pages({
    page: async (after) => (await ask(QUEUE, { id, after })).syncQueue,
    keyOf: (place) => `${place.invoice.id} ${place.version}`,
    draw: drawn,
    list: h("tbody"),
    frame: (body) => h("div", { class: "scroll" }, h("table", { class: "stacked" },
      h("thead", {}, h("tr", {}, ["Invoice", "Customer", "Place", "How far it is", "Since"].map((name) => h("th", { scope: "col" }, name)))), body)),
    empty: () => nothing("Nothing waits any more."),
  });
  const element = h("details", {}, h("summary", {}, "What waits"), list.element);
  const renew = () => element.open && list.refresh();
  element.addEventListener("toggle", renew);
  return { element, renew, close: list.close };
}

const drawn = ({ position, phase, queuedAt, attempts, invoice }) => h("tr", {},
  h("th", { scope: "row" }, invoiceLink(invoice)),
  h("td", { "data-label": "Customer" }, invoice.customer.name),
  h("td", { "data-label": "Place" }, position ?? "on its way"),
  h("td", { "data-label": "How far it is" }, howFar(invoice.sync.issue, position, phase), attempts > 1 && h("span", { class: "quiet block" }, `sent ${attempts} times`)),
  h("td", { "data-label": "Since" }, ago(queuedAt)));

// What waits behind a problem goes by itself once that is solved.
const howFar = (issue, position, phase) => (issue && position ? ["Held up by a problem", h("span", { class: "quiet block" }, issue.reason)] : PHASES[phase]);
