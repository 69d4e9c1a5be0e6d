/** One card a tag: built once from data, then patched where something changed. */
import { full } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { trendHref } from "../model/links.mjs";
import { ageOf, held, isBehind, now, statesOf, wordsOf } from "../model/model.mjs";
import * as texts from "../model/texts.mjs";
import { label, slug } from "../../words.mjs";
import { attribute, el, named, svg, text as write } from "./dom.mjs";
import * as kinds from "./kinds.mjs";
import * as level from "./level.mjs";
import * as sparkline from "./spark.mjs";
import { describe, tools } from "./tools.mjs";

/** @import { Model } from "../../types.mjs" */
/** @import { Range } from "../model/texts.mjs" */
/** @typedef {ReturnType<typeof build>} Card */

const BUCKETS = 60;
/** What the curve shows [ms]. */
const HOUR = 3600000;
/** States in which a change since the reference says nothing. */
const UNSURE = ["BAD", "STALE", "NO DATA"];
/** Digits of both ends of a bar that leave it room on their line. */
const ENDS = 14;
/** Digits that fit on a card in each step of type, largest first; the last step takes the rest. */
const STEPS = [11, 13.5, 18];
/** How wide a word and a unit are, in digits. */
const WORD = 1.6;
const UNIT = 0.45;
/** How wide a letter of a name and of a badge is, and the line that they share [px]. */
const [LETTER, SIGN, WIDTH] = [8.5, 8, 212];
/** Letters in the line of the reason and the change, with room between the two. */
const LINE = 34;
/** Which part of a card's width "since 21:47" beside the number takes. */
const SINCE = 0.4;

/** @returns the texts of a card, all of them empty */
const empty = () => ({
  badge: new Text(),
  quiet: new Text(),
  held: new Text(),
  value: new Text(),
  unit: new Text(),
  also: new Text(),
  delta: new Text(),
  against: new Text(),
  low: new Text(),
  high: new Text(),
  most: new Text(),
  lasts: new Text(),
  least: new Text(),
  age: new Text(),
  time: new Text(),
  limit: new Text(),
  since: new Text(),
  lasting: new Text(),
});

/** @returns {Shows} what a new card shows: nothing */
const nothing = () => ({ unsure: false });

/**
 * What a card shows already, so that only what changed is painted.
 *
 * @typedef {object} Shows
 * @property {boolean} unsure
 * @property {string} [state]
 * @property {*[]} [change]
 * @property {number | null} [value]
 * @property {number} [digits]
 * @property {number} [since]
 * @property {string} [range]
 * @property {number} [time]
 * @property {number} [spark]
 */

/**
 * @param {Model} model
 * @param {number} i
 * @returns a card: its node, the parts that change, and what they show
 */
export function build(model, i) {
  const name = model.names[i];
  const text = empty();
  const old = el("span", { class: "badge__held" }, text.held);
  const badge = el("span", { class: "badge" }, text.badge);
  const also = el("b", { class: "also" }, text.also);
  const quiet = el("span", { class: "quietly" }, text.quiet);
  const value = el("span", { class: "value__number", "data-act": "exact" }, text.value);
  const number = el("p", { class: "value" }, value, el("small", {}, text.unit));
  const limit = el("b", { class: "crossed" }, text.limit);
  const lasting = el("b", {}, text.lasting);
  const since = el("p", { class: "since" }, el("span", {}, text.since), lasting);
  const change = [el("span", {}, text.delta), el("span", {}, text.against)];
  const delta = el("span", { class: "delta" }, ...change);
  const bar = svg("svg", { class: "level", "aria-hidden": "true" });
  const range = el("div", { class: "range" }, el("span", {}, text.low), bar);
  range.append(el("span", {}, text.high));
  const spark = sparkline.build(BUCKETS);
  const day = sparkline.buildDay();
  const { pin, details } = tools(name, true);
  const address = { class: "tag-card__link", href: trendHref(model, name), tabindex: -1 };
  const link = el("a", address, named(name, model.told[i]));
  describe(link, [badge, limit, since, also, number]);
  const told = el("small", { title: model.descriptions[i] || null }, model.descriptions[i]);
  const time = el("time", {}, text.time);
  const ends = el("p", { class: "ends" }, el("span", {}, text.most), el("span", {}, text.least));
  // The body has a size of its own: a changed number lays it out alone, not the grid of thousands.
  const body = el("div", { class: "tag-card__body" });
  body.append(
    el("header", {}, el("h3", { title: name }, link), badge, told),
    el("div", { class: "reading" }, number, since),
    el("p", { class: "why" }, el("span", { class: "reason" }, limit, also, quiet), delta),
    ...[range, el("div", { class: "curve" }, spark.node, ends), day.node],
    ageRow(text, time, [pin, details]),
  );
  const node = el("article", { class: "tag-card", "data-tag": name }, body);
  text.unit.data = texts.isState(model, i) ? "" : model.units[i];
  if (texts.isState(model, i)) node.classList.add("tag-card--state");
  const states = { badge, old, also, limit, since };
  const dial = model.kinds[i] === "angle" ? kinds.dial() : null;
  if (dial) spark.node.replaceWith(dial.node);
  const lines = { bar, mark: level.mark(), range, spark, day, dial };
  const parts = { ...states, ...lines, value, number, delta, time };
  return { i, node, link, pin, text, ...parts, seq: 0, shows: nothing() };
}

