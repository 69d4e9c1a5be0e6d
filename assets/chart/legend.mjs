/** The rows over a trend: found by page, and by the tag each tells of. */

/** @typedef {{ button: Element, place: number }} Leaving what took a row away, and which row */

/** @type {Leaving | null} */
let leaving = null;

/**
 * @param {string} page
 * @param {function(Element, string): void} deed is called with each row and its tag
 */
export function eachRow(page, deed) {
  for (const row of document.querySelectorAll(`#${page}-chips > tr`)) {
    deed(row, row.getAttribute("data-tag") || "");
  }
}

/**
 * @param {string} page
 * @param {"newest" | "value" | "before"} column
 * @param {string} text of when the numbers of a column are
 */
export function head(page, column, text) {
  const place = document.getElementById(`${page}-${column}-at`);
  if (place && place.textContent !== text) place.textContent = text;
}

/**
 * A row is gone, and the focus with its button: it goes to the row that stands there now, without
 * one to the field for a tag.
 *
 * @param {string} page
 */
export function settle(page) {
  if (!leaving || leaving.button.isConnected) return;
  const buttons = [...document.querySelectorAll(`#${page}-chips .chip__remove`)];
  const next = buttons[leaving.place] || buttons.at(-1) || document.getElementById(`${page}-add`);
  leaving = null;
  if (document.activeElement === document.body && next instanceof HTMLElement) next.focus();
}

/** @param {MouseEvent} event */
function press({ target }) {
  const button = target instanceof Element ? target.closest(".chip__remove") : null;
  const row = button?.closest("tr");
  leaving = button && row ? { button, place: row.sectionRowIndex } : null;
}

/** Listen while the page is open. */
export const listen = () => document.addEventListener("click", press);
