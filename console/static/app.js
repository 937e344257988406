// The page: who is signed in, which screen is open, and whether what is shown is live.

import { Trouble, ask, askAnew, onAnotherSignIn, signIns, signOut } from "./api.js";
import { h, openDialog, show, toast } from "./dom.js";
import { standAt } from "./focus.js";
import { live } from "./live.js";
import "./live-state.js";
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

const SLOW_MILLISECONDS = 1000;
const UNSURE_MILLISECONDS = 5000;

const screen = document.getElementById("screen");
const tabs = new BroadcastChannel("instep.sign-in"); // the cookie is every tab's
let viewer = null;
let leave = null;
let here = location.href;
let opening = new AbortController();

function drawTop() {
  const at = location.pathname.replace(/\/$/, "") || "/console";
  const links = MENU.map(([address, words]) => {
    const isHere = address === at || (address === "/console" && at.startsWith("/console/invoices"));
    return h("a", { href: address, "aria-current": isHere && "page" }, words);
  });
  show(
    document.getElementById("top"),
    h("a", { class: "brand", href: "/console" }, h("img", { src: "/console/static/icon.svg", alt: "", width: 28, height: 28 }), "Instep"),
    viewer && h("nav", { "aria-label": "Screens" }, links),
    viewer && h("live-state"),
    viewer &&
      h("div", { class: "who" }, h("span", {}, viewer.actor.name), h("span", { class: "quiet" }, viewer.accountName),
        h("button", { type: "button", class: "link", onclick: leaveService }, "Sign out")),
  );
  const shown = document.querySelector("#top nav [aria-current]");
  if (shown) shown.parentElement.scrollLeft = shown.offsetLeft - shown.parentElement.offsetLeft; // a narrow screen shows some of them
}

async function leaveService() {
  if (!mayLeave()) return;
  await signOut();
  tabs.postMessage("out");
  live.stop();
  isLeaving = true;
  location.assign("/console");
}

let isLeaving = false; // it was asked, and decided
const holdsTyped = () => leave?.holdsTyped?.() ?? false;
const mayLeave = () => !holdsTyped() || confirm("Some of what you typed could not be kept yet. Leave all the same?");

/** Open another screen without loading the page anew. */
export function go(address) {
  if (!mayLeave()) return;
  history.pushState(null, "", address);
  open();
}

// Each opening has a place and ears of its own: one that comes late draws nothing and hears nothing.
async function open({ isFirst = false } = {}) {
  opening.abort();
  const mine = (opening = new AbortController());
  leave?.close?.();
  leave = null;
  here = location.href;
  drawTop();
  const found = SCREENS.map((one) => [one, one.at.exec(location.pathname)]).find(([, match]) => match);
  const [one, match] = found ?? [{ title: "There is no such screen", open: nothingHere }, []];
  document.title = `${one.title} · Instep`;
  const place = h("div");
  show(screen, h("h1", { class: "hidden" }, one.title), h("p", { class: "quiet" }, "Loading …"));
  if (!isFirst) standAt(screen);
  const slow = setTimeout(() => screen.append(h("p", { class: "quiet", role: "status" }, "Still waiting for the service …")), SLOW_MILLISECONDS);
  try {
    const opened = await one.open(place, { viewer, live: heard(mine.signal), go }, ...match.slice(1).map(decoded));
    if (mine.signal.aborted) {
      opened.close?.();
      return;
    }
    leave = opened;
    show(screen, place);
  } catch (fault) {
    const isFault = !(fault instanceof Trouble);
    if (!mine.signal.aborted) {
      mine.abort();
      show(screen, h("h1", {}, one.title), failed(isFault ? new Trouble("fault", "This page has a fault and cannot show the screen. Tell whoever runs the service.") : fault, () => open()));
    }
    if (isFault) throw fault;
  } finally {
    clearTimeout(slow);
  }
}

// An address that nobody made here names nothing that there is.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const heard = (signal) => ({
  addEventListener: (name, listener) => live.addEventListener(name, listener, { signal }),
  removeEventListener: (name, listener) => live.removeEventListener(name, listener),
});

function nothingHere(place) {
  show(place, h("h1", {}, "There is no such screen"), h("p", {}, h("a", { href: "/console" }, "Go to the invoices")));
  return {};
}

const failed = (fault, again) =>
  h("div", { class: "notice bad", role: "alert" }, h("p", {}, fault.message), h("button", { type: "button", onclick: again }, "Try again"));

async function begin() {
  try {
    const { data, adopt } = await askAnew(VIEWER);
    adopt();
    viewer = data.viewer;
    live.start(data.syncCursor);
    await open({ isFirst: true });
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    if (fault.kind === "signed-out") return;
    show(screen, h("h1", {}, "Instep"), failed(fault, begin));
  }
}

