/** The rows over a trend: found by page, and by the tag each tells of. */

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
