// Through which connection something goes, where there are several.

import { ask } from "./api.js";
import { h, show } from "./dom.js";
import { light } from "./words.js";

const READ = "{ connections { id name kind state light companyFile { id name } } }";
let numbered = 0;

/** Give the connections to choose from, each with its light, and what is `chosen`; of one there is no choice. */
export function connectionChoice(connections) {
  const name = `connection-${++numbered}`;
  const boxes = connections.map((one) => h("input", { type: "radio", name, value: one.id, checked: connections.length === 1 }));
  const areInOneFile = new Set(connections.map((one) => one.companyFile.id)).size < 2;
  return {
    element: h("fieldset", {}, h("legend", {}, connections.length > 1 ? "Please select a connection" : "Connection"),
      connections.map((one, n) => h("label", { class: "check" }, boxes[n], h("span", {}, one.name, !areInOneFile && h("span", { class: "quiet" }, ` · ${one.companyFile.name}`)), light(one)))),
    chosen: () => boxes.find((one) => one.checked)?.value ?? null,
  };
}

/**
 * Ask in this place for the connection once the service wants it named: `wanted` tells whether it does,
 * `given` is that part of the wish.
 */
export function askedConnection(place) {
  let choice = null;
  return {
    given: () => (choice?.chosen() ? { connectionId: choice.chosen() } : {}),
    async wanted(errors) {
      if (!errors.some((one) => one.code === "CONNECTION_NEEDED")) return false;
      if (choice) return true;
      const { connections } = await ask(READ);
      const usable = connections.filter((one) => one.kind === "NEW" && one.state !== "DISABLED");
      if (!usable.length) return false; // the refusal says that there is none
      choice = connectionChoice(usable);
      show(place, choice.element);
      return true;
    },
  };
}