/**
 * @param {ReturnType<typeof empty>} text
 * @param {HTMLElement} time of the reading
 * @param {HTMLElement[]} buttons
 * @returns {HTMLElement} age and time; right of them the span of the curve, or the tools instead
 */
function ageRow(text, time, buttons) {
  text.lasts.data = t("last %(span)s", { span: format.span(HOUR) });
  const span = el("span", { class: "lasts" }, text.lasts);
  const tools = el("span", { class: "tag-card__tools" }, ...buttons);
  return el("div", { class: "age" }, el("span", {}, text.age), time, span, tools);
}

/**
 * Paint the level bar where it changed: its zones with the range, the mark with the value.
 *
 * @param {Card} card
 * @param {Model} model
 */
function paintLevel(card, model) {
  const { i, shows } = card;
  if (texts.isState(model, i)) return;
  if (card.dial) attribute(card.dial.hand, "transform", `rotate(${model.value[i] || 0} 30 30)`);
  const range = texts.rangeOf(model, i);
  const key = range ? range.low + "~" + range.high : "";
  if (shows.range !== key) {
    shows.range = key;
    paintZones(card, model, range);
  }
  if (range) paintMark(card, range, model.value[i]);
}

/**
 * @param {Card} card
 * @param {Model} model
 * @param {Range | null} range
 */
function paintZones(card, model, range) {
  level.zones(card.bar, range, model.limits[card.i]);
  card.text.low.data = range ? full(range.low) : "";
  card.text.high.data = range ? full(range.high) : "";
  card.range.title = range ? texts.rangeTitle(range) : "";
  const ends = card.text.low.length + card.text.high.length;
  card.range.classList.toggle("range--wide", ends > ENDS);
  if (range) card.bar.append(card.mark);
}

/**
 * @param {Card} card
 * @param {Range} range
 * @param {number | null} value
 */
function paintMark(card, range, value) {
  const share = value === null ? null : (value - range.low) / (range.high - range.low);
  const place = share === null ? 0 : Math.max(0, Math.min(1, share)) * 100;
  attribute(card.mark, "x", share === null ? "0%" : place.toFixed(1) + "%");
  attribute(card.mark, "visibility", share === null ? "hidden" : null);
  card.bar.classList.toggle("level--outside", share !== null && (share < 0 || share > 1));
}

/**
 * Paint the state: class, badge, and what stands beside the badge.
 *
 * @param {Card} card
 * @param {Model} model
 */
function paintState(card, model) {
  const { i, shows, text } = card;
  const codes = [model.whole[i], model.clock.has(i), model.reasons[i], model.rule_notes[i]];
  const key = [...codes, model.gaps[i], isBehind(model, i)].join("|");
  if (shows.state === key) return;
  shows.state = key;
  const states = statesOf(model, i);
  const words = wordsOf(model, i);
  const badge = states[0];
  card.node.className = "tag-card" + states.map((state) => " tag-card--" + slug(state)).join("");
  card.node.classList.toggle("tag-card--" + model.kinds[i], model.kinds[i] !== "value");
  card.node.classList.toggle("tag-card--noted", Boolean(model.rule_notes[i]));
  card.badge.className = "badge badge--" + slug(badge);
  text.badge.data = badge === "NORMAL" ? "" : label(badge);
  if (held(model, i)) card.badge.append(card.old);
  else card.old.remove();
  card.node.classList.toggle("tag-card--long", isLong(model.names[i], text));
  text.also.data = texts.beside(model, i, states).map(label).concat(words).join(" · ");
  card.also.title = text.also.data;
  text.quiet.data = texts.quietText(model, i, states);
  paintDelta(
    card,
    model,
    states.some((state) => UNSURE.includes(state)),
  );
}

