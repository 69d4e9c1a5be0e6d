/** One card a tag: built once from data, then patched where something changed. */
import { full } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { trendHref } from "../model/links.mjs";
import { ageOf, held, statesOf, wordsOf } from "../model/model.mjs";
import * as texts from "../model/texts.mjs";
import { label, slug, word } from "../../words.mjs";
import { attribute, el, svg, text as write } from "./dom.mjs";
import * as level from "./level.mjs";
import * as sparkline from "./spark.mjs";
import { describe, tools } from "./tools.mjs";

/** @import { Model } from "../../types.mjs" */
/** @import { Range } from "./level.mjs" */
/** @typedef {ReturnType<typeof build>} Card */

const BUCKETS = 60;
/** States in which a change since the reference says nothing. */
const UNSURE = ["BAD", "STALE", "NO DATA"];
/** What a badge says itself, by what it holds of the past. @type {Record<string, string[]>} */
const INSIDE = { "": [], old: ["LATE", "STALE"], was: ["CRITICAL"] };
/** Digits that fit on a card in each step of type, largest first; the last step takes the rest. */
const STEPS = [11, 13.5, 18];
/** How wide a word and a unit are, in digits. */
const WORD = 1.6;
const UNIT = 0.45;
/** Which part of a card's width "since 21:47" beside the number takes. */
const SINCE = 0.4;

/** @returns the texts of a card, all of them empty */
const empty = () => ({
  badge: new Text(),
  held: new Text(),
  value: new Text(),
  unit: new Text(),
  also: new Text(),
  delta: new Text(),
  low: new Text(),
  high: new Text(),
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
  const value = el("span", { class: "value__number", "data-act": "exact" }, text.value);
  const number = el("p", { class: "value" }, value, el("small", {}, text.unit));
  const limit = el("b", { class: "crossed" }, text.limit);
  const lasting = el("b", {}, text.lasting);
  const since = el("p", { class: "since" }, el("span", {}, text.since), lasting);
  const delta = el("span", {}, text.delta);
  const bar = svg("svg", { class: "level", "aria-hidden": "true" });
  const range = el("div", { class: "range" }, el("span", {}, text.low), el("span", {}, text.high));
  const spark = sparkline.build(BUCKETS);
  const day = sparkline.buildDay();
  const { pin, details } = tools(name);
  const address = { class: "tag-card__link", href: trendHref(model, name), tabindex: -1 };
  const link = el("a", address, name);
  describe(link, [badge, limit, since, also, number]);
  const told = el("small", { title: model.descriptions[i] || null }, model.descriptions[i]);
  const time = el("time", {}, text.time);
  // The body has a size of its own: a changed number lays it out alone, not the grid of thousands.
  const body = el("div", { class: "tag-card__body" });
  body.append(
    el("header", {}, el("h3", { title: name }, link), told, badge),
    el("div", { class: "reading" }, number, since),
    el("p", { class: "delta" }, limit, also, delta),
    ...[bar, range, spark.node, day.node],
    el("div", { class: "age" }, el("span", {}, text.age), time),
    el("div", { class: "tag-card__tools" }, pin, details),
  );
  const node = el("article", { class: "tag-card", "data-tag": name }, body);
  text.unit.data = texts.isState(model, i) ? "" : model.units[i];
  if (texts.isState(model, i)) node.classList.add("tag-card--state");
  const states = { badge, old, also, limit, since };
  const lines = { bar, mark: level.mark(), range, spark, day };
  const parts = { ...states, ...lines, value, number, delta, time };
  return { i, node, link, pin, text, ...parts, seq: 0, shows: nothing() };
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {Range | null} the rule's span, else the last hour's range
 */
function rangeOf(model, i) {
  const [low, high] = model.spans[i] || [null, null];
  if (low !== null && high !== null) return { low, high, rule: true };
  const hour = model.sparks && model.sparks[i];
  return hour && hour.high > hour.low ? { low: hour.low, high: hour.high, rule: false } : null;
}

/**
 * @param {Range} range
 * @returns {string} both ends of the range in full, and where it comes from if from no rule
 */
function rangeTitle(range) {
  const ends = full(range.low) + " ~ " + full(range.high);
  return range.rule ? ends : ends + " · " + t("Range of the last hour: the tag has no span");
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
  const range = rangeOf(model, i);
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
  card.range.title = range ? rangeTitle(range) : "";
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
 * @param {Model} model
 * @param {number} i
 * @param {string[]} states
 * @returns {string[]} those that stand beside the badge; what it says itself is left out
 */
function beside(model, i, states) {
  const inside = INSIDE[held(model, i)];
  return states.slice(1).filter((state) => !inside.includes(state));
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "21 min old" beside CRITICAL, "was CRITICAL 3 d ago" beside STALE
 */
export function heldText(model, i, moment) {
  const kind = held(model, i);
  if (!kind) return "";
  const values = { age: format.span(ageOf(model, i, moment)), state: word("CRITICAL") };
  return kind === "old" ? t("%(age)s old", values) : t("was %(state)s %(age)s ago", values);
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
  const key = codes.join("|");
  if (shows.state === key) return;
  shows.state = key;
  const states = statesOf(model, i);
  const words = wordsOf(model, i);
  const badge = states[0];
  card.node.className = "tag-card" + states.map((state) => " tag-card--" + slug(state)).join("");
  card.node.classList.toggle("tag-card--state", texts.isState(model, i));
  card.node.classList.toggle("tag-card--noted", Boolean(model.rule_notes[i]));
  card.badge.className = "badge badge--" + slug(badge);
  text.badge.data = badge === "NORMAL" ? "" : label(badge);
  if (held(model, i)) card.badge.append(card.old);
  else card.old.remove();
  text.also.data = beside(model, i, states).map(label).concat(words).join(" · ");
  card.also.title = text.also.data;
  paintDelta(
    card,
    model,
    states.some((state) => UNSURE.includes(state)),
  );
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
  const numbers = [model.delta[i], model.value[i], model.digits[i]];
  const change = [...numbers, unsure, crossed, model.reset.has(i)];
  const { change: before } = shows;
  if (before && change.every((each, k) => each === before[k])) return;
  Object.assign(shows, { unsure, change });
  write(card.text.delta, unsure && !texts.isState(model, i) ? "–" : texts.deltaText(model, i));
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
  const beside = model.crossed[i] ? 1 : 0;
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
  write(text.held, heldText(model, i, moment));
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
  if (!model.crossed[i] && !text.limit.length) return;
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
    sparkline.paint(card.spark, model.sparks && model.sparks[i], model.limits[i], model.kinds[i]);
    sparkline.paintDay(card.day, model.days && model.days[i]);
    paintLevel(card, model);
  }
}
