/** The row of a wall: what is abnormal and has no card on the screenful that is on, worst first. */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { ageOf } from "../model/model.mjs";
import { written } from "../../digits.mjs";
import * as texts from "../model/texts.mjs";
import { SHAPES, slug } from "../../words.mjs";
import { el } from "../view/dom.mjs";
import { BOLD } from "./card.mjs";
import { em } from "./widths.mjs";

/** @import { Model } from "../../types.mjs" */
/** @typedef {{ node: HTMLElement, shows: string }} Row */

/** Size of its texts, and what stands around them and between two, as in wall.css [vh]. */
const SIZE = 2;
const AROUND = 2.8;
const GAP = 1.1;
/** Ages are told of tags that are not read any more. */
const OLD = ["STALE", "LATE"];

/** @returns {Row} */
export const build = () => ({
  node: el("div", { class: "wall__row", role: "group", "aria-label": t("Abnormal") }),
  shows: "",
});

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "⬢ L-303 19,212 · 21 min old"
 */
function told(model, i, moment) {
  const badge = model.badges[model.shown[i]];
  const value = Number.isFinite(model.time[i]) ? "  " + texts.valueText(model, i) : "";
  const late = OLD.includes(badge) || model.fresh[i] > 0;
  const age = late ? format.span(ageOf(model, i, moment)) : "";
  const old = age && value ? " · " + t("%(age)s old", { age }) : "";
  return `${SHAPES[badge]} ${model.names[i]}${value}${old}`;
}

/** @param {string} text @returns {number} how wide it stands [vh] */
const width = (text) => em(text, BOLD) * SIZE + AROUND + GAP;

/**
 * Show as many of these tags as fit, and how many more there are.
 *
 * @param {Row} row
 * @param {Model} model
 * @param {number[]} tags worst first
 * @param {number} moment [ms since 1970]
 * @param {number} room [vh]
 */
export function paint(row, model, tags, moment, room) {
  const more = (/** @type {number} */ n) => t("and %(n)s more", { n: written(n, 0) });
  /** @type {[string, string][]} */
  const chips = [];
  let left = room + GAP;
  for (const i of tags) {
    const text = told(model, i, moment);
    const rest = tags.length - chips.length - 1;
    if (chips.length && left - width(text) < (rest ? width(more(rest)) : 0)) break;
    left -= width(text);
    chips.push([slug(model.badges[model.shown[i]]), text]);
  }
  const rest = tags.length - chips.length;
  if (rest) chips.push(["more", more(rest)]);
  const key = JSON.stringify(chips);
  if (row.shows === key) return;
  row.shows = key;
  const made = chips.map(([kind, text]) =>
    el("span", { class: "wall-chip wall-chip--" + kind }, text),
  );
  row.node.replaceChildren(...made);
}
