/** What a card says of the limit that its tag crossed: which, how far, since when. */
import { limitText, sinceStamp, sinceTexts } from "../model/crossed.mjs";
import { attribute, el, text as write } from "./dom.mjs";

/** @import { Model } from "../../types.mjs" */
/** @typedef {ReturnType<typeof build>} Crossing */

/** @returns the parts, empty: the limit, and since when beside the number */
export function build() {
  const text = { limit: new Text(), since: new Text(), lasting: new Text() };
  const limit = el("b", { class: "crossed" }, text.limit);
  const lasting = el("b", {}, text.lasting);
  const since = el("p", { class: "since" }, el("span", {}, text.since), lasting);
  return { text, limit, since };
}

/**
 * @param {Crossing} parts
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 */
export function paint({ text, limit, since }, model, i, moment) {
  if (!model.crossed[i] && !text.limit.length) return;
  const [time, lasting] = sinceTexts(model, i, moment);
  write(text.since, time);
  write(text.lasting, lasting);
  write(text.limit, limitText(model, i));
  attribute(limit, "title", text.limit.data || null);
  attribute(since, "title", sinceStamp(model, i) || null);
}
