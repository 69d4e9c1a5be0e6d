/** Which tags are shown, in which groups and order. Works on the model alone; touches no node. */
import { compare } from "./format.mjs";
import { statesOf } from "./model.mjs";

/** @import { Model, View } from "../../types.mjs" */
/** @typedef {{ name: string | null, tags: number[] }} Group */

const PINNED = -1e6;

/**
 * @param {Model} model
 * @param {View} view
 * @returns {number[]} the tags that the search, the states and the asked tags leave
 */
export function found(model, view) {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const only = view.tags.length ? new Set(view.tags) : null;
  const states = new Set(view.states);
  const tags = [];
  for (let i = 0; i < model.n; i++) {
    if (only && !only.has(model.names[i])) continue;
    if (!words.every((word) => model.found[i].includes(word))) continue;
    if (states.size && !statesOf(model, i).some((state) => states.has(state))) continue;
    tags.push(i);
  }
  return tags;
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {number} 2 CRITICAL, 1 WARNING, 0 else: the last trusted alarm
 */
function severity(model, i) {
  const alarm = model.alarms[model.alarm[i]];
  return alarm === "CRITICAL" ? 2 : alarm === "WARNING" ? 1 : 0;
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {number} how bad a tag is: by its badge, then by the worst alarm beside it; least first
 */
const badness = (model, i) => model.shown[i] * 10 - severity(model, i);

/**
 * @param {Model} model
 * @param {number} i
 * @returns {boolean} whether an operator has to look at a tag: its badge says more than how it is
 *   judged
 */
export const isAbnormal = (model, i) => model.shown[i] < model.code["NO RULE"];

/**
 * Sort so that a card moves only when its state changes: pins, then badge, then the worst alarm
 * beside it, then the name's place in the catalogue. Values and ages have no say.
 *
 * @param {Model} model
 * @param {View} view
 * @param {number[]} tags
 * @returns {number[]}
 */
export function sorted(model, view, tags) {
  const pinned = pins(model, view);
  const worst = view.sort === "worst";
  const rank = new Int32Array(model.n);
  for (const i of tags) {
    const bad = worst ? badness(model, i) : 0;
    rank[i] = bad + (pinned.has(i) ? PINNED : 0);
  }
  return tags.sort((a, b) => rank[a] - rank[b] || a - b);
}

/**
 * @param {Model} model
 * @param {View} view
 * @returns {Set<number | undefined>} the tags that are pinned
 */
export function pins(model, view) {
  return new Set(view.pins.map((tag) => model.index.get(tag)));
}

/**
 * @param {string} name
 * @returns {string} the letters a name starts with: D for D101, "FIC-" for FIC-7
 */
export function prefix(name) {
  const match = /^[^\d./]+/u.exec(name);
  return match ? match[0].replace(/[-_ ]+$/, "") || match[0] : name.slice(0, 1);
}

/**
 * @param {View} view
 * @returns {Map<string, string>} own groups of each tag; what is in two of them stands apart, as
 *   "A + B"
 */
function ownGroups(view) {
  const groups = new Map();
  for (const [name, tags] of Object.entries(view.own)) {
    for (const tag of new Set(tags)) {
      groups.set(tag, groups.has(tag) ? groups.get(tag) + " + " + name : name);
    }
  }
  return groups;
}

/**
 * @param {Model} model
 * @param {View} view
 * @returns {function(number): string} gives the name of a tag's group; "" for none
 */
function grouping(model, view) {
  if (view.group === "prefix") return (i) => prefix(model.names[i]);
  if (view.group === "group") return (i) => model.groups[i] || "";
  if (view.group === "type") return (i) => model.types[i] || "";
  const own = ownGroups(view);
  return (i) => own.get(model.names[i]) || "";
}

/**
 * @param {Model} model
 * @param {View} view
 * @returns {string[]} names of all groups of the plant, whatever is found
 */
export function names(model, view) {
  if (view.group === "none") return [];
  const nameOf = grouping(model, view);
  return [...new Set(model.names.map((_name, i) => nameOf(i)))];
}

/**
 * @param {Model} model
 * @param {View} view
 * @returns {Group[]} groups; worst first, each stands where its worst abnormal tag does, and those
 *   of which none is abnormal in order of name, the nameless last
 */
export function grouped(model, view) {
  const tags = sorted(model, view, found(model, view));
  if (view.group === "none") return [{ name: null, tags }];
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  const nameOf = grouping(model, view);
  for (const i of tags) {
    const name = nameOf(i);
    const members = groups.get(name);
    if (members) members.push(i);
    else groups.set(name, [i]);
  }
  const worst = new Map([...groups].map(([name, members]) => [name, worstOf(model, members)]));
  const rank = (/** @type {string} */ name) => (view.sort === "worst" && worst.get(name)) || 0;
  return [...groups]
    .map(([name, members]) => ({ name, tags: members }))
    .sort(
      (a, b) =>
        rank(a.name) - rank(b.name) ||
        Number(a.name === "") - Number(b.name === "") ||
        compare(a.name, b.name),
    );
}

/**
 * @param {Model} model
 * @param {number[]} tags
 * @returns {number} below 0 the worse the worst tag of a group is; 0 where none is abnormal
 */
function worstOf(model, tags) {
  const calm = model.code["NO RULE"] * 10;
  let worst = 0;
  for (const i of tags) {
    if (isAbnormal(model, i)) worst = Math.min(worst, badness(model, i) - calm);
  }
  return worst;
}

/**
 * @param {Model} model
 * @param {number[]} tags
 * @returns {Record<string, number>} tags in each state; a tag counts in every state it is in
 */
export function counts(model, tags) {
  /** @type {Record<string, number>} */
  const count = {};
  for (const i of tags) {
    for (const state of statesOf(model, i)) count[state] = (count[state] || 0) + 1;
  }
  return count;
}
