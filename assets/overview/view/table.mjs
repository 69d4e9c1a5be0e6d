/** The table view of the same frame: a row a tag, sortable by its headings. */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { trendHref } from "../model/links.mjs";
import { crossedText, valueText } from "../model/texts.mjs";
import { ageOf, FRESHNESS, wordsOf } from "../model/model.mjs";
import { COLUMNS } from "../model/sorting.mjs";
import { column as word, label, slug } from "../../words.mjs";
import { attribute, el, named, text as write } from "./dom.mjs";
import { describe, tools } from "./tools.mjs";

/** @import { Model, View } from "../../types.mjs" */
/** @typedef {ReturnType<typeof build>} Row */

/** Digits of a value that its column shows in the type of the others. */
const WIDE = 15;
const ARROWS = { none: "", ascending: " ↑", descending: " ↓" };

/**
 * @param {View} view
 * @param {string} column
 */
function heading(view, column) {
  const sort = view.by !== column ? "none" : view.down ? "descending" : "ascending";
  const act = { type: "button", class: "tags-table__sort", "data-act": "by", "data-value": column };
  const button = el("button", act, word(column) + ARROWS[sort]);
  const cell = "tags-table__cell tags-table__cell--" + column;
  return el("div", { class: cell, role: "columnheader", "aria-sort": sort }, button);
}

/**
 * @param {View} view
 * @returns {{ node: HTMLElement, body: HTMLElement }} the table with its headings; rows are placed
 *   by the board
 */
export function frame(view) {
  const heads = COLUMNS.map((column) => heading(view, column));
  const row = el("div", { class: "tags-table__row", role: "row" }, ...heads);
  const head = el("div", { class: "tags-table__head", role: "rowgroup" }, row);
  const body = el("div", { class: "tags-table__body", role: "rowgroup" });
  const table = { class: "tags-table", role: "table", "aria-label": t("Table") };
  return { node: el("div", table, head, body), body };
}

/**
 * @returns {{ value?: number | null, digits?: number, time?: number, state?: string }} what a new
 *   row shows
 */
const nothing = () => ({});

/**
 * @param {Model} model
 * @param {number} i
 * @returns one row
 */
export function build(model, i) {
  const name = model.names[i];
  const text = Object.fromEntries([...COLUMNS, "short"].map((column) => [column, new Text()]));
  const title = model.descriptions[i] || name;
  const href = trendHref(model, name);
  const address = { href, class: "tag-card__link", tabindex: -1, title };
  const link = el("a", address, named(name, model.told[i]));
  const badge = el("span", { class: "badge" });
  const reasons = el("span", { class: "tags-table__reasons" }, text.reasons);
  const { pin, details } = tools(name);
  /** @type {Record<string, Node[]>} */
  const inside = {
    tag: [link, el("small", { class: "tags-table__about" }, model.descriptions[i]), badge],
    time: [el("span", {}, text.time), el("span", { class: "tags-table__short" }, text.short)],
    reasons: [reasons, pin, details],
  };
  const cells = COLUMNS.map((column) => {
    const place = { class: "tags-table__cell tags-table__cell--" + column, role: "cell" };
    return el("div", place, ...(inside[column] || [text[column]]));
  });
  const [value, unit] = ["value", "unit"].map((column) => cells[COLUMNS.indexOf(column)]);
  describe(link, [badge, value, unit]);
  const row = { class: "tags-table__row", role: "row", "data-tag": name };
  const node = el("div", row, ...cells);
  text.unit.data = model.units[i];
  return { i, node, link, pin, badge, reasons, value, text, shows: nothing(), seq: 0 };
}

/**
 * @param {Row} row
 * @param {Model} model
 */
function paintValue(row, model) {
  const { i, shows, text } = row;
  if (shows.value === model.value[i] && shows.digits === model.digits[i]) return;
  Object.assign(shows, { value: model.value[i], digits: model.digits[i] });
  write(text.value, valueText(model, i));
  row.value.classList.toggle("tags-table__cell--wide", text.value.length > WIDE);
}

/**
 * @param {Row} row
 * @param {Model} model
 */
function paintState(row, model) {
  const { i, shows, text } = row;
  const badge = model.badges[model.shown[i]];
  const fresh = FRESHNESS[model.fresh[i]];
  const key = [badge, fresh, model.quality[i], model.alarm[i]].join("|");
  if (shows.state === key) return;
  shows.state = key;
  row.node.className = "tags-table__row tags-table__row--" + slug(badge);
  row.node.classList.toggle("tags-table__row--past", fresh !== "FRESH");
  row.badge.className = "badge badge--" + slug(badge);
  row.badge.textContent = badge === "NORMAL" ? "" : label(badge);
  write(text.freshness, label(fresh));
}

/**
 * Patch a row to the model.
 *
 * @param {Row} row
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 */
export function paint(row, model, moment) {
  const { i, shows, text } = row;
  paintValue(row, model);
  if (!Object.is(shows.time, model.time[i])) {
    shows.time = model.time[i];
    write(text.time, format.stamp(model.time[i], model.zone, moment));
    write(text.short, format.short(model.time[i], model.zone, moment));
  }
  paintState(row, model);
  paintAge(row, model, moment);
}

/**
 * @param {Row} row
 * @param {Model} model
 * @param {number} moment [ms since 1970]
 */
export function paintAge(row, model, moment) {
  const { i, text } = row;
  const old = ageOf(model, i, moment);
  const age = Number.isFinite(old) ? format.span(old) : "–";
  write(text.age, age);
  const why = [crossedText(model, i, moment), ...wordsOf(model, i)].filter((part) => part);
  write(text.reasons, why.join(" · "));
  attribute(row.reasons, "title", text.reasons.data || null);
  write(text.quality, asOf(model, i, label(model.qualities[model.quality[i]]), age));
  write(text.alarm, asOf(model, i, label(model.alarms[model.alarm[i]]), age));
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {string} state
 * @param {string} age of the reading
 * @returns {string} "NORMAL, 28 min ago" where that is of a reading that is late or stale
 */
function asOf(model, i, state, age) {
  const current = model.fresh[i] === 0 || !Number.isFinite(model.time[i]);
  return current ? state : t("%(state)s, %(age)s ago", { state, age });
}
