// One invoice: its status, its tasks and details with edits staged while one types, and how it
// stands in QuickBooks.

import { Trouble, ask, newKey } from "./api.js";
import { heldBy, holds, lostNotice, savedSince, watch, wishesOf } from "./beside.js";
import { bypassExportDialog } from "./bypass-export.js";
import { REPLACES, inQuickBooks, original, revision } from "./copy.js";
import { ERRORS, INVOICE, REVERT, STAGED } from "./documents.js";
import { field, h, show, toast } from "./dom.js";
import { driftPanel } from "./drifts.js";
import { standAt } from "./focus.js";
import { ADD_TASK } from "./new-task.js";
import { exportButton, statusButton } from "./status-popover.js";
import { saveDialog } from "./save.js";
import { Staging } from "./staging.js";
import { statusPanel } from "./status.js";
import { EDIT_TASK, REMOVE_TASK, taskTable } from "./tasks.js";
import { day, moment, money } from "./words.js";

const READ = `query ($id: ID!) { invoice(id: $id) { ${INVOICE} } }`;
const LISTS = "{ items { id name type } businessUnits { id name } taxZones { id name } inventoryLocations { id name } }";
const EDIT_DETAILS = `mutation ($input: UpdateInvoiceDetailsInput!) { done: updateInvoiceDetails(input: $input) { ${STAGED} } }`;
const DISCARD = `mutation ($input: DiscardDraftInput!) { done: discardDraft(input: $input) { invoice { id } ${ERRORS} } }`;
const DETAILS = ["invoiceNumber", "invoiceDate", "taxZoneId", "summary"];

