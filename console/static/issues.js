// What could not be synced: each cause once, with who waits for it; what was changed in QuickBooks
// behind our backs; and payments that somebody has to look at.

import { acts } from "./acts.js";
import { ask, wish } from "./api.js";
import { askedConnection } from "./connection-choice.js";
import { ERRORS, ISSUE, ROW, STEPS } from "./documents.js";
import { field, h, nothing, paced, show, toast } from "./dom.js";
import { driftList } from "./drifts.js";
import { fill, pages } from "./paging.js";
import { ago } from "./time-ago.js";
import { OBJECTS, day, exportBadge, figures, invoiceLink, localDay, money, ownWords, some, steps, syncBadge } from "./words.js";

const HELD = `id reason invoice { ${ROW} } payments { id amount state receivedOn waitsBecause }`;
const COUNTS = "{ syncIssueCounts { roots waiting invoices payments } paymentCounts { refused } }";
const ROOTS = `query ($after: String) { syncIssues(first: 20, after: $after, rootsOnly: true) {
  nodes { ${ISSUE} affected { invoices payments } attempts nextAttemptAt payments { id amount state receivedOn waitsBecause }
    invoice { ${ROW} batch { name } sync { conflict { detectedAt } } } dependents(first: 20) { ${HELD} } }
  pageInfo { hasNextPage endCursor } } }`;
const DEPENDENTS = `query ($root: ID!, $after: String) { syncIssues(first: 50, after: $after, rootId: $root) { nodes { ${HELD} } pageInfo { hasNextPage endCursor } } }`;
const PAYMENTS = `query ($after: String) { payments(first: 50, after: $after, exportStatus: POSTED) {
  nodes { id amount receivedOn state method referenceNumber invoice { id invoiceNumber customer { name } }
    problem { reason quickbooksCode quickbooksMessage articleUrl openedAt ${STEPS} } } pageInfo { hasNextPage endCursor } } }`;
const EXPORT_PAYMENT = `mutation ($input: ExportPaymentsInput!) { done: exportPayments(input: $input) { ${ERRORS} } }`;
const BYPASS_PAYMENT = `mutation ($input: BypassPaymentInput!) { done: bypassPayment(input: $input) { ${ERRORS} } }`;
const CSV = "query ($after: String) { syncIssuesCsv(after: $after) { text pageInfo { hasNextPage endCursor } } }";
const NEEDS_SOMEBODY = ["REFUSED", "UNRESOLVED"];
const LIVE_MILLISECONDS = 400;

export async function issuesScreen(screen, { live }) {
  const counts = h("div");
  const payments = refusedPayments(() => refresh());
  const roots = pages({
    page: async (after) => (await ask(ROOTS, { after })).syncIssues,
    draw: (issue) => drawn(issue, refresh),
    empty: () => nothing("Nothing is wrong: QuickBooks took everything that was sent.", "good"),
  });
  const drifts = driftList();

  const count = () => fill(counts, () => ask(COUNTS), (found) => {
    payments.show(found.paymentCounts.refused);
    return drawnCounts(found);
  });
  async function refresh() {
    await Promise.all([count(), roots.refresh(), drifts.refresh()]);
  }

  const soon = paced(refresh, LIVE_MILLISECONDS);
  live.addEventListener("sync", soon);
  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Issues"), h("button", { type: "button", onclick: refresh }, "Refresh"),
      h("button", { type: "button", onclick: save }, "Download as CSV")),
    counts,
    h("section", {}, h("h2", { class: "part" }, "Not in QuickBooks"), roots.element),
    payments.element,
    h("section", {}, h("h2", { class: "part" }, "Changed in QuickBooks"), drifts.element));
  await Promise.all([count(), roots.read(), drifts.read()]);
  return {
    refresh,
    close() {
      live.removeEventListener("sync", soon);
      soon.stop();
    },
  };
}

const drawnCounts = ({ syncIssueCounts: found, paymentCounts }) => figures([
  ["To solve", found.roots, found.roots > 0 && "bad"], ["Wait for them", found.waiting],
  ["Invoices held up", found.invoices], ["Payments held up", found.payments + paymentCounts.refused],
]);

function drawn(issue, changed) {
  const { invoice, affected } = issue;
  const kind = issue.failedObjects.find((one) => one.name === issue.object)?.kind;
  const title = issue.object ? `${OBJECTS[kind] ?? "In QuickBooks"} “${issue.object}”` : invoice ? invoiceLink(invoice) : "The company file";
  const waiting = [affected.invoices && some(affected.invoices, "invoice"), affected.payments && some(affected.payments, "payment")].filter(Boolean);
  const facts = [["Opened ", ago(issue.openedAt)], issue.attempts > 0 && ` · tried ${some(issue.attempts, "time")}`, issue.nextAttemptAt && [" · next attempt ", ago(issue.nextAttemptAt, "any moment")]];
  const isAlone = affected.invoices + affected.payments <= 1 && !issue.dependentCount;
  return h("section", { class: "card issue" },
    h("div", { class: "head" }, h("h3", {}, title, isAlone && invoice && h("span", { class: "quiet beside" }, issue.object && [invoiceLink(invoice), " · "], `${invoice.customer.name} · ${money(invoice.total)}`)),
      isAlone ? invoice && statusOf(invoice) : waiting.length > 0 && h("span", { class: "badge bad" }, `${waiting.join(" and ")} held up`)),
    h("div", { class: "halves" },
      h("div", {},
        h("p", { class: "reason" }, issue.reason),
        issue.steps.length > 0 && h("h4", {}, "What to do"), steps(issue.steps), ownWords(issue),
        h("p", { class: "quiet" }, facts, issue.articleUrl && [" · ", h("a", { href: issue.articleUrl }, "Read more about it")])),
      !isAlone && h("div", {}, h("h4", {}, issue.dependentCount ? "Solve it once, and these go by themselves" : "Held up"), tree(issue))),
    invoice && wayOut(issue, changed));
}