/**
 * @param {string} name
 * @param {ReturnType<typeof empty>} text
 * @returns {boolean} whether the name needs the line for itself: then the badge stands in the next
 */
function isLong(name, { badge, held: old }) {
  return LETTER * format.breadth(name) + SIGN * (badge.length + old.length) > WIDTH;
}

/**
 * Paint the change; a dash where the value or its age makes none of it.
 *
 * @param {Card} card
 * @param {Model} model
 * @param {boolean} unsure
 */
function paintDelta(card, model, unsure) {
  const { i, shows } = card;
  const crossed = Boolean(model.crossed[i]);
  const { also, quiet } = card.text;
  const starts = texts.startsText(model, i, now(model));
  const reason = texts.limitText(model, i) + also.data + quiet.data;
  // Of a line that is too short for both the reason is said.
  const told = format.breadth(reason + starts) < LINE ? starts : "";
  const numbers = [model.delta[i], model.value[i], model.digits[i]];
  const change = [...numbers, unsure, crossed, model.reset.has(i), told];
  const { change: before } = shows;
  if (before && change.every((each, k) => each === before[k])) return;
  Object.assign(shows, { unsure, change });
  const [size, against] = texts.deltaTexts(model, i);
  write(card.text.delta, unsure && size ? "–" : size || told);
  write(card.text.against, unsure ? "" : against);
  attribute(card.delta, "title", unsure ? null : texts.deltaTitle(model, i));
}

/**
 * Paint the number, in type so small that all of it and its unit show.
 *
 * @param {Card} card
 * @param {Model} model
 */
function paintValue(card, model) {
  const { i, shows, text } = card;
  const beside = model.crossed[i] || texts.sinceTexts(model, i, now(model))[0] ? 1 : 0;
  const told = { value: model.value[i], digits: model.digits[i], since: beside };
  if (Object.entries(told).every(([name, each]) => Reflect.get(shows, name) === each)) return;
  Object.assign(shows, told);
  write(text.value, texts.valueText(model, i));
  card.value.removeAttribute("title");
  const wide = text.value.length * (model.states[i] ? WORD : 1) + UNIT * text.unit.length;
  const room = beside ? 1 - SINCE : 1;
  const step = STEPS.filter((most) => wide > room * most).length;
  attribute(card.number, "class", step ? "value value--" + step : "value");
}

/**
 * Paint the age and the time of the reading.
 *
 * @param {Card} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 */
export function paintAge(card, model, moment) {
  const { text, i } = card;
  const time = model.time[i];
  const known = Number.isFinite(time);
  write(text.age, known ? t("%(age)s ago", { age: format.span(ageOf(model, i, moment)) }) : "");
  write(text.held, texts.heldText(model, i, moment));
  paintCrossed(card, model, moment);
  if (card.shows.time === time) return;
  card.shows.time = time;
  write(text.time, format.time(time, model.zone, moment));
  card.time.title = known ? format.stamp(time, model.zone, moment) : "";
}

/**
 * Paint which limit is crossed, how far, and since when.
 *
 * @param {Card} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 */
function paintCrossed({ i, text, limit, since }, model, moment) {
  const [time, lasting] = texts.sinceTexts(model, i, moment);
  write(text.since, time);
  write(text.lasting, lasting);
  write(text.limit, texts.limitText(model, i));
  attribute(limit, "title", text.limit.data || null);
  attribute(since, "title", texts.sinceStamp(model, i) || null);
}

/**
 * Patch a card to the model: only texts, widths and classes that changed are touched.
 *
 * @param {Card} card
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 */
export function paint(card, model, moment) {
  const { i, shows } = card;
  paintState(card, model);
  if (card.seq !== model.seq) {
    card.seq = model.seq;
    paintValue(card, model);
    paintDelta(card, model, shows.unsure);
    paintLevel(card, model);
  }
  paintAge(card, model, moment);
  if (shows.spark !== model.sparkSeq) {
    shows.spark = model.sparkSeq;
    if (!kinds.paint(card, model)) {
      const spark = model.sparks && model.sparks[i];
      sparkline.paint(card.spark, spark, model.limits[i], model.kinds[i], model.gaps[i]);
      kinds.paintEnds(card, model, spark);
    }
    paintValue(card, model);
    paintDelta(card, model, shows.unsure);
    sparkline.paintDay(card.day, model.days && model.days[i]);
    paintLevel(card, model);
  }
}
