// Who did what, when, with which credential: the newest first.

import { ask } from "./api.js";
import { h, show } from "./dom.js";
import { moment, pathWords } from "./words.js";

const PAGE = `query ($after: String) { auditTrail(first: 50, after: $after) {
  nodes { id occurredAt action subjectKind subjectId reason credential requestId actor { name } changes { path before after } }
  pageInfo { hasNextPage endCursor } } }`;

const words = (name) => name.toLowerCase().replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

export async function auditScreen(screen) {
  const list = h("ol", { class: "history" });
  const foot = h("div", { class: "list-foot" });
  let after = null;

  async function read({ anew = true } = {}) {
    const { auditTrail: page } = await ask(PAGE, { after: anew ? null : after });
    after = page.pageInfo.endCursor;
    if (anew) show(list);
    list.append(...page.nodes.map(drawn));
    show(foot, page.pageInfo.hasNextPage ? h("button", { type: "button", onclick: () => read({ anew: false }) }, "Show more") : h("p", { class: "quiet" }, "That is all."));
  }

  show(screen, h("div", { class: "head" }, h("h1", {}, "Audit trail"), h("button", { type: "button", onclick: () => read() }, "Refresh")), h("section", { class: "card" }, list), foot);
  await read();
  return { refresh: read };
}

function drawn(entry) {
  const subject = entry.subjectKind === "INVOICE" && entry.subjectId ? h("a", { href: `/console/invoices/${encodeURIComponent(entry.subjectId)}` }, "Invoice") : words(entry.subjectKind);
  return h("li", {}, h("p", {}, h("strong", {}, words(entry.action)), " · ", subject, ` · ${entry.actor.name} · `, moment(entry.occurredAt)),
    entry.reason && h("p", {}, `“${entry.reason}”`),
    entry.changes.length > 0 && h("ul", {}, entry.changes.map((change) => h("li", {}, `${pathWords(change.path)}: ${change.before ?? "–"} → ${change.after ?? "–"}`))),
    h("p", { class: "quiet" }, entry.credential, entry.requestId && ` · request ${entry.requestId}`));
}