/** The invoice itself, its payments under it, and who waits for it. */
function tree(issue) {
  const branch = h("ul");
  branch.append(...issue.dependents.map(leaf));
  const rest = issue.dependentCount - issue.dependents.length;
  const more = rest > 0 && h("button", { type: "button", class: "link", onclick: () => all(issue, branch, more) }, `Show ${rest} more`);
  const below = (issue.dependents.length > 0 || more) && [branch, more];
  if (!issue.invoice) return h("div", { class: "tree" }, below);
  return h("ul", { class: "tree" }, h("li", {}, about(issue.invoice), paymentLeaves(issue.payments), below));
}

const leaf = (issue) => h("li", {}, issue.invoice ? about(issue.invoice) : issue.reason, paymentLeaves(issue.payments));
const about = (invoice) => h("div", { class: "leaf" }, invoiceLink(invoice), h("span", { class: "quiet" }, `${invoice.customer.name} · ${money(invoice.total)}`), statusOf(invoice));
const statusOf = (invoice) => (invoice.exportStatus === "EXPORTED" ? syncBadge(invoice.syncStatus) : exportBadge(invoice));
const paymentLeaves = (payments) => payments.length > 0 && h("ul", {}, payments.map((one) =>
  h("li", {}, h("div", { class: "leaf" }, h("span", {}, `Payment of ${money(one.amount)}`), h("span", { class: "quiet" }, `received ${day(one.receivedOn)}`)), one.waitsBecause && h("p", { class: "quiet" }, one.waitsBecause))));

function all(issue, branch, more) {
  const list = pages({ list: h("ul"), page: async (after) => (await ask(DEPENDENTS, { root: issue.id, after })).syncIssues, draw: leaf, empty: () => nothing("They went meanwhile.") });
  more.remove();
  branch.replaceWith(list.element);
  list.read();
}

/** Re-Sync and Bypass, or what else leads out of it. */
function wayOut(issue, changed) {
  const { invoice } = issue;
  const act = acts(invoice, { changed, issue });
  if (invoice.exportStatus !== "EXPORTED") return [act.place, h("div", { class: "row way-out" }, act.exportNow("Export again"))];
  if (invoice.syncStatus !== "ACTION_REQUIRED") return null;
  if (invoice.sync.conflict) return h("div", { class: "row way-out" }, h("a", { class: "button", href: `/console/invoices/${encodeURIComponent(invoice.id)}` }, "Choose between both sides"));
  return [act.place, h("div", { class: "row way-out" }, act.resync(), act.bypass())];
}

/** The part with the payments that QuickBooks did not take, or may hold; it is there when there are any. */
function refusedPayments(changed) {
  const element = h("section");
  const list = pages({
    page: async (after) => {
      const { payments: page } = await ask(PAYMENTS, { after });
      return { ...page, nodes: page.nodes.filter((one) => NEEDS_SOMEBODY.includes(one.state)) };
    },
    draw: (payment) => drawnPayment(payment, changed),
    empty: () => nothing("No payment needs anybody any more."),
  });
  return {
    element,
    show(number) {
      if (!number) show(element);
      else if (element.childElementCount) list.refresh();
      else {
        show(element, h("h2", { class: "part" }, "Payments that somebody has to look at"), list.element);
        list.read();
      }
    },
  };
}

function drawnPayment(payment, changed) {
  const { problem, invoice } = payment;
  const error = h("div", { role: "alert" });
  const through = h("div");
  const connection = askedConnection(through);
  const reason = h("input", { maxlength: 200, placeholder: "optional" });

  async function act(document, input, words) {
    show(error);
    const { done } = await wish(document, input, payment.state);
    if (done.userErrors.length) {
      show(error, done.userErrors.map((one) => h("p", { class: "error" }, one.message)));
      await connection.wanted(done.userErrors);
      return;
    }
    toast(words);
    await changed();
  }

  const again = () => act(EXPORT_PAYMENT, { ...connection.given(), paymentIds: [payment.id] }, "On its way to QuickBooks.");
  const bypass = () => act(BYPASS_PAYMENT, { paymentId: payment.id, reason: reason.value.trim() || null }, "Bypassed: it counts as exported, and QuickBooks is left as it is.");
  return h("section", { class: "card issue" },
    h("div", { class: "head" }, h("h3", {}, `Payment of ${money(payment.amount)}`, h("span", { class: "quiet beside" }, invoiceLink(invoice), ` · ${invoice.customer.name} · received ${day(payment.receivedOn)}`))),
    problem && [h("p", { class: "reason" }, problem.reason), problem.steps.length > 0 && h("h4", {}, "What to do"), steps(problem.steps), ownWords(problem),
      h("p", { class: "quiet" }, "Opened ", ago(problem.openedAt), problem.articleUrl && [" · ", h("a", { href: problem.articleUrl }, "Read more about it")])],
    through, error,
    h("div", { class: "row way-out" }, h("button", { type: "button", class: "primary", onclick: again }, payment.state === "UNRESOLVED" ? "Ask QuickBooks, then send" : "Send it again"),
      h("div", { class: "bypass" }, field("Note on the bypass", reason), h("button", { type: "button", onclick: bypass }, "Bypass"))));
}

async function save() {
  const parts = [];
  let after = null;
  for (;;) {
    const { syncIssuesCsv: part } = await ask(CSV, { after });
    parts.push(part.text); // the first begins with the headings; put behind one another they are the file
    after = part.pageInfo.endCursor;
    if (!part.pageInfo.hasNextPage) break;
  }
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  h("a", { href: address, download: `issues-${localDay()}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
