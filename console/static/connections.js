// Company files with their connections: the light, what is wrong, what to do, and their keys.

import { Trouble, ask, wish } from "./api.js";
import { CONNECTION, ERRORS, STEPS } from "./documents.js";
import { complain, field, h, nothing, openDialog, paced, show, toast } from "./dom.js";
import { pages } from "./paging.js";
import { queueOf } from "./queue.js";
import { ago } from "./time-ago.js";
import { day, light, moment, some, steps } from "./words.js";

const SHOWN = `${CONNECTION} kind userName`;
const FILES = `{ companyFiles { id name path quickbooksVersion fileMode closingDate fileModeAdvice { explanation ${STEPS} } connections { ${SHOWN} } } }`;
const GIVEN = `connection { id name userName } password qwcFile ${ERRORS}`;
const CREATE = `mutation ($input: CreateConnectionInput!) { done: createConnection(input: $input) { ${GIVEN} } }`;
const ROTATE = `mutation ($input: RotateConnectionPasswordInput!) { done: rotateConnectionPassword(input: $input) { ${GIVEN} } }`;
const UPDATE = `mutation ($input: UpdateConnectionInput!) { done: updateConnection(input: $input) { connection { ${SHOWN} } ${ERRORS} } }`;
const READ_MILLISECONDS = 60000;
const EVENTS_MILLISECONDS = 500;
const LONGEST_NAME = 80;

export async function connectionsScreen(screen, { live, viewer }) {
  const mayManage = viewer.isAdministrator || viewer.permissions.includes("MANAGE_CONNECTIONS");
  const sections = new Map(); // by id of the company file
  const places = new Map(); // by id of the connection
  const heard = new Map(); // by id of the connection: what was told of it since it was asked for last

  // What is opened or held in them stays: each is made once and told of what is new.
  function tellFile(file) {
    if (!sections.has(file.id)) sections.set(file.id, fileSection());
    sections.get(file.id).tell(file, file.connections.map(placed));
  }

  function placed(connection) {
    if (!places.has(connection.id)) places.set(connection.id, connectionPlace({ mayManage, changed: put, done: read }));
    const place = places.get(connection.id);
    place.tell({ ...connection, ...heard.get(connection.id) });
    return place.element;
  }

  const files = pages({
    page: async () => {
      heard.clear();
      return { nodes: (await ask(FILES)).companyFiles, pageInfo: { hasNextPage: false, endCursor: null } };
    },
    draw: (file) => sections.get(file.id).element,
    told: ({ nodes }) => nodes.forEach(tellFile), // also where it is as it was read before: since then it was told otherwise
    empty: () => nothing(mayManage ? "There is no connection yet, so nothing can go to QuickBooks. Add one for the computer on which QuickBooks runs." : "There is no connection yet, so nothing can go to QuickBooks. An administrator adds one."),
  });
  const read = () => files.refresh();
  function put(told) {
    heard.set(told.id, { ...heard.get(told.id), ...told });
    if (places.has(told.id)) places.get(told.id).tell(told);
    else read();
  }
  const fileNames = () => [...new Set([...places.values()].map((place) => place.fileName()))];

  const onConnection = (event) => put(event.detail);
  const onSync = paced(read, EVENTS_MILLISECONDS); // it may have come into a queue, or left one
  live.addEventListener("connection", onConnection);
  live.addEventListener("sync", onSync);
  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Connections"), h("button", { type: "button", onclick: read }, "Refresh"),
      mayManage && h("button", { type: "button", class: "primary", onclick: () => add(fileNames(), read) }, "Add a connection")),
    files.element);
  await files.read();
  const timer = setInterval(read, READ_MILLISECONDS);
  return {
    refresh: read,
    close() {
      live.removeEventListener("connection", onConnection);
      live.removeEventListener("sync", onSync);
      onSync.stop();
      clearInterval(timer);
      for (const place of places.values()) place.close();
    },
  };
}

/** Give where a company file stands; `tell` takes it as it is, with the places of its connections. */
function fileSection() {
  const about = h("div");
  const list = h("div");
  const element = h("section", { class: "card" }, about, list);
  let shown = null;
  function tell(file, connections) {
    const told = JSON.stringify({ ...file, connections: null });
    if (told !== shown) show(about, drawnFile(file));
    shown = told;
    if (!connections.length) show(list, nothing("No connection reaches this company file."));
    else if (connections.some((one, n) => one !== list.children[n]) || connections.length !== list.childElementCount) show(list, connections);
  }
  return { element, tell };
}

