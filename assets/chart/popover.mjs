/**
 * What a button opens below itself: `data-pops` names it. Esc, a click outside of it and the button
 * close it; the focus goes back to the button. With Tab it goes on, and what it leaves is closed.
 */

/** @type {HTMLElement | null} the one that is open */
let open = null;

/** @param {HTMLElement} panel @returns {HTMLElement | null} the button that opens it */
const opener = (panel) => document.querySelector(`[data-pops="${panel.id}"]`);

/**
 * @param {HTMLElement} panel
 * @param {boolean} isOpen
 */
function turn(panel, isOpen) {
  panel.hidden = !isOpen;
  opener(panel)?.setAttribute("aria-expanded", String(isOpen));
  open = isOpen ? panel : null;
}

/**
 * Close what is open.
 *
 * @param {boolean} [focuses] whether the focus goes back to the button
 */
export function close(focuses = true) {
  if (!open) return;
  const panel = open;
  turn(panel, false);
  if (focuses) opener(panel)?.focus({ preventScroll: true });
}

/** Open a panel again that has something to say since it was closed. @param {HTMLElement} panel */
export function reopen(panel) {
  if (!panel.hidden) return;
  close(false);
  turn(panel, true);
}

/** @returns {HTMLElement | null} what is open now, if its page is there still */
export function opened() {
  return open && open.isConnected ? open : null;
}

/** @param {Element} target @param {function(HTMLElement): void} told */
function press(target, told) {
  const button = target.closest("[data-pops]");
  const name = button instanceof HTMLElement ? button.dataset.pops || "" : "";
  const panel = document.getElementById(name);
  if (panel && panel === open) return close();
  // What was clicked may be gone by now: a day of the calendar, dealt anew.
  if (open && target.isConnected && !open.contains(target)) close(Boolean(panel));
  if (!panel) return undefined;
  turn(panel, true);
  return told(panel);
}

/** The focus has moved by a key: what is open would cover where it is now. */
function leave() {
  const { activeElement: now } = document;
  if (open && now && !open.contains(now) && now !== opener(open)) close(false);
}

/**
 * Listen while the page is open.
 *
 * @param {function(HTMLElement): void} told of a panel that opens
 */
export function listen(told) {
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element) press(target, told);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened()) close();
    if (event.key === "Tab" && opened()) window.setTimeout(leave); // the focus moves after the key
  });
}
