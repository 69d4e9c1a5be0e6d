/** The foot of a wall: which screenful of how many, of what, in which order; how new, and where. */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { now } from "../model/model.mjs";
import { el, text as write } from "../view/dom.mjs";

/** @import { Model, View } from "../../types.mjs" */
/** @typedef {ReturnType<typeof build>} Foot */

/**
 * @typedef {object} Told
 * @property {number} screen that is on
 * @property {number} screens
 * @property {number} count of the tags that are shown
 * @property {number} all of those that a search is among
 * @property {number} next seconds until the next screenful; 0 where there is none
 * @property {boolean} curves whether the cards have them
 */

/** @returns its node, and the parts that change */
export function build() {
  const [screen, left, right] = [new Text(), new Text(), new Text()];
  const bars = el("span", { class: "wall__bars", "aria-hidden": "true" });
  const at = el("span", { class: "wall__screen" }, screen);
  const node = el("footer", { class: "wall__foot" }, bars, at, el("span", {}, left));
  node.append(el("span", { class: "grow" }), el("span", { class: "wall__read" }, right));
  return { node, bars, screen, left, right, shows: { bars: "" } };
}

/**
 * @param {Foot} foot
 * @param {Told} told
 */
function paintBars({ bars, shows }, { screen, screens }) {
  const key = screen + "/" + screens;
  if (shows.bars === key) return;
  shows.bars = key;
  const several = screens > 1 ? screens : 0;
  const made = Array.from({ length: several }, (_, k) => {
    return el("i", { class: k === screen ? "wall__bar wall__bar--on" : "wall__bar" });
  });
  bars.replaceChildren(...made);
}

/**
 * @param {Foot} foot
 * @param {Model} model
 * @param {View} view
 * @param {Told} told
 */
export function paint(foot, model, view, told) {
  paintBars(foot, told);
  const { screen, screens: count, next, curves } = told;
  const of = count > 1 ? t("screen %(n)s of %(count)s", { n: screen + 1, count }) : "";
  write(foot.screen, of);
  const parts = [
    told.count === told.all
      ? format.tags(told.count)
      : t("%(n)s tags", { n: format.ofAll(told.count, told.all) }),
    view.sort === "worst" ? t("worst first") : t("by name"),
    curves ? t("curves: last %(time)s", { time: format.span(3_600_000) }) : "",
    next ? t("next in %(time)s", { time: format.span(next * 1000) }) : "",
  ];
  write(foot.left, parts.filter((part) => part).join(" · "));
  paintRead(foot, model, view);
}

/**
 * @param {Foot} foot
 * @param {Model} model
 * @param {View} view
 */
function paintRead(foot, model, view) {
  const moment = now(model);
  if (!Number.isFinite(moment)) return;
  const read = format.span(performance.now() - model.at);
  const parts = [
    t("read %(time)s ago", { time: read }),
    t("every %(span)s", { span: format.span(view.every * 1000) }),
    model.zone + " " + format.offset(moment, model.zone),
  ];
  write(foot.right, parts.join(" · "));
}