function drawnFile(file) {
  const facts = [file.path, file.quickbooksVersion, file.closingDate && `closed through ${day(file.closingDate)}`].filter(Boolean);
  return [h("h2", {}, file.name), facts.length > 0 && h("p", { class: "quiet" }, facts.join(" · ")),
    file.fileMode && h("details", {}, h("summary", {}, file.fileMode === "SingleUser" ? "Open in single-user mode" : "Open in multi-user mode"), h("p", {}, file.fileModeAdvice.explanation), file.fileModeAdvice.steps.length > 0 && steps(file.fileModeAdvice.steps))];
}

/** Give where a connection stands with its queue; `tell` takes what is new of it. */
function connectionPlace(given) {
  const card = h("div");
  const queue = h("div");
  const element = h("div", { class: "connection" }, card, queue);
  let connection = {};
  let shown = null;
  let waiting = null;

  function tell(news) {
    connection = { ...connection, ...news };
    const told = JSON.stringify(connection);
    if (told !== shown) show(card, drawn(connection, given));
    shown = told;
    if (!connection.queueLength) {
      waiting?.close();
      waiting = null;
      show(queue);
    } else if (waiting) waiting.renew();
    else show(queue, (waiting = queueOf(connection.id)).element);
  }

  return { element, tell, fileName: () => connection.companyFile.name, close: () => waiting?.close() };
}

const fact = (name, value) => value && h("div", {}, h("dt", {}, name), h("dd", {}, value));

// Idle calls are noted to the minute, so a green one may seem to be late.
const isExpected = ({ expectedContactAt, light: colour }) => expectedContactAt && (colour === "RED" || new Date(expectedContactAt) > Date.now());

function drawn(connection, { mayManage, changed, done }) {
  const { trouble, diagnosis, state } = connection;
  const error = h("div", { role: "alert" });
  const isDisabled = state === "DISABLED";
  const name = connection.name;

  async function turn(disabled) {
    show(error);
    const { done: made } = await ask(UPDATE, { input: { connectionId: connection.id, disabled } });
    if (made.userErrors.length) {
      show(error, made.userErrors.map((one) => h("p", { class: "error" }, one.message)));
      return;
    }
    toast(disabled ? `${name} is disabled: what is queued waits.` : `${name} is enabled.`);
    changed(made.connection);
  }

  return [
    h("div", { class: "row" }, h("h3", {}, name), connection.kind === "LEGACY" && h("span", { class: "badge" }, "Old connector"), light(connection)),
    h("dl", { class: "facts" },
      fact("Last contact", connection.lastContactAt ? ago(connection.lastContactAt) : "never"),
      fact("Expected", !isDisabled && isExpected(connection) && ago(connection.expectedContactAt)),
      fact("Waiting to leave", connection.queueLength ? some(connection.queueLength, "invoice") : "nothing"),
      fact("Computer", connection.machine), fact("Web Connector", connection.clientVersion), fact("User name", connection.userName)),
    trouble && h("p", { class: "notice bad" }, trouble, connection.retryAt && [" It is tried again ", moment(connection.retryAt), "."]),
    diagnosis.length > 0 && h("div", {}, h("h4", {}, "What to do"), steps(diagnosis)),
    error,
    mayManage && h("div", { class: "row manage" },
      h("button", { type: "button", "aria-label": `Rename ${name}`, onclick: () => rename(connection, changed) }, "Rename …"),
      h("button", { type: "button", "aria-label": `New password for ${name}`, onclick: () => rotate(connection, done) }, "New password and .qwc …"),
      isDisabled
        ? h("button", { type: "button", "aria-label": `Enable ${name}`, onclick: () => turn(false) }, "Enable")
        : h("button", { type: "button", "aria-label": `Disable ${name}`, onclick: () => turn(true) }, "Disable"))];
}

