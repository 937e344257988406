// Signing in: over whatever stands on the screen, so that nothing typed is lost.

import { Trouble, hasDemo, signIn } from "./api.js";
import { field, h, openDialog, show } from "./dom.js";

/** Ask until somebody has signed in, here or in another tab. */
export async function askToSignIn(before, tabs) {
  return new Promise((done) => {
    const credential = h("input", { type: "password", autocomplete: "off", required: true, spellcheck: "false" });
    const error = h("p", { class: "error", role: "alert" });
    const dialog = h("dialog", { class: "sign-in", closedby: "none", "aria-labelledby": "sign-in-title" });

    const demo = h("span");
    hasDemo().then((isThere) => show(demo, isThere && h("button", { type: "button", onclick: () => present({ demo: true }) }, "Try the demo account")));

    let isDone = false;

    async function present(wish) {
      show(error);
      try {
        await signIn(wish);
      } catch (fault) {
        if (!(fault instanceof Trouble)) throw fault;
        show(error, fault.message);
        return;
      }
      finish();
    }

    function finish() {
      isDone = true;
      tabs.removeEventListener("message", elsewhere);
      dialog.close();
      done();
    }

    const elsewhere = ({ data }) => data === "in" && finish();

    function submit(event) {
      event.preventDefault();
      return present({ credential: credential.value.trim() });
    }

    show(
      dialog,
      h("form", { onsubmit: submit },
        h("h1", { id: "sign-in-title" }, before ? "Sign in again" : "Sign in to Instep"),
        before && h("p", { class: "quiet" }, "Your sign-in has ended. What you typed is still here."),
        field("Token or API key", credential, { hint: "Your administrator gives you one." }),
        error,
        h("div", { class: "row end" },
          demo, h("button", { type: "submit", class: "primary" }, "Sign in"))),
    );
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => isDone || setTimeout(() => openDialog(dialog))); // a second Escape closes it all the same
    tabs.addEventListener("message", elsewhere);
    openDialog(dialog);
  });
}
