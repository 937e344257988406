// What was typed on its way into the draft: one wish after the other, so that the last word typed is
// the last one staged. What could not be staged stays here, and is tried again.

import { Trouble, ask } from "./api.js";
import { complain, settled } from "./dom.js";

const TYPING_MILLISECONDS = 450;
const WHERE = /^Variable '[^']*' has invalid value at [^:]*: /; // told by the field itself

export class Staging {
  /** How often something was staged: what was read before that is older. */
  count = 0;
  /** Why what was typed could not be staged. */
  trouble = null;
  #unsent = new Map(); // by field
  #refused = new Map(); // by field: why the service did not take it, and where that stands
  #typed = new Set(); // controls that were typed into since they got the focus
  #last = Promise.resolve(true);
  #about;
  #staged;
  #changed;
  #refusal;

  /** `about()` names invoice and version, `staged(draft)` takes the draft, `changed()` draws how it stands, `refusal(key, message)` is told of what no field can tell, and without a message once that is done after all. */
  constructor({ about, staged, changed, refusal }) {
    this.#about = about;
    this.#staged = staged;
    this.#changed = changed;
    this.#refusal = refusal;
  }

  get isUnsent() {
    return this.#unsent.size > 0;
  }

  /** The fields whose value the service did not take. */
  get wrong() {
    return [...this.#refused.values()].map((one) => one.control).filter((control) => control?.isConnected);
  }

  /** Whether something was typed here that is not in the draft; `keys`: in these fields. */
  holds(keys) {
    return [...this.#unsent.keys(), ...this.#refused.keys()].some((key) => keys.includes(key));
  }

  /** Whether something of this task was typed that is not in the draft. */
  holdsTask(id) {
    return [...this.#unsent.keys(), ...this.#refused.keys()].some((key) => key.startsWith(`${id}.`));
  }

  /** Ask once more for what was refused, of the invoice as it is now: others may have given way. */
  async again() {
    for (const { control, wish } of this.#refused.values()) if (control?.isConnected) wish.again();
    return this.flush();
  }

  /** Wait for the wish that is under way, if one is. */
  idle = () => this.#last;

  /** Why this wish was refused, if it was. */
  refusal = (key) => this.#refused.get(key)?.error;

  /** Whether this wish was never answered. */
  isOpen = (key) => this.#unsent.has(key);

  /**
   * Let these controls, by what they stage, show these values: but for what was typed and is not in the
   * draft, and for the one in which somebody goes on typing, where "42.0" must not become "42".
   */
  renew(controls, values, prefix = "") {
    for (const [name, control] of Object.entries(controls)) {
      if (this.#typed.has(control) || this.holds([`${prefix}${name}`])) continue;
      const value = values[name] ?? "";
      if (control.type === "checkbox") control.checked = value;
      else if (control.value !== String(value)) control.value = value;
    }
  }

  /** Forget one wish; or, where it ends so, those of a whole task. */
  forget(prefix) {
    for (const map of [this.#unsent, this.#refused]) for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
    this.#changed();
  }

  /** Stage nothing any more: the screen was left. */
  stop() {
    this.#unsent.clear();
  }

  forgetAll() {
    this.trouble = null;
    this.forget("");
  }

  /** Stage this at once; gives whether it is in the draft now. */
  async stage(key, document, input) {
    this.#put(key, document, input);
    return (await this.flush()) && !this.#refused.has(key);
  }

  /** Stage what is typed into this control once the person pauses; from the first letter on it counts as not staged. */
  typed(key, document, input, control, staged = () => {}) {
    const later = settled(async () => (await this.flush()) && staged(), TYPING_MILLISECONDS);
    control.addEventListener("input", () => {
      this.#typed.add(control);
      this.#put(key, document, input, control);
      this.#changed();
      later();
    });
    control.addEventListener("blur", () => this.#typed.delete(control));
    return control;
  }

  // It is about the version that stood there when the first letter was typed: what others saved since
  // is not to be written over unseen.
  #put(key, document, input, control) {
    const about = this.#unsent.get(key)?.about ?? this.#about();
    const wish = () => this.#send(wish, key, document, { ...about, ...input() }, control);
    wish.about = about;
    wish.again = () => this.#put(key, document, input, control);
    this.#unsent.set(key, wish);
  }

  /** Stage whatever is not staged yet; gives whether the service answered. */
  flush() {
    this.#last = this.#last.catch(() => {}).then(async () => {
      for (const [key, wish] of [...this.#unsent]) {
        if (this.#unsent.get(key) !== wish) continue;
        try {
          await wish();
        } catch (fault) {
          if (!(fault instanceof Trouble)) throw fault;
          this.trouble = fault.message;
          this.#changed();
          return false;
        }
      }
      this.trouble = null;
      this.#changed();
      return true;
    });
    this.#changed();
    return this.#last;
  }

  async #send(wish, key, document, input, control) {
    const { done } = await ask(document, { input }).catch((fault) => {
      if (fault.kind !== "refused") throw fault;
      return { done: { userErrors: [{ message: fault.message.replace(WHERE, "") }] } }; // no value of its type: told like any other refusal
    });
    const error = done.userErrors[0];
    if (!error) {
      this.count += 1;
      this.#staged(done.draft);
    }
    if (this.#unsent.get(key) !== wish) return; // it was typed on meanwhile: that is sent next
    this.#unsent.delete(key);
    if (error) this.#refused.set(key, { error, control, wish });
    const isDoneAfterAll = !error && this.#refused.delete(key);
    if (control) complain(control, error?.message);
    else if (error || isDoneAfterAll) this.#refusal(key, error?.message);
  }
}
