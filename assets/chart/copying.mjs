/**
 * What is copied: of the table each number with every digit that it has, a line a row; everywhere
 * numbers that a program reads.
 */
import { forPrograms, full } from "../digits.mjs";

/** @typedef {{ data?: Record<string, *> } | undefined} Row */

/**
 * @param {Element} cell
 * @param {function(number): Row} rowAt
 * @returns {string} what a cell stands for: its number in full, else its text
 */
function told(cell, rowAt) {
  const row = rowAt(Number(cell.closest("[row-index]")?.getAttribute("row-index")));
  const value = row?.data?.[cell.getAttribute("col-id") || ""];
  return typeof value === "number" ? full(value) : cell.textContent || "";
}

/**
 * @param {Element[]} cells in the order of the page
 * @param {function(number): Row} rowAt
 * @returns {string} cells of one row with tabs between them
 */
export function text(cells, rowAt) {
  /** @type {Map<Element | null, string[]>} */
  const lines = new Map();
  for (const cell of cells) {
    const row = cell.closest("[row-index]");
    lines.set(row, [...(lines.get(row) || []), told(cell, rowAt)]);
  }
  return forPrograms([...lines.values()].map((line) => line.join("\t")).join("\n"));
}

/**
 * @param {Selection | null} marked
 * @returns {Element[]} cells that are marked; none where that is a part of one, wanted as it is
 */
function markedCells(marked) {
  const table = marked?.anchorNode?.parentElement?.closest(".rows-table");
  if (!marked || !table) return [];
  const found = [...table.querySelectorAll(".ag-cell")].filter((cell) =>
    marked.containsNode(cell, true),
  );
  const isPart = found.length === 1 && marked.toString().trim() !== found[0].textContent;
  return isPart ? [] : found;
}

/** @param {Element[]} cells that are marked @returns {string} */
function ofCells(cells) {
  const api = /** @type {*} */ (window).dash_ag_grid.getApi(cells[0].closest(".rows-table")?.id);
  return text(cells, (at) => api.getDisplayedRowAtIndex(at));
}

/** @param {ClipboardEvent} event */
function copied(event) {
  const marked = document.getSelection();
  const cells = markedCells(marked);
  const shown = String(marked);
  const plain = cells.length ? ofCells(cells) : forPrograms(shown);
  if (plain === shown || !event.clipboardData) return;
  event.clipboardData.setData("text/plain", plain);
  event.preventDefault();
}

/** Listen while the page is open: tables come and go in it. */
export const listen = () => document.addEventListener("copy", copied);
