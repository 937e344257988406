// A list in pages. It says that it loads, that it is empty, that more follows, or why it could not
// be read; and it is read anew in place: what has not changed stays as it is, opened parts too.

import { Trouble } from "./api.js";
import { h, show, swap, troubled } from "./dom.js";

/** Show what `read` gives, drawn, in this place; or why it could not be read. */
export async function fill(place, read, draw) {
  if (!place.childElementCount) show(place, h("p", { class: "quiet" }, "Loading …"));
  const mine = (place.turn = (place.turn ?? 0) + 1);
  try {
    const found = await read();
    if (place.turn === mine) show(place, draw(found));
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    if (place.turn === mine) show(place, troubled(fault, () => fill(place, read, draw)));
  }
}

/**
 * Give a list that pages: `page(after)` asks for a page, `draw(node)` shows one, `empty` says what
 * it means that there is none, and `end` gives what stands below all of it. `read()` begins anew,
 * `renew()` does and keeps what is shown until then, `refresh()` reads again what is shown, `begin(found)`
 * shows a first page that was read already, and `tell(node)` what became of one: in its place, or first.
 * `frame(list)` puts the list into a table, `told(page)` hears of each page that was not overtaken.
 */
export function pages({ page, draw, empty, list = h("div"), keyOf = (node) => node.id, frame = (inner) => inner, end, told, isEndless = false }) {
  const top = h("div");
  const foot = h("div", { class: "list-foot" });
  const rows = new Map(); // by key: what was told of it, and where it stands
  const watched = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && foot.querySelector(".more")?.click(), { rootMargin: "400px" });
  let after = null;
  let hasMore = false;
  let isFresh = false; // what is shown was read from the beginning: only then may more of it follow
  let isMoreWanted = false; // what follows was asked for, and is read once it can be
  let turn = 0;
  let news = new Map(); // by key: what was told of nodes since the last page was asked for

  async function take(wanted, from, say) {
    isMoreWanted ||= Boolean(from);
    if (from && !isFresh) return;
    const mine = ++turn;
    isFresh = Boolean(from);
    news = new Map();
    if (!rows.size || from) show(foot, h("p", { class: "quiet" }, "Loading …"));
    const nodes = [];
    let at = from;
    let info;
    try {
      do {
        const found = await page(at);
        if (mine !== turn) return; // somebody asked again meanwhile: this is older
        told?.(found);
        nodes.push(...found.nodes);
        info = found.pageInfo;
        at = info.endCursor;
      } while (info.hasNextPage && nodes.length < wanted);
    } catch (fault) {
      if (!(fault instanceof Trouble)) throw fault;
      if (mine !== turn) return;
      if (say() !== foot) drawFoot();
      show(say(), troubled(fault, () => take(wanted, from, say)));
      return;
    } finally {
      if (mine === turn) list.removeAttribute("aria-busy");
    }
    after = at;
    isFresh = true;
    show(top);
    put(nodes.map((node) => news.get(keyOf(node)) ?? node), Boolean(from));
    hasMore = info.hasNextPage;
    const isMore = isMoreWanted && !from;
    isMoreWanted = false;
    drawFoot();
    if (isMore && hasMore) await take(1, after, () => foot);
  }

  function put(nodes, isMore) {
    const had = list.contains(document.activeElement);
    const known = new Set(nodes.map(keyOf));
    let before = null;
    for (const [key, row] of isMore ? [] : [...rows]) {
      if (known.has(key)) continue;
      if (news.has(key)) {
        list.insertBefore(row.element, before ? before.nextSibling : list.firstChild);
        before = row.element;
      } else {
        row.element.remove();
        rows.delete(key);
      }
    }
    for (const node of nodes) {
      const element = drawn(node);
      const place = before ? before.nextSibling : isMore ? null : list.firstChild;
      if (element !== place) list.insertBefore(element, place);
      before = element;
    }
    if (had && !list.contains(document.activeElement)) {
      list.tabIndex = -1; // what had the focus is gone: go on where it was
      list.focus({ preventScroll: true });
    }
  }

  function drawn(node) {
    const key = keyOf(node);
    const told = JSON.stringify(node);
    const row = rows.get(key);
    if (row?.told === told) return row.element;
    const element = draw(node);
    rows.set(key, { told, element });
    if (row && row.element !== element) swap(row.element, element);
    return element;
  }

  function drawFoot() {
    if (hasMore) show(foot, h("button", { type: "button", class: "more", onclick: () => take(1, after, () => foot) }, "Show more"));
    else if (!rows.size) show(foot, empty());
    else show(foot, end?.());
    watched.disconnect();
    if (isEndless && hasMore) watched.observe(foot); // tells at once whether it is in sight: a short page goes on
  }

  const clear = () => {
    isMoreWanted = false;
    rows.clear();
    show(list);
    show(top);
  };
  return {
    element: h("div", {}, top, frame(list), foot),
    read: () => {
      clear();
      return take(1, null, () => foot);
    },
    begin: (found) => {
      turn += 1;
      isFresh = true;
      after = found.pageInfo.endCursor;
      clear();
      put(found.nodes, false);
      hasMore = found.pageInfo.hasNextPage;
      drawFoot();
    },
    renew: () => {
      isMoreWanted = false;
      list.setAttribute("aria-busy", "true");
      return take(1, null, () => top);
    },
    refresh: () => take(Math.max(rows.size, 1), null, () => (rows.size ? top : foot)),
    tell: (node) => {
      const isNew = !rows.has(keyOf(node));
      news.set(keyOf(node), node);
      const element = drawn(node);
      if (!isNew) return;
      list.prepend(element);
      if (rows.size === 1) drawFoot();
    },
    has: (key) => rows.has(key),
    close: () => {
      turn += 1;
      watched.disconnect();
    },
  };
}