/** A dialog with a form: `send` gives the errors of the service, or null when all is done. */
function formDialog({ title, parts, words, controls = {}, send }) {
  const error = h("div", { role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "form-title" });

  async function submit(event) {
    event.preventDefault();
    show(error);
    Object.values(controls).forEach((control) => complain(control));
    try {
      const errors = await send(dialog);
      const told = (errors ?? []).map((one) => [one, controls[one.field?.at?.(-1) ?? one.field]]);
      for (const [one, control] of told) if (control) complain(control, one.message);
      show(error, told.filter(([, control]) => !control).map(([one]) => h("p", { class: "error" }, one.message)));
      told.find(([, control]) => control)?.[1].focus();
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(error, h("p", { class: "error" }, fault.message));
    }
  }

  show(dialog, h("form", { onsubmit: submit }, h("h2", { id: "form-title" }, title), parts, error,
    h("div", { class: "row end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "primary" }, words))));
  openDialog(dialog);
  return dialog;
}

function add(known, done) {
  const file = h("input", { required: true, maxlength: LONGEST_NAME, list: "known-files", value: known.length === 1 ? known[0] : "" });
  const name = h("input", { required: true, maxlength: LONGEST_NAME });
  const dialog = formDialog({
    title: "Add a connection", words: "Add",
    parts: [
      field("Company file", file, { hint: "The QuickBooks company: one that is there, or the name of a new one." }),
      h("datalist", { id: "known-files" }, known.map((one) => h("option", { value: one }))),
      field("Connection", name, { hint: "For example the computer: Front desk." }),
    ],
    controls: { companyFileName: file, companyFileId: file, name },
    async send(shown) {
      const { done: made } = await wish(CREATE, { companyFileName: file.value.trim(), name: name.value.trim() }); // the same key until it is answered: one connection
      if (made.userErrors.length) return made.userErrors;
      showOnce(shown, made, `${made.connection.name} is made`);
      return null;
    },
  });
  dialog.addEventListener("close", done);
}

function rotate(connection, done) {
  const dialog = formDialog({
    title: `New password for ${connection.name}?`, words: "Give a new password",
    parts: h("p", {}, "The present password is refused from the next sign-in on: until the new one is typed into the Web Connector, nothing goes to QuickBooks through this connection. What is queued waits."),
    async send(shown) {
      const { done: made } = await ask(ROTATE, { input: { connectionId: connection.id } });
      if (made.userErrors.length) return made.userErrors;
      showOnce(shown, made, `${made.connection.name} has a new password`);
      return null;
    },
  });
  dialog.addEventListener("close", done);
}

function rename(connection, changed) {
  const name = h("input", { required: true, maxlength: LONGEST_NAME, value: connection.name });
  formDialog({
    title: `Rename ${connection.name}`, words: "Rename", parts: field("Name", name), controls: { name },
    async send(shown) {
      const { done: made } = await ask(UPDATE, { input: { connectionId: connection.id, name: name.value.trim() } });
      if (made.userErrors.length) return made.userErrors;
      shown.close();
      changed(made.connection);
      return null;
    },
  });
}

function showOnce(dialog, made, title) {
  const address = URL.createObjectURL(new Blob([made.qwcFile], { type: "application/xml" }));
  dialog.setAttribute("closedby", "none"); // not by Escape, however often: the password is told once
  dialog.addEventListener("close", () => URL.revokeObjectURL(address));
  const noted = h("button", { type: "button", class: "primary", onclick: () => dialog.close() }, made.password ? "I have noted the password" : "Close");
  show(dialog,
    h("h2", { id: "form-title", tabindex: -1 }, title),
    made.password
      ? [h("ol", {}, h("li", {}, "Download the .qwc file and open it in the Web Connector, on the computer with QuickBooks."), h("li", {}, "Type this password into the Web Connector. It is shown this once.")),
        h("p", { class: "secret" }, made.password)]
      : h("p", {}, "It was made already, and a Web Connector has called with its password. If you do not have it, close this and give it a new password."),
    h("div", { class: "row end" },
      made.password && h("button", { type: "button", onclick: () => copy(made.password) }, "Copy the password"),
      h("a", { class: "button", href: address, download: `${made.connection.name}.qwc` }, "Download the .qwc file"), noted));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("This browser does not let the page copy. Mark the password and copy it yourself.", "bad");
  }
}