export async function invoiceScreen(screen, { live, viewer }, id) {
  let invoice = null;
  let lists = null;
  const staging = new Staging({
    about: () => ({ invoiceId: invoice.id, version: invoice.version }),
    staged(draft) {
      const before = tasks.closed();
      invoice.draft = draft;
      isGivenUp = false;
      if (tasks.closed() !== before) tasks.draw();
    },
    changed: () => drawSave(),
    refusal: told,
  });
  let begun = 0; // readings, and which of them is shown
  let newest = 0;
  let lost = null; // a draft of the reader's that went without their doing
  const refusals = new Map(); // by wish: where it is told that it was refused
  let isLeft = false;
  let isReturning = false; // changes of a lost draft are being put in again, one by one
  let isEnding = false; // the reader saves or discards the draft
  let isGivenUp = false; // the reader discarded the draft, and the answer has not come
  let stale = null; // why what is shown may be older than what there is
  let noticeShown = null;
  let saveShown = null;
  let factsShown = null;
  let copyShown = null;
  let controls = {}; // the fields of the details, by what they stage
  const part = Object.fromEntries(["head", "notice", "status", "tasks", "save", "details", "copy", "history"].map((name) => [name, h("section", { class: `part-${name}` })]));

  const draft = () => (invoice.draft?.editor.id === viewer.actor.id ? invoice.draft : null);
  const other = () => (invoice.draft && !draft() ? invoice.draft : null);
  const shown = () => draft() ?? invoice;
  const mayEdit = () => invoice.editEligibility.canEdit && !(other() && holds(other()));
  const mayBypassExport = () => invoice.exportStatus === "EXPORTED" && invoice.exportOrigin === "EXPORTED" && viewer.permissions.includes("BYPASS_BATCH_EXPORT");
  const tasks = taskTable(part.tasks, {
    staging, draft, shown, mayEdit, pointAtWrong, refresh, invoice: () => invoice, lists: async () => (lists ??= await ask(LISTS)),
  });
  const holdsTyped = () => isReturning || staging.isUnsent || staging.wrong.length > 0;

  async function read() {
    let found;
    let count;
    let mine;
    do {
      count = staging.count;
      mine = ++begun;
      found = (await ask(READ, { id })).invoice;
    } while (count !== staging.count);
    if (!found) return false;
    if (mine < newest) return true; // one that began later was quicker: this is older than what is shown
    newest = mine;
    const before = invoice && draft();
    invoice = found;
    if (before?.changes.length && !draft() && !isEnding && !isGivenUp && !isSavedByReader(before)) lost = before;
    else if (before && draft() && before.expiresAt !== draft().expiresAt && !staging.isUnsent) toast("Your draft was changed elsewhere, perhaps in another tab. This shows it as it is now.");
    if (draft()?.baseVersion < invoice.version) lost = draft();
    if (!isLeft) document.title = `Invoice ${invoice.invoiceNumber} · Instep`;
    return true;
  }

  const isSavedByReader = (gone) => savedSince(gone, invoice)[0]?.actor.id === viewer.actor.id;

  // Reads anew what others may have changed; what somebody typed stays. Gives whether it could be read.
  async function refresh() {
    try {
      await read();
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      stale = fault.message;
      drawNotice();
      return false;
    }
    stale = null;
    drawAround();
    drawFields();
    return true;
  }

  const isUnderWay = () => invoice.syncStatus === "SYNCING" || invoice.exportStatus === "POSTED";
  const isTyping = (place) => place.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

  function drawAround() {
    const facts = JSON.stringify([invoice.version, invoice.syncStatus, { ...invoice.sync, connection: isUnderWay() && invoice.sync.connection }, invoice.exportStatus, invoice.exportOrigin, invoice.batch, invoice.balance, invoice.drift]);
    if (facts !== factsShown) { // else whoever is choosing there goes on
      factsShown = facts;
      drawHead();
      show(part.status, statusPanel(invoice, { changed: refresh }), driftPanel(invoice, { changed: refresh }));
    }
    drawNotice();
    drawSave();
    const copy = JSON.stringify([invoice.quickbooks, invoice.sync.conflict, invoice.tasks, mayBypassExport()]);
    const isOld = copy === copyShown; // then what was opened there stays open
    copyShown = copy;
    if (!isOld) show(part.copy, invoice.quickbooks && inQuickBooks(invoice),
      mayBypassExport() && h("p", {}, h("button", { type: "button", class: "link", onclick: () => bypassExportDialog(invoice, refresh) }, "QuickBooks no longer holds it …")));
    drawHistory();
  }

  function drawHistory() {
    const { nodes, pageInfo } = invoice.revisions;
    const ways = { mayEdit: mayEdit(), revert };
    show(part.history, nodes.length > 0 && [h("h2", {}, "History"),
      h("ol", { class: "history" }, nodes.map((one) => revision(one, invoice, ways)), !pageInfo.hasNextPage && original(ways)),
      h("p", {}, h("a", { href: `/console/audit?invoice=${encodeURIComponent(invoice.id)}` }, pageInfo.hasNextPage ? "Earlier versions, and everything that was done to it" : "Everything that was done to it"))]);
  }

  // What somebody typed and what is not staged yet stays; a field that merely has the focus shows what is saved now.
  function drawFields() {
    tasks.renew();
    if (!isTyping(part.tasks)) tasks.draw();
    if (!isTyping(part.details) && !staging.holds(DETAILS)) {
      drawDetails();
      return;
    }
    staging.renew(controls, detailsOf(shown()));
    for (const control of Object.values(controls)) control.disabled = !mayEdit();
  }

  const detailsOf = ({ invoiceNumber, invoiceDate, taxZone, summary }) => ({ invoiceNumber, invoiceDate, taxZoneId: taxZone?.id, summary });

  function drawHead() {
    const about = [invoice.customer.name, day(invoice.invoiceDate), invoice.batch && `Batch ${invoice.batch.number}`].filter(Boolean);
    show(part.head,
      h("nav", { "aria-label": "Way back" }, h("a", { href: "/console" }, "← Invoices")),
      h("div", { class: "head" }, h("h1", {}, `Invoice ${invoice.invoiceNumber}`), h("button", { type: "button", onclick: refresh }, "Refresh")),
      h("p", { class: "quiet" }, about.join(" · ")),
      h("dl", { class: "facts" },
        fact("Status", exportButton(invoice, { changed: refresh })), fact("Sync Status", statusButton(invoice, { changed: refresh })),
        fact("Total", h("strong", {}, money(invoice.total))), fact("Balance", money(invoice.balance))));
  }

  function drawNotice() {
    const someone = other();
    const reasons = invoice.editEligibility.canEdit ? [] : invoice.editEligibility.reasons;
    const facts = JSON.stringify([stale, someone && [someone.editor, someone.expiresAt, holds(someone)], lost && [lost.changes, invoice.version, mayEdit()], reasons]);
    if (facts === noticeShown) return; // said once
    noticeShown = facts;
    show(part.notice,
      stale && h("div", { class: "notice bad", role: "alert" }, h("p", {}, "This may have changed meanwhile. ", stale), h("button", { type: "button", onclick: refresh }, "Try again")),
      someone && heldBy(someone),
      lost && lostNotice(lost, invoice, { again: mayEdit() && putInAgain, forget: forgetLost }),
      reasons.length > 0 && h("div", { class: "notice" }, h("p", {}, h("strong", {}, "This invoice cannot be edited here.")), h("ul", {}, reasons.map((one) => h("li", {}, one.message))),
        invoice.editEligibility.alternative === "ADJUSTMENT_INVOICE" && h("p", {}, "An adjustment invoice can correct it.")));
  }

  async function forgetLost() {
    if (draft()) await ask(DISCARD, { input: { invoiceId: invoice.id } });
    lost = null;
    await anew();
  }

  // On top of what is saved now; what the draft had of an older version is not kept.
  async function putInAgain() {
    const kinds = { add: ADD_TASK, remove: REMOVE_TASK, task: EDIT_TASK, details: EDIT_DETAILS };
    if (draft()) await ask(DISCARD, { input: { invoiceId: invoice.id } });
    const before = lost;
    isReturning = true;
    try {
      if (!(await anew())) return; // the notice stays, and what it tells is put in once it can be read
      lost = null;
      for (const [key, kind, input] of wishesOf(before, invoice)) {
        const given = kind === "add" ? { ...input, idempotencyKey: newKey() } : input;
        await staging.stage(key, kinds[kind], () => given);
        if (!staging.refusal(key)) continue;
        lost = before; // all of it again, once somebody gave way
        staging.forget(key);
        break;
      }
    } finally {
      isReturning = false;
    }
    drawNotice();
    drawFields();
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

  // Leads to the first field within this place whose value the service did not take.
  function pointAtWrong(place) {
    const control = staging.wrong.find((one) => place.contains(one));
    control?.focus();
    return control !== undefined;
  }

  // A removal whose answer was lost is refused the second time: the task is gone, as it was wished.
  async function told(key, message) {
    if (key === "add") return; // its dialog tells
    refusals.get(key)?.remove();
    if (!message) return;
    await refresh();
    if (!staging.refusal(key)) return; // it was done meanwhile
    const [id, what] = key.split(".");
    if (what !== "remove" || shown().tasks.some((one) => one.id === id)) refusals.set(key, toast(message, "bad"));
  }

  async function drawDetails() {
    if (!mayEdit()) {
      show(part.details, h("h2", {}, "Invoice details"), h("dl", {},
        fact("Invoice #", shown().invoiceNumber), fact("Invoice date", day(shown().invoiceDate)), fact("Tax zone", shown().taxZone?.name ?? "–"), fact("Summary", shown().summary || "–")));
      return;
    }
    if (!lists) {
      try {
        lists = await ask(LISTS);
      } catch (fault) {
        if (!(fault instanceof Trouble)) throw fault;
        show(part.details, h("h2", {}, "Update invoice details"),
          h("div", { class: "notice bad", role: "alert" }, h("p", {}, fault.message), h("button", { type: "button", onclick: drawDetails }, "Try again")));
        return;
      }
    }
    const now = shown();
    controls = {};
    const say = (name, control) => (controls[name] = staging.typed(name, EDIT_DETAILS, () => ({ patch: { [name]: control.value || null } }), control));
    const summary = say("summary", h("textarea", { rows: 3 }));
    summary.value = now.summary ?? "";
    const zone = h("select", {}, !now.taxZone && h("option", { value: "" }, "–"), lists.taxZones.map((one) => h("option", { value: one.id, selected: one.id === now.taxZone?.id }, one.name)));
    show(part.details, h("h2", {}, "Update invoice details"),
      field("Invoice #", say("invoiceNumber", h("input", { value: now.invoiceNumber }))),
      field("Invoice date", say("invoiceDate", h("input", { type: "date", value: now.invoiceDate }))),
      field("Tax zone", say("taxZoneId", zone)),
      field("Summary", summary, { hint: "QuickBooks shows it in the memo." }));
  }

  function drawSave() {
    const mine = draft();
    const { trouble, isUnsent } = staging;
    const wrong = staging.wrong.length;
    const facts = JSON.stringify([trouble, isUnsent, wrong, invoice.total, mine && [mine.total, mine.guards, mine.changes.length]]);
    if (facts === saveShown) return;
    saveShown = facts;
    if (!isUnsent && !wrong && !mine) {
      show(part.save);
      return;
    }
    const guards = mine?.guards ?? [];
    show(part.save,
      h("div", { class: "save-bar" },
        h("div", { class: "grow" },
          h("p", {}, h("strong", {}, "Draft"), mine && [" · Total ", h("s", {}, money(invoice.total)), " → ", h("strong", { id: "draft-total" }, money(mine.total))],
            h("span", { class: "quiet" }, trouble ? "" : isUnsent ? " · keeping what you type …" : mine?.changes.length ? " · kept, not saved yet" : " · nothing is changed, and nobody else can edit it meanwhile")),
          trouble && h("p", { class: "notice bad", role: "alert" }, trouble, " ", h("button", { type: "button", onclick: () => staging.flush() }, "Try again")),
          !trouble && wrong > 0 && h("p", { class: "notice warn" }, wrong === 1 ? "One field was not taken: it says why. " : `${wrong} fields were not taken: they say why. `, h("button", { type: "button", onclick: () => staging.again() }, "Try again")),
          guards.length > 0 && h("ul", { class: "guards" }, guards.map((guard) => h("li", { class: guard.severity.toLowerCase() }, guard.message)))),
        h("div", { class: "row" },
          h("button", { type: "button", disabled: !mine, onclick: discard }, "Discard"),
          h("button", { type: "button", class: "primary", disabled: !isUnsent && !wrong && !mine.changes.length, onclick: save }, "Save"))));
  }

  async function discard() {
    await staging.idle(); // what is under way would begin the draft anew
    isGivenUp = true;
    const { done } = await ask(DISCARD, { input: { invoiceId: invoice.id } });
    isGivenUp = false;
    if (done.userErrors.length) {
      toast(done.userErrors[0].message, "bad");
      return;
    }
    lost = null;
    staging.forgetAll();
    tasks.close();
    await anew();
  }

  // Whoever ended the draft is done with its fields.
  async function anew() {
    document.activeElement?.blur();
    standAt(part.head);
    isEnding = true;
    const isRead = await refresh();
    isEnding = false;
    return isRead;
  }

  // Stages the edit that makes the invoice as it was then; nothing is saved before Save.
  async function revert(revisionId) {
    if (draft()?.changes.length && !confirm(REPLACES)) return;
    if (!(await staging.stage("revert", REVERT, () => ({ revisionId })))) return;
    tasks.close();
    drawFields();
  }

  async function save() {
    if (!(await staging.flush()) || pointAtWrong(screen) || !draft()) return;
    const saved = await saveDialog(invoice, draft());
    if (!saved) {
      refresh(); // it may have been refused for what others did; nobody waits for it
      return;
    }
    tasks.close();
    lost = null;
    await anew();
  }

  let isDrawn = false;
  let isBehind = false; // something happened while it was read for the first time
  const heard = () => (isDrawn ? refresh() : (isBehind = true));
  const onSync = (event) => event.detail.invoice.id === id && heard();
  const onConnection = (event) => {
    if (!invoice || invoice.sync.connection?.id === event.detail.id) heard();
  };
  live.addEventListener("sync", onSync);
  live.addEventListener("connection", onConnection);

  if (!(await read())) {
    show(screen, h("h1", {}, "There is no such invoice"), h("p", {}, h("a", { href: "/console" }, "Go to the invoices")));
    return {};
  }
  show(screen, part.head, part.notice, part.status, h("div", { class: "columns" }, h("div", {}, part.tasks, part.copy), h("aside", {}, part.details, part.history)), part.save);
  drawAround();
  drawFields();
  isDrawn = true;
  if (isBehind) refresh();
  const stopWatching = watch(id, () => invoice, refresh);
  const onResumed = () => staging.isUnsent && staging.flush();
  live.addEventListener("resumed", onResumed);
  return {
    holdsTyped,
    refresh,
    signedIn: onResumed,
    close() {
      isLeft = true;
      staging.stop();
      stopWatching();
      live.removeEventListener("sync", onSync);
      live.removeEventListener("connection", onConnection);
    },
  };
}
