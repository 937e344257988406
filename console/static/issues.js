// What could not be synced: each cause once, with who waits for it.

import { ask } from "./api.js";
import { ISSUE } from "./documents.js";
import { h, show } from "./dom.js";
import { distance, steps } from "./words.js";

const PAGE = `query ($after: String) {
  syncIssues(first: 50, after: $after, rootsOnly: true) {
    nodes { ${ISSUE} affected { invoices payments } invoice { id invoiceNumber }
      dependents(first: 20) { id reason invoice { id invoiceNumber } } payments { id amount state } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const CSV = "query ($after: String) { syncIssuesCsv(after: $after) { text pageInfo { hasNextPage endCursor } } }";

const linked = (invoice) => invoice && h("a", { href: `/console/invoices/${encodeURIComponent(invoice.id)}` }, invoice.invoiceNumber);

export async function issuesScreen(screen, { live }) {
  const place = h("div");
  let after = null;

  async function read({ anew = true } = {}) {
    const { syncIssues: page } = await ask(PAGE, { after: anew ? null : after });
    after = page.pageInfo.endCursor;
    if (anew) show(place);
    place.querySelector(".list-foot")?.remove();
    place.append(...page.nodes.map(drawn));
    if (!place.childElementCount) place.append(h("p", { class: "notice good" }, "Nothing is wrong: QuickBooks took everything that was sent."));
    if (page.pageInfo.hasNextPage) place.append(h("div", { class: "list-foot" }, h("button", { type: "button", onclick: () => read({ anew: false }) }, "Show more")));
  }

  const onSync = () => read();
  live.addEventListener("sync", onSync);
  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Issues"), h("button", { type: "button", onclick: () => read() }, "Refresh"),
      h("button", { type: "button", onclick: save }, "Download as CSV")),
    place);
  await read();
  return { close: () => live.removeEventListener("sync", onSync) };
}

function drawn(issue) {
  const { invoices, payments } = issue.affected;
  const waiting = [invoices && `${invoices} ${invoices === 1 ? "invoice" : "invoices"}`, payments && `${payments} ${payments === 1 ? "payment" : "payments"}`].filter(Boolean);
  return h("section", { class: "card issue" },
    h("h2", {}, issue.object ?? linked(issue.invoice) ?? issue.code),
    h("p", {}, issue.reason),
    issue.quickbooksMessage && h("details", {}, h("summary", {}, `QuickBooks' own words${issue.quickbooksCode ? ` (${issue.quickbooksCode})` : ""}`), h("p", { class: "quote" }, issue.quickbooksMessage)),
    steps(issue.steps),
    h("p", { class: "quiet" }, linked(issue.invoice), ` · since ${distance(issue.openedAt)}`, waiting.length > 0 && ` · ${waiting.join(" and ")} depend on it`,
      issue.articleUrl && [" · ", h("a", { href: issue.articleUrl }, "Read more")]),
    issue.dependents.length > 0 && h("details", {}, h("summary", {}, "Who waits for it; they go by themselves"),
      h("ul", {}, issue.dependents.map((one) => h("li", {}, linked(one.invoice), ` ${one.reason}`)))));
}

async function save() {
  let text = "";
  let after = null;
  for (;;) {
    const { syncIssuesCsv: part } = await ask(CSV, { after });
    text += text ? part.text.slice(part.text.indexOf("\n") + 1) : part.text; // one line of names
    after = part.pageInfo.endCursor;
    if (!part.pageInfo.hasNextPage) break;
  }
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "issues.csv" });
  link.click();
}
