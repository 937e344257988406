// The page: who is signed in, which screen is open, and whether what is shown is live.

import { Trouble, ask, signIns, signOut } from "./api.js";
import { h, show, toast } from "./dom.js";
import { live } from "./live.js";
import { auditScreen } from "./audit.js";
import { batchesScreen } from "./batches.js";
import { connectionsScreen } from "./connections.js";
import { invoiceScreen } from "./invoice.js";
import { invoicesScreen } from "./invoices.js";
import { issuesScreen } from "./issues.js";
import { monthScreen } from "./month.js";
import { askToSignIn } from "./sign-in.js";

const VIEWER = "{ viewer { accountName actor { id name } isAdministrator permissions } syncCursor }";
const SCREENS = [
  { at: /^\/console\/?$/, title: "Invoices", open: invoicesScreen },
  { at: /^\/console\/invoices\/([^/]+)$/, title: "Invoice", open: invoiceScreen },
  { at: /^\/console\/connections$/, title: "Connections", open: connectionsScreen },
  { at: /^\/console\/issues$/, title: "Issues", open: issuesScreen },
  { at: /^\/console\/month$/, title: "Month end", open: monthScreen },
  { at: /^\/console\/batches$/, title: "Batches", open: batchesScreen },
  { at: /^\/console\/audit$/, title: "Audit trail", open: auditScreen },
];
const MENU = [
  ["/console", "Invoices"],
  ["/console/issues", "Issues"],
  ["/console/batches", "Batches"],
  ["/console/month", "Month end"],
  ["/console/connections", "Connections"],
  ["/console/audit", "Audit"],
];
const LIVE = {
  off: "",
  connecting: "Connecting …",
  live: "Live",
  broken: "Connection lost: trying again …",
  "signed-out": "Signed out",
};

const screen = document.getElementById("screen");
let viewer = null;
let leave = null;

function drawTop() {
  const here = location.pathname.replace(/\/$/, "") || "/console";
  const links = MENU.map(([address, words]) => {
    const isHere = address === here || (address === "/console" && here.startsWith("/console/invoices"));
    return h("a", { href: address, "aria-current": isHere && "page" }, words);
  });
  const state = h("button", { id: "live", type: "button", title: "Try to connect now", onclick: () => live.retry() });
  show(
    document.getElementById("top"),
    h("a", { class: "brand", href: "/console" }, h("img", { src: "/console/static/icon.svg", alt: "", width: 28, height: 28 }), "Instep"),
    viewer && h("nav", { "aria-label": "Screens" }, links),
    viewer && state,
    viewer &&
      h("div", { class: "who" }, h("span", {}, viewer.actor.name), h("span", { class: "quiet" }, viewer.accountName),
        h("button", { type: "button", class: "link", onclick: leaveService }, "Sign out")),
  );
  drawLive();
}

function drawLive() {
  const state = document.getElementById("live");
  if (!state) return;
  state.className = live.state;
  show(state, h("i", { "aria-hidden": "true" }), h("span", { role: "status" }, LIVE[live.state]));
}

async function leaveService() {
  live.stop();
  try {
    await signOut();
  } catch (fault) {
    toast(fault.message, "bad");
    return;
  }
  viewer = null;
  location.assign("/console");
}

/** Open another screen without loading the page anew. */
export function go(address) {
  if (leave && leave.mayLeave && !leave.mayLeave()) return;
  history.pushState(null, "", address);
  open();
}

async function open({ isFirst = false } = {}) {
  leave?.close?.();
  leave = null;
  drawTop();
  const found = SCREENS.map((one) => [one, one.at.exec(location.pathname)]).find(([, match]) => match);
  if (!found) {
    show(screen, h("h1", {}, "There is no such screen"), h("p", {}, h("a", { href: "/console" }, "Go to the invoices")));
    return;
  }
  const [one, match] = found;
  document.title = `${one.title} · Instep`;
  show(screen, h("p", { class: "quiet" }, "Loading …"));
  try {
    leave = await one.open(screen, { viewer, live, go }, ...match.slice(1).map(decodeURIComponent));
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    show(screen, h("div", { class: "notice bad", role: "alert" }, h("p", {}, fault.message), h("button", { type: "button", onclick: () => open() }, "Try again")));
  }
  if (!isFirst) screen.focus({ preventScroll: true });
}

async function begin() {
  try {
    const data = await ask(VIEWER);
    viewer = data.viewer;
    live.start(data.syncCursor);
    await open({ isFirst: true });
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    if (fault.kind === "signed-out") return;
    show(screen, h("div", { class: "notice bad", role: "alert" }, h("p", {}, fault.message), h("button", { type: "button", onclick: begin }, "Try again")));
  }
}

let isAsking = false;
signIns.addEventListener("ended", async () => {
  if (isAsking) return;
  isAsking = true;
  live.stop();
  await askToSignIn(viewer);
  isAsking = false;
  if (viewer === null) {
    await begin();
    return;
  }
  const data = await ask(VIEWER); // what stands on the screen stays, typed words too
  live.start(data.syncCursor);
  if (data.viewer.actor.id !== viewer.actor.id) location.reload();
});

live.addEventListener("state", () => {
  drawLive();
  if (live.state === "signed-out") signIns.dispatchEvent(new Event("ended"));
});
live.addEventListener("resumed", () => toast("Connected again. Nothing was missed: the events in between have been read."));
live.addEventListener("lost", () => open());

document.addEventListener("click", (press) => {
  const link = press.target.closest?.("a[href^='/console']");
  if (!link || press.defaultPrevented || press.button !== 0 || press.metaKey || press.ctrlKey || press.shiftKey) return;
  press.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", () => open());

drawTop();
begin();
