/**
 * The questions of the page of files, by number: a file is offered for the last one alone. So one
 * whose answer is lost is asked again, or nothing would be offered any more.
 */
import { setProps } from "../clock.mjs";
import { isAt, isIdle } from "../dash.mjs";

/** @import { Sent } from "./question.mjs" */

/** Milliseconds after which it is looked whether there was an answer. */
const REST = 3000;
/** Questions so far, and the last of them that was answered or refused. */
let [count, last] = [0, 0];
let looking = 0;

/**
 * @param {Sent} asked
 * @returns {Sent} the same with its number
 */
export function numbered(asked) {
  window.clearTimeout(looking);
  looking = window.setTimeout(() => look(asked), REST);
  return { ...asked, n: ++count };
}

/**
 * A question is answered, or refused.
 *
 * @param {number} [n] its number; a refusal has none: it is of the last
 */
export const answered = (n = count) => (last = Math.max(last, n));

/** @param {Sent} asked */
function look(asked) {
  if (last === count || !isAt("export")) return;
  if (isIdle()) setProps("export-query", { data: numbered(asked) });
  else looking = window.setTimeout(() => look(asked), REST);
}