let isAsking = false; // somebody is asked to sign in
signIns.addEventListener("ended", async () => {
  if (isAsking) return;
  isAsking = true;
  hands?.close();
  if (viewer === null) show(screen); // nothing is loading before somebody has signed in
  live.pause();
  await askToSignIn(viewer, tabs);
  tabs.postMessage("in");
  isAsking = false;
  if (viewer === null) await begin();
  else await goOn();
});

let going = null; // while it is found out who is signed in
let isNewer = false; // somebody signed in since that was asked
let hands = null; // the dialog before whoever sees another one's words
let unsure = null; // why it is not known who is signed in
let trial = null; // when that is asked again

// Somebody signed in, here or elsewhere. Gives whether it is the person whom the page shows.
function goOn() {
  isNewer = true;
  hands?.close();
  return settleWho();
}

const settleWho = () => (going ??= findWho().finally(() => (going = null)));

// What stands on the screen stays, typed words too; unless they are another person's.
async function findWho() {
  let wish = null;
  try {
    do {
      isNewer = false;
      if (isAsking || viewer === null) return false;
      const { data, adopt } = await askAnew(VIEWER);
      if (isNewer || isAsking) continue; // this is older
      unsure?.remove();
      if (data.viewer.actor.id === viewer.actor.id) {
        adopt();
        live.goOn();
        leave?.signedIn?.();
        return true;
      }
      wish = await changeHands(data.viewer.actor.name);
    } while (isNewer);
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    if (fault.kind === "signed-out") return false;
    unsure?.remove();
    unsure = toast(fault.message, "bad");
    clearTimeout(trial);
    trial = setTimeout(settleWho, UNSURE_MILLISECONDS); // until then nothing is done in anybody's name
  }
  if (wish === "sign in" && !isAsking) signIns.dispatchEvent(new Event("ended"));
  return false;
}

// Gives "sign in" when the one who typed here wants to; nothing when it was closed since somebody else came.
function changeHands(name) {
  const reload = () => {
    isLeaving = true;
    location.reload();
    return new Promise(() => {}); // nothing more is done here
  };
  if (!holdsTyped()) return reload();
  live.pause();
  const dialog = h("dialog", { closedby: "none", "aria-labelledby": "hands-title" });
  show(dialog, h("h2", { id: "hands-title" }, `You are signed in as ${name} now`),
    h("p", {}, `On this screen stands what ${viewer.actor.name} typed, and some of it could not be kept yet. It is not sent in ${name}'s name.`),
    h("div", { class: "row end" }, h("button", { type: "button", onclick: () => void reload() }, `Go on as ${name} without it`),
      h("button", { type: "button", class: "primary", onclick: () => dialog.close("sign in") }, `Sign in as ${viewer.actor.name} again`)));
  openDialog(dialog);
  hands = dialog;
  return new Promise((done) => dialog.addEventListener("close", () => {
    hands = null;
    done(dialog.returnValue);
  }));
}

onAnotherSignIn(settleWho);
tabs.addEventListener("message", ({ data }) => {
  if (data === "out") signIns.dispatchEvent(new Event("ended"));
  else goOn();
});

live.addEventListener("state", () => live.state === "signed-out" && signIns.dispatchEvent(new Event("ended")));
live.addEventListener("resumed", () => toast("Connected again. What happened in between is shown now: nothing was missed."));
let isCatchingUp = false;
live.addEventListener("lost", async () => {
  if (isCatchingUp) return;
  isCatchingUp = true;
  try {
    live.start((await ask(VIEWER)).syncCursor);
    await (leave?.refresh ? leave.refresh() : open());
    toast("Connected again. You were away longer than events are kept, so everything was read anew.");
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault; // it tries again behind the old cursor, and comes here again
  } finally {
    isCatchingUp = false;
  }
});

// Whatever could not be read or done, and nobody nearer told it.
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Trouble)) return;
  event.preventDefault();
  if (event.reason.kind !== "signed-out") toast(event.reason.message, "bad");
});

document.addEventListener("click", (press) => {
  const link = press.target.closest?.("a[href^='/console']");
  if (!link || press.defaultPrevented || press.button !== 0 || press.metaKey || press.ctrlKey || press.shiftKey) return;
  press.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", () => {
  const [now, before] = [location, new URL(here)];
  if (now.pathname === before.pathname && now.search === before.search) return; // only the place on the page is another
  if (document.querySelector("dialog:modal")) history.pushState(null, "", here); // it is about this screen
  else if (mayLeave()) open();
  else history.pushState(null, "", here);
});
addEventListener("beforeunload", (event) => !isLeaving && holdsTyped() && event.preventDefault());

drawTop();
begin();
