/** The first sentence of the details, and what the last frame tells: value, place, trust. */
import { full } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { ageOf, now, statesOf, wordsOf } from "../model/model.mjs";
import * as texts from "../model/texts.mjs";
import { label } from "../../words.mjs";
import { el, svg } from "./dom.mjs";
import * as level from "./level.mjs";
import { list, stamps } from "./tables.mjs";

/** @import { Model } from "../../types.mjs" */

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} "430 mm over HH 19,000", "✕ BAD: out of span", "NORMAL"
 */
function sentence(model, i) {
  const [limit, over] = model.crossed[i] || [0, null];
  if (!model.crossed[i] || over === null || over <= 0) {
    const why = [texts.limitText(model, i), ...wordsOf(model, i)].filter((part) => part);
    return [statesOf(model, i).map(label).join(" · "), ...why].join(" · ");
  }
  const named = texts.letters()[limit] + " " + full(model.limits[i][limit]);
  const size = (texts.sizeText(model, i, over) + " " + model.units[i]).trim();
  const values = { n: size, limit: named };
  return limit < 2 ? t("%(n)s under %(limit)s", values) : t("%(n)s over %(limit)s", values);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} "since 2026-11-25 21:47:10 (39 min) · 2.2% of span", "… · 3 starts in 24 h"
 */
function since(model, i) {
  const crossed = model.crossed[i];
  const moment = now(model);
  const [, over, at] = crossed || texts.heldOf(model, i, moment) || [];
  const [word, long] = texts.sinceTexts(model, i, moment);
  const time = typeof at === "number" ? stamps(model, [at])(at) : "";
  const from = time
    ? t("since %(time)s", { time }) + " (" + long + ")"
    : (word + " " + long).trim();
  const share = crossed && over ? texts.shareOf(model, i, Math.abs(over)) : [];
  return [from, ...share, texts.startsText(model, i, moment)].filter((part) => part).join(" · ");
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {HTMLElement | null} the span as a bar with its limits by name; null without one
 */
function scale(model, i) {
  const range = texts.rangeOf(model, i);
  if (!range || !range.rule || texts.isState(model, i)) return null;
  const bar = svg("svg", { class: "level", "aria-hidden": "true" });
  level.zones(bar, range, model.limits[i]);
  const value = model.value[i];
  const share = value === null ? NaN : (value - range.low) / (range.high - range.low);
  if (!isNaN(share)) {
    const mark = level.mark();
    mark.setAttribute("x", (100 * Math.max(0, Math.min(1, share))).toFixed(1) + "%");
    bar.append(mark);
  }
  const named = model.limits[i].map((limit, k) =>
    limit === null ? "" : texts.letters()[k] + " " + full(limit),
  );
  const [below, above] = [named.slice(0, 2), named.slice(2)].map((some) =>
    some.filter((each) => each).join(" · "),
  );
  const words = [full(range.low), below, above, full(range.high)];
  const kind = "details__scale" + (model.crossed[i] ? " details__scale--abnormal" : "");
  const ends = el("p", { class: "details__ends" }, ...words.map((each) => el("span", {}, each)));
  return el("div", { class: kind }, bar, ends);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {[string, string][]} how far the value is to be trusted
 */
function trust(model, i) {
  const time = model.time[i];
  const old = ageOf(model, i, now(model));
  const reasons = wordsOf(model, i).join(" · ");
  return [
    [t("State"), statesOf(model, i).map(label).join(" · ")],
    ...(reasons ? [/** @type {[string, string]} */ ([t("Reasons"), reasons])] : []),
    [t("Time"), stamps(model, [time])(time)],
    [t("Age"), Number.isFinite(time) ? t("%(age)s ago", { age: format.span(old) }) : "–"],
    [t("Allowed gap"), format.span(model.gaps[i] * 1000)],
  ];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {string} worst of the alarm that is on
 * @returns {HTMLElement} what the last frame tells
 */
export function lead(model, i, worst) {
  const unit = texts.isState(model, i) ? "" : model.units[i];
  const big = el("p", { class: "details__value" }, el("span", {}, texts.valueText(model, i)), " ");
  big.append(el("small", {}, unit));
  const told = el("p", { class: "details__lead" }, el("b", {}, sentence(model, i)));
  told.append(el("small", {}, since(model, i)), el("small", {}, model.crossed[i] ? worst : ""));
  const left = el("div", {}, el("div", { class: "details__now" }, big, told), scale(model, i));
  const right = el("div", {}, el("h3", {}, t("Trust")), list(trust(model, i)));
  return el("div", { class: "details__parts" }, left, right);
}
