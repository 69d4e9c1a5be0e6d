/** How large a file would be, and how that is known. */
import { t } from "../messages.mjs";
import { about, size } from "./numbers.mjs";

/**
 * What is known of a file beforehand.
 *
 * @typedef {object} Estimate
 * @property {number | null} rows
 * @property {number | null} bytes
 * @property {string} rows_known counted, sampled, rollups, planner or unknown
 * @property {string} bytes_known
 * @property {string} kind of file, as one reads it
 * @property {string} of which file that is: its kind and the query of its address
 * @property {string} note what such a file cannot have, empty where that is nothing
 */

/** There is no question. @type {Estimate} */
export const NONE = {
  ...{ rows: null, bytes: null },
  ...{ rows_known: "none", bytes_known: "", kind: "", of: "", note: "" },
};

/** @param {Estimate | null} found null while it is not known yet */
export function paint(found) {
  const place = document.getElementById("export-estimate");
  if (!place) return;
  place.replaceChildren(
    pair(t("Rows"), found ? rowsOf(found) : "…", found ? how(found.rows_known) : ""),
    pair(t("Bytes"), found ? sizeOf(found) : "…", found ? found.kind : ""),
    noted(found ? found.note : ""),
  );
}

/** @param {string} note */
function noted(note) {
  const line = document.createElement("p");
  line.className = "export-note";
  line.textContent = note;
  line.hidden = !note;
  return line;
}

/** @param {Estimate} found @returns {string} */
const nothing = (found) => (found === NONE ? "–" : t("not known"));

/** @param {Estimate} found */
const sizeOf = (found) => (found.bytes === null ? nothing(found) : `≈ ${size(found.bytes)}`);

/** @param {Estimate} found */
function rowsOf(found) {
  if (found.rows === null) return nothing(found);
  return `≈ ${about(found.rows)}`;
}

/** @param {string} known @returns {string} */
function how(known) {
  if (known === "counted") return t("from the counts of buckets");
  if (known === "sampled") return t("from rows of several places");
  if (known === "rollups") return t("from counts that may leave readings out");
  return known === "planner" ? t("the database's guess") : "";
}

/** @param {string} word @param {string} value @param {string} note */
function pair(word, value, note) {
  const list = document.createElement("dl");
  const [term, description, small] = ["dt", "dd", "small"].map((n) => document.createElement(n));
  term.textContent = word;
  description.textContent = value;
  small.textContent = note;
  if (note) description.append(" ", small);
  list.append(term, description);
  return list;
}
