// <status-popover>: a status that opens its way out: hovered, focused or tapped.

import { Trouble, ask } from "./api.js";
import { ROW, SYNC } from "./documents.js";
import { h, show, troubled } from "./dom.js";
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

// To pass over another status is no wish to leave the one in which somebody types.
const isTypedIn = () => document.querySelector(".pop:popover-open :is(input, textarea):focus") !== null;

const opening = (invoice, given) => Object.assign(document.createElement("status-popover"), { invoice, ...given });

/** Shows the `badge` of an `invoice`; opened it reads the invoice anew. `changed` is called after an act. */
class StatusPopover extends HTMLElement {
  #button;
  #panel;
  #timer;
  #isClosing = false;
  #isPassing = false; // it came by itself under the pointer, and goes with it

  connectedCallback() {
    if (this.#button) return; // it was only moved
    const { title, badge, invoice } = this;
    this.#panel = h("div", { class: "pop", popover: "auto", role: "group", "aria-label": `${title}: invoice ${invoice.invoiceNumber}` });
    this.#button = h("button", { type: "button", class: "status", "aria-expanded": "false", "aria-label": `${title}: ${invoice.invoiceNumber}` }, badge);
    show(this, this.#button, this.#panel);
    this.#panel.addEventListener("beforetoggle", ({ newState }) => newState === "closed" && this.#close());
    this.#panel.addEventListener("toggle", ({ newState }) => this.#button.setAttribute("aria-expanded", String(newState === "open")));
    this.#button.addEventListener("mouseenter", () => this.#soon(() => isTypedIn() || this.#open({ isPassing: true }), HOVER_MILLISECONDS));
    this.#button.addEventListener("focus", () => !this.#isClosing && this.#button.matches(":focus-visible") && this.#open());
    this.#button.addEventListener("click", () => this.#open());
    for (const one of [this.#button, this.#panel]) one.addEventListener("mouseleave", () => this.#soon(() => this.#leave(), LEAVE_MILLISECONDS));
    this.#panel.addEventListener("mouseenter", () => clearTimeout(this.#timer));
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #soon(work, milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, milliseconds);
  }

  async #open({ isPassing = false } = {}) {
    clearTimeout(this.#timer);
    const isOpen = this.#panel.matches(":popover-open");
    this.#isPassing = isPassing && (this.#isPassing || !isOpen);
    if (!this.isConnected || isOpen) return; // it may have been drawn anew meanwhile
    show(this.#panel, h("p", { class: "quiet" }, "Loading …"));
    this.#panel.showPopover();
    this.#place();
    await this.#read();
  }

  async #read() {
    const panel = this.#panel;
    try {
      const { invoice: now } = await ask(READ, { id: this.invoice.id });
      show(panel, now ? [h("p", { class: "quiet" }, `Invoice ${now.invoiceNumber} · ${now.customer.name}`), statusPanel(now, { changed: () => this.#done() })] : h("p", {}, "There is no such invoice."));
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(panel, troubled(fault, () => this.#read()));
    }
    this.#place();
  }

  // The focus goes back to the button with it, which is no wish to open it again.
  #close() {
    this.#isClosing = true;
    setTimeout(() => (this.#isClosing = false));
  }

  #leave() {
    if (this.#isPassing && this.isConnected && !this.#panel.contains(document.activeElement)) this.#panel.hidePopover();
  }

  #place() {
    const { style, offsetWidth, offsetHeight } = this.#panel;
    const at = this.#button.getBoundingClientRect();
    const below = at.bottom + GAP;
    style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - offsetWidth - GAP))}px`;
    style.top = `${below + offsetHeight < innerHeight ? below : Math.max(GAP, at.top - offsetHeight - GAP)}px`;
  }

  async #done() {
    this.#panel.hidePopover();
    await this.changed();
  }
}

customElements.define("status-popover", StatusPopover);
