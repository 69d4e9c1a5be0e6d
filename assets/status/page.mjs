/** The status page: a dead server cannot say that what is shown is old; this can. */
import { copied } from "../clipboard.mjs";
import { noUpdate } from "../dash.mjs";
import { t } from "../messages.mjs";

/** @import { CallbackContext } from "../types.mjs" */

/** Milliseconds without an answer that are no cause for worry: the page asks every half minute. */
const BEARABLE = 75000;
/** Milliseconds between two looks. */
const WATCH = 1000;

let heard = { steady: 0, wall: 0 };
let watching = 0;
/** @type {string | null} */
let last = null;

/**
 * The page asks; from the first time on its silence counts.
 *
 * @param {CallbackContext} _context
 * @param {number | null} count of the times before
 */
export function asked(_context, count) {
  if (!count) hear(null);
  return noUpdate();
}

/**
 * An answer is in; Dash calls this too where none came, with the name of the one before.
 *
 * @param {CallbackContext} _context
 * @param {string | null} name of the answer
 */
export function answered(_context, name) {
  if (!name || name === last) return noUpdate();
  hear(name);
  return noUpdate();
}

/** @param {string | null} name of what has come, null of a page that is new */
function hear(name) {
  last = name;
  heard = { steady: performance.now(), wall: Date.now() };
  tellAge();
  if (!watching) watching = window.setInterval(tellAge, WATCH);
}

/** By the later of two clocks: one of them stands still while the computer sleeps. */
function silence() {
  return Math.max(performance.now() - heard.steady, Date.now() - heard.wall);
}

/** Say how old what is shown is, once that is no usual pause. */
function tellAge() {
  const place = document.getElementById("status-age");
  if (!place) {
    window.clearInterval(watching);
    watching = 0;
    return;
  }
  const quiet = silence();
  const seconds = Math.round(quiet / 1000);
  const text = quiet > BEARABLE ? old(seconds) : "";
  if (place.textContent !== text) place.textContent = text;
  document.getElementById("status-body")?.classList.toggle("status-old", quiet > BEARABLE);
}

/** @param {number} seconds @returns {string} */
const old = (seconds) =>
  last
    ? t("No answer for %(seconds)s s; what is shown is that old. It is tried again by itself.", {
        seconds,
      })
    : t("No answer for %(seconds)s s. It is tried again by itself.", { seconds });

/**
 * Copy what is so as text, as `manage.py check` prints it.
 *
 * @param {CallbackContext} _context
 * @param {number | null} clicks
 * @param {string | null} text
 * @returns {Promise<string>} what became of it, for eye and ear
 */
export async function copy(_context, clicks, text) {
  if (!clicks || !text) return "";
  return (await copied(text)) ? t("Copied.") : t("The browser did not let it be copied.");
}
