// Company files with their connections: the light, what is wrong, what to do.

import { Trouble, ask } from "./api.js";
import { CONNECTION, ERRORS } from "./documents.js";
import { field, h, openDialog, show, toast } from "./dom.js";
import { distance, light, moment, steps } from "./words.js";

const FILES = `{ companyFiles { id name path quickbooksVersion fileMode closingDate fileModeAdvice { explanation } connections { ${CONNECTION} } } }`;
const CREATE = `mutation ($input: CreateConnectionInput!) {
  createConnection(input: $input) { connection { id name userName } password qwcFile ${ERRORS} }
}`;

export async function connectionsScreen(screen, { live, viewer }) {
  const cards = new Map();
  const place = h("div");

  async function read() {
    const { companyFiles } = await ask(FILES);
    cards.clear();
    show(place, companyFiles.length ? companyFiles.map(drawFile) : h("p", { class: "quiet" }, "There is no company file yet. Add a connection to begin."));
  }

  function drawFile(file) {
    const facts = [file.path, file.quickbooksVersion, file.closingDate && `Closed up to ${file.closingDate}`].filter(Boolean);
    return h("section", { class: "card" }, h("h2", {}, file.name), facts.length > 0 && h("p", { class: "quiet" }, facts.join(" · ")),
      file.connections.map((connection) => {
        const card = h("div", { class: "connection" });
        cards.set(connection.id, card);
        return draw(card, connection);
      }));
  }

  function draw(card, connection) {
    return show(card,
      h("div", { class: "row" }, h("h3", {}, connection.name), light(connection)),
      h("p", { class: "quiet" },
        connection.lastContactAt ? ["Last contact ", moment(connection.lastContactAt), ` (${distance(connection.lastContactAt)})`] : "It has never called.",
        connection.machine && ` · ${connection.machine}`,
        ` · ${connection.queueLength} waiting`),
      connection.trouble && h("p", { class: "notice bad" }, connection.trouble),
      connection.diagnosis.length > 0 && steps(connection.diagnosis));
  }

  const onConnection = (event) => {
    const card = cards.get(event.detail.id);
    if (card) draw(card, event.detail);
    else read();
  };
  live.addEventListener("connection", onConnection);
  show(screen,
    h("div", { class: "head" }, h("h1", {}, "Connections"), h("button", { type: "button", onclick: read }, "Refresh"),
      viewer.isAdministrator && h("button", { type: "button", class: "primary", onclick: () => add(read) }, "Add a connection")),
    place);
  await read();
  const ticking = setInterval(read, 60000);
  return {
    refresh: read,
    close() {
      live.removeEventListener("connection", onConnection);
      clearInterval(ticking);
    },
  };
}

function add(done) {
  const file = h("input", { required: true, maxlength: 100 });
  const name = h("input", { required: true, maxlength: 100 });
  const error = h("p", { class: "error", role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "add-title" });

  async function submit(event) {
    event.preventDefault();
    show(error);
    try {
      const input = { companyFileName: file.value.trim(), name: name.value.trim() };
      const { createConnection: made } = await ask(CREATE, { input });
      if (made.userErrors.length) show(error, made.userErrors[0].message);
      else showOnce(made);
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      show(error, fault.message);
    }
  }

  function showOnce(made) {
    const address = URL.createObjectURL(new Blob([made.qwcFile], { type: "application/xml" }));
    show(dialog,
      h("h2", { id: "add-title" }, `${made.connection.name} is made`),
      h("p", {}, "Open the .qwc file in the Web Connector, and enter this password there. It is shown this once."),
      h("p", { class: "secret" }, made.password),
      h("div", { class: "row end" },
        h("a", { class: "button", href: address, download: `${made.connection.name}.qwc` }, "Download the .qwc file"),
        h("button", { type: "button", class: "primary", onclick: () => dialog.close() }, "I have noted the password")));
    toast(`The connection ${made.connection.name} was added.`);
  }

  show(dialog, h("form", { onsubmit: submit }, h("h2", { id: "add-title" }, "Add a connection"),
    field("Company file", file, { hint: "A name for the QuickBooks company, new or one that is there." }), field("Connection", name, { hint: "For example the computer: Front desk." }), error,
    h("div", { class: "row end" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "primary" }, "Add"))));
  dialog.addEventListener("close", done);
  openDialog(dialog);
}
