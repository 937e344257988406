// The status itself opens its way out: hovered, focused or tapped.

import { Trouble, ask } from "./api.js";
import { ROW, SYNC } from "./documents.js";
import { h, show } from "./dom.js";
import { statusPanel } from "./status.js";
import { exportBadge, hasFailedExport, syncBadge } from "./words.js";

const READ = `query ($id: ID!) { invoice(id: $id) { ${ROW} sync { ${SYNC} } businessUnit { name } batch { name } tasks { id description item { name } } } }`;
const TITLES = { BYPASSED: "Re-Sync Bypassed", ACTION_REQUIRED: "Re-Sync Failed" };
const HOVER_MILLISECONDS = 250;
const LEAVE_MILLISECONDS = 400;
const GAP = 6;

/** Give the sync status of an invoice; where something can be done about it, as a button that opens it. */
export function statusButton(invoice, { changed }) {
  const title = TITLES[invoice.syncStatus];
  const badge = syncBadge(invoice.syncStatus);
  return title ? opening(invoice, { title, badge, changed }) : badge;
}

/** Give the status of its export likewise. */
export function exportButton(invoice, { changed }) {
  const badge = exportBadge(invoice);
  return hasFailedExport(invoice) ? opening(invoice, { title: "Export Failed", badge, changed }) : badge;
}

function opening(invoice, { title, badge, changed }) {
  let timer;
  const panel = h("div", { class: "pop", popover: "auto", role: "group", "aria-label": title });
  const button = h("button", { type: "button", class: "status", "aria-expanded": "false", "aria-label": `${title}: ${invoice.invoiceNumber}` }, badge);

  async function open() {
    clearTimeout(timer);
    if (!panel.isConnected || panel.matches(":popover-open")) return; // it may have been drawn anew meanwhile
    show(panel, h("p", { class: "quiet" }, "Loading …"));
    panel.showPopover();
    place();
    try {
      const { invoice: now } = await ask(READ, { id: invoice.id });
      show(panel, now ? statusPanel(now, { changed: done }) : h("p", {}, "There is no such invoice."));
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(panel, h("p", { class: "error" }, fault.message));
    }
    place();
  }

  function place() {
    const at = button.getBoundingClientRect();
    const left = Math.max(GAP, Math.min(at.left, innerWidth - panel.offsetWidth - GAP));
    const below = at.bottom + GAP;
    panel.style.left = `${left}px`;
    panel.style.top = `${below + panel.offsetHeight < innerHeight ? below : Math.max(GAP, at.top - panel.offsetHeight - GAP)}px`;
  }

  async function done() {
    panel.hidePopover();
    await changed();
  }

  const soon = (work, milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
  const leave = () => soon(() => panel.isConnected && !panel.contains(document.activeElement) && panel.hidePopover(), LEAVE_MILLISECONDS);
  panel.addEventListener("toggle", (event) => button.setAttribute("aria-expanded", String(event.newState === "open")));
  button.addEventListener("mouseenter", () => soon(open, HOVER_MILLISECONDS));
  button.addEventListener("focus", () => button.matches(":focus-visible") && open());
  button.addEventListener("click", open);
  for (const one of [button, panel]) one.addEventListener("mouseleave", leave);
  panel.addEventListener("mouseenter", () => clearTimeout(timer));
  return h("span", {}, button, panel);
}
