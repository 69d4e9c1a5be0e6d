/** With what a window is compared: the button that says it, its choices, and the chosen row. */
import { t } from "../messages.mjs";
import { eachRow } from "./legend.mjs";
import * as popover from "./popover.mjs";
import { understood } from "./reading.mjs";
import * as session from "./session.mjs";

/** @import { Question, Shown } from "./types.mjs" */

/** What was typed is read; what is done meanwhile holds. @type {AbortController | null} */
let reading = null;
/** With what is compared by the question of now. */
let asked = "";

/** @param {string} page @param {string} name @returns {HTMLElement | null} */
const part = (page, name) => document.getElementById(`${page}-${name}`);

/**
 * Say in the button with what is compared, and which row is chosen.
 *
 * @param {string} page
 * @param {Question} question
 * @param {Shown} shown
 */
export function show(page, question, shown) {
  if (!part(page, "compare")) return;
  const compare = question.compare || "";
  if (compare !== asked) reading?.abort();
  asked = compare;
  const said = [t("Compare"), pressed(page, compare, startOf(compare, shown))]
    .filter(Boolean)
    .join(" ");
  const place = part(page, "compare-word");
  if (place && place.textContent !== said) place.textContent = said;
  part(page, "compare")?.classList.toggle("on", Boolean(compare));
  mark(page, question, shown);
}

/**
 * @param {string} compare
 * @param {Shown} shown
 * @returns {string} the start of the other window, as it is drawn; until it is, what is asked
 */
const startOf = (compare, { asked: drawn, query }) =>
  compare && compare === drawn.compare ? String(query.compare) : compare;

/**
 * Press the choice that is asked for.
 *
 * @param {string} page
 * @param {string} compare
 * @param {string} start of the other window
 * @returns {string} its word; of a start that was typed that of the other window
 */
function pressed(page, compare, start) {
  let word = start.replace("T", " ").replace(/(:\d\d):00$/, "$1");
  for (const choice of document.querySelectorAll(`#${page}-compare-panel [data-compare]`)) {
    const isIt = choice.getAttribute("data-compare") === compare;
    choice.setAttribute("aria-pressed", String(isIt));
    if (isIt && compare) word = choice.querySelector("b")?.textContent || word;
  }
  return word;
}

/**
 * @param {string} page
 * @param {Question} question
 * @param {Shown} shown
 */
function mark(page, question, shown) {
  const wanted = question.chosen || "";
  const chosen = shown.existing.includes(wanted) ? wanted : shown.existing[0];
  eachRow(page, (row, tag) => {
    row.classList.toggle("is-chosen", tag === chosen);
    row.querySelector(".legend__choose")?.setAttribute("aria-pressed", String(tag === chosen));
  });
}

/**
 * @param {string} page
 * @returns {HTMLInputElement} the field of a start that is typed, made where it stands
 */
function field(page) {
  const place = part(page, "compare-place");
  const there = place?.querySelector("input");
  if (there) return there;
  const made = document.createElement("input");
  made.className = "compare-text";
  Object.assign(made, { type: "text", maxLength: 40, autocomplete: "off", spellcheck: false });
  made.placeholder = "2026-11-20 06:00";
  made.setAttribute("aria-label", place?.dataset.label || "");
  made.addEventListener("input", () => reading?.abort());
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the button has the focus next, and would open the panel again
    apply(made.value);
  });
  place?.replaceChildren(made);
  return made;
}

/**
 * A panel opens: that of the comparison gets its field.
 *
 * @param {HTMLElement} panel
 */
export function fill(panel) {
  const mine = session.current();
  if (!mine || panel.id !== `${mine.page}-compare-panel`) return;
  const compare = mine.shown?.query.compare;
  const isTyped = typeof compare === "string" && !compare.startsWith("-");
  field(mine.page).value = isTyped ? compare.slice(0, 19).replace("T", " ") : "";
  tell(mine.page, "");
}

/** @param {string} compare as an address has it */
function ask(compare) {
  reading?.abort();
  session.send("compare", { compare });
  popover.close();
}

/**
 * Ask for a start that was typed; what is refused stays beside it, and is in no address.
 *
 * @param {string} typed
 */
async function apply(typed) {
  const mine = session.current();
  if (!mine?.shown) return;
  const text = typed.trim().replace(/^(\S+) +(\S+)$/, "$1T$2");
  const { query, asked: drawn } = mine.shown;
  reading?.abort();
  if (!text) return void ask("");
  const { start, stop, tz } = query;
  const { signal } = (reading = new AbortController());
  tell(mine.page, "", "…");
  const read = await understood("compared", { text, start, stop, tz }, signal);
  if (!read || session.current() !== mine) return;
  tell(mine.page, read.refused || "");
  // It stands beside what is shown, be that a part of the window.
  if (!read.refused) ask(drawn.zoom ? `${text}/${start}` : text);
}

/**
 * @param {string} page
 * @param {string} refused why what is typed is refused; empty if it is not
 * @param {string} [said] of what is not refused
 */
function tell(page, refused, said = "") {
  field(page).setAttribute("aria-invalid", String(Boolean(refused)));
  const place = part(page, "compare-said");
  if (place) place.textContent = refused || said;
}

/** @param {MouseEvent} event */
function press({ target }) {
  const mine = session.current();
  if (!mine || !(target instanceof Element)) return;
  const choice = target.closest("[data-compare]");
  if (choice) ask(choice.getAttribute("data-compare") || "");
  else if (target.closest(`#${mine.page}-compare-apply`)) apply(field(mine.page).value);
  else choose(target);
}

/** @param {Element} target what was clicked, in a row but for the button that takes it away */
function choose(target) {
  const tag = target.closest("tr[data-tag]")?.getAttribute("data-tag");
  if (tag && !target.closest(".chip__remove")) session.send("choose", { tag });
}

/** Listen while the page is open. */
export const listen = () => document.addEventListener("click", press);
