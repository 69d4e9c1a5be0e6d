/** One card of a wall: built for a tag, then patched with as much as fits its place. */
import { full, written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { trendHref } from "../model/links.mjs";
import { ageOf, statesOf } from "../model/model.mjs";
import * as texts from "../model/texts.mjs";
import { SHAPES, label, slug, word } from "../../words.mjs";
import { attribute, el, svg, text as write } from "../view/dom.mjs";
import * as level from "../view/level.mjs";
import * as sparkline from "../view/spark.mjs";
import { ALARMS, reasons, short, sinceOf } from "./why.mjs";
import { em, fitting } from "./widths.mjs";

/** @import { Model } from "../../types.mjs" */
/** @import { Kind } from "./fitting.mjs" */
/** States that need no eye: from afar they are told by having no mark. */
const UNMARKED = ["NORMAL", "NO RULE"];

/** @typedef {ReturnType<typeof build>} WallCard */

const BUCKETS = 60;
/** Weight of names, values and what is to be read first. */
export const BOLD = 700;
/** States in which a change since the reference says nothing. */
const UNSURE = ["BAD", "STALE", "NO DATA"];
/** Sizes of what stands below the value, by kind [vh]: words, and the line at the lower edge. */
const WORDS = { full: [2.2, 1.9], plain: [1.9, 1.7], small: [1.75, 1.75] };

/** @typedef {{ kind: Kind, scale: number, inside: number }} Room `inside`: width for texts [vh] */

/** @returns the texts of a card, all of them empty */
const empty = () => ({
  shape: new Text(),
  word: new Text(),
  value: new Text(),
  unit: new Text(),
  why: new Text(),
  more: new Text(),
  since: new Text(),
  high: new Text(),
  low: new Text(),
  age: new Text(),
  delta: new Text(),
});

/** @param {string} name @param {Node[]} children */
const part = (name, ...children) => el("span", { class: "wall-card__" + name }, ...children);

/**
 * @param {Model} model
 * @param {number} i
 * @param {ReturnType<typeof empty>} text
 */
function headOf(model, i, text) {
  const name = model.names[i];
  const address = { href: trendHref(model, name), tabindex: -1 };
  const link = el("a", { class: "tag-card__link wall-card__name", ...address }, name);
  const badge = part("badge", text.shape, el("b", {}, text.word));
  const units = texts.isState(model, i) ? "" : model.units[i];
  const head = el("header", { class: "wall-card__head" }, link, part("unit", new Text(units)));
  head.append(badge);
  return { link, badge, head, units };
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns a card: its node, the parts that change, and what they show
 */
export function build(model, i) {
  const text = empty();
  const { link, badge, head, units } = headOf(model, i, text);
  const number = el("span", { class: "wall-card__number" }, text.value);
  text.unit.data = units;
  const value = el("p", { class: "wall-card__value" }, number, el("small", {}, text.unit));
  const why = el("p", { class: "wall-card__why" }, el("b", {}, text.why), part("more", text.more));
  const bar = svg("svg", { class: "level", "aria-hidden": "true" });
  const spark = sparkline.build(BUCKETS);
  const ends = el("span", { class: "wall-card__ends" }, part("end", text.high));
  ends.append(part("end", text.low));
  const node = el("article", { class: "wall-card", "data-tag": model.names[i] }, head);
  node.append(
    el("p", { class: "wall-card__told" }, model.descriptions[i]),
    ...[value, why, el("p", { class: "wall-card__since" }, text.since), bar],
    el("div", { class: "wall-card__curve" }, spark.node, ends),
    el("p", { class: "wall-card__foot" }, part("age", text.age), part("delta", text.delta)),
  );
  const parts = { head, badge, bar, mark: level.mark(), spark, number };
  const shows = { state: "", range: "", spark: -1 };
  return { i, node, link, pin: link, text, units, ...parts, shows };
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {{ name: number, value: number, unit: number }} how wide its texts are [em]
 */
export function widths(model, i) {
  const unit = texts.isState(model, i) ? "" : model.units[i];
  return { name: em(model.names[i], BOLD), value: valueWidth(model, i), unit: em(unit) };
}

/** @param {Model} model @param {number} i @returns {number} how wide its value is [em] */
export const valueWidth = (model, i) => em(texts.valueText(model, i), BOLD);

/**
 * Paint the state: class, head, what is to be said of it, and since when.
 *
 * @param {WallCard} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 * @param {Room} room
 */
function paintState(card, model, moment, room) {
  const { i, text, shows, node } = card;
  const states = statesOf(model, i);
  const [badge] = states;
  const known = [...states, texts.isState(model, i)].join("|");
  if (shows.state !== known) {
    shows.state = known;
    node.className = "wall-card" + states.map((state) => " wall-card--" + slug(state)).join("");
    node.classList.toggle("wall-card--alarm", ALARMS.includes(badge));
    node.classList.toggle("wall-card--state", texts.isState(model, i));
    const shape = UNMARKED.includes(badge) ? "" : SHAPES[badge] || "";
    write(text.shape, shape);
    attribute(card.badge, "title", badge === "NORMAL" ? null : label(badge));
  }
  paintWord(card, badge, room);
  const size = WORDS[/** @type {"full"} */ (room.kind.name)][0] * room.scale;
  const long = room.kind.name === "full";
  const forms = (long ? reasons : short)(model, i, moment, states);
  const fits = forms.find(([bold, plain]) => {
    return em(bold, BOLD) + em(plain ? " " + plain : "") <= room.inside / size;
  });
  const [bold, plain] = fits ?? forms[forms.length - 1];
  write(text.why, bold);
  write(text.more, plain ? " " + plain : "");
  node.classList.toggle("wall-card--told", Boolean(bold));
  write(text.since, sinceOf(model, i, moment, room.inside / size));
}

/**
 * Paint the word of a state beside its shape, where it fits beside the name.
 *
 * @param {WallCard} card
 * @param {string} badge
 * @param {Room} room
 */
function paintWord({ link, text }, badge, { kind, scale, inside }) {
  const said = badge === "NORMAL" || kind.beside ? "" : word(badge);
  const [size] = WORDS[/** @type {"full"} */ (kind.name)];
  const left = inside - em(link.textContent || "", BOLD) * kind.title * scale - 2 * scale;
  const wide = em(text.shape.data + said, BOLD) + em(" ", BOLD) * 2;
  write(text.word, wide * size * scale <= left ? said : "");
}

/**
 * Paint the level bar: its zones with the range, the mark with the value.
 *
 * @param {WallCard} card
 * @param {Model} model
 */
function paintLevel({ i, bar, mark, shows }, model) {
  const range = texts.isState(model, i) ? null : texts.rangeOf(model, i);
  const key = range ? range.low + "~" + range.high : "none";
  if (shows.range !== key) {
    shows.range = key;
    level.zones(bar, range, model.limits[i]);
    if (range) bar.append(mark);
    else bar.replaceChildren();
  }
  if (range) paintMark(bar, mark, range, model.value[i]);
}

/**
 * @param {SVGElement} bar
 * @param {SVGElement} mark
 * @param {import("../model/texts.mjs").Range} range
 * @param {number | null} value
 */
function paintMark(bar, mark, range, value) {
  const share = value === null ? null : (value - range.low) / (range.high - range.low);
  const place = Math.max(0, Math.min(1, share ?? 0)) * 100;
  attribute(mark, "x", place.toFixed(1) + "%");
  attribute(mark, "visibility", share === null ? "hidden" : null);
  bar.classList.toggle("level--outside", share !== null && (share < 0 || share > 1));
}

/**
 * Paint the curve of the last hour with its two numbers.
 *
 * @param {WallCard} card
 * @param {Model} model
 */
function paintCurve({ i, spark, shows, text, node }, model) {
  if (shows.spark === model.sparkSeq) return;
  shows.spark = model.sparkSeq;
  const hour = model.sparks && model.sparks[i];
  sparkline.paint(spark, hour, model.limits[i], model.kinds[i], model.gaps[i]);
  node.classList.toggle("wall-card--empty", !hour);
  const end = (/** @type {number} */ value) =>
    texts.stateWord(model, i, value) ?? (Number.isFinite(value) ? ofDigits(model, i, value) : "");
  write(text.high, hour ? end(hour.high) : "");
  write(text.low, hour && hour.low !== hour.high ? end(hour.low) : "");
}

/** @param {Model} model @param {number} i @param {number} value @returns {string} */
const ofDigits = (model, i, value) =>
  texts.isState(model, i) ? full(value) : written(value, model.digits[i]);

/**
 * Paint age or time of the reading, and the change.
 *
 * @param {WallCard} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 * @param {Room} room
 */
function paintFoot({ i, text }, model, moment, room) {
  const time = model.time[i];
  const known = Number.isFinite(time);
  const states = statesOf(model, i);
  const stale = states.includes("STALE");
  const ago = () => t("%(age)s ago", { age: format.span(ageOf(model, i, moment)) });
  write(text.age, !known ? "" : stale ? format.short(time, model.zone, moment) : ago());
  const [change, reference] = texts.deltaTexts(model, i);
  const size = WORDS[/** @type {"full"} */ (room.kind.name)][1] * room.scale;
  const left = room.inside / size - em(text.age.data) - 1;
  const forms = reference ? [change + " " + reference, change] : [change];
  const unsure = states.some((state) => UNSURE.includes(state));
  write(text.delta, unsure ? "" : fitting(forms, left));
}

/**
 * Patch what changes with time: ages, and since when.
 *
 * @param {WallCard} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 * @param {Room} room
 */
export function paintAge(card, model, moment, room) {
  paintState(card, model, moment, room);
  paintFoot(card, model, moment, room);
}

/**
 * Patch a card to the model.
 *
 * @param {WallCard} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 * @param {Room} room
 */
export function paint(card, model, moment, room) {
  write(card.text.value, texts.valueText(model, card.i));
  paintLevel(card, model);
  paintCurve(card, model);
  paintAge(card, model, moment, room);
}
