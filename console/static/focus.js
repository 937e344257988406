// Where somebody stands on the page: kept when what they stood in is drawn anew.

const HEADINGS = "h1, h2, h3";

/**
 * Remember where the focus is, if it is within this place. What is given puts it back once it got
 * lost: to what is called the same there now, else to the next heading.
 */
export function standing(place) {
  const held = document.activeElement;
  if (!held || held === document.body || !place.contains(held)) return () => {};
  const { localName } = held;
  const name = nameOf(held);
  return (now = place) => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const same = held.isConnected ? held : [...now.querySelectorAll(localName)].find((one) => nameOf(one) === name);
    same?.focus({ preventScroll: true });
    if (!same || document.activeElement !== same) standAt(now);
  };
}

/** Go to the first heading of this place, or to the nearest one around it. */
export function standAt(place) {
  let heading = null;
  for (let at = place; at && !heading; at = at.parentElement) heading = at.querySelector(HEADINGS);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function nameOf(element) {
  const label = element.labels?.[0] ?? element;
  return element.getAttribute("aria-label") ?? label.textContent.trim();
}
