/**
 * What the viewer chose: search, states, order, groups, view, interval, pins. All of it is in the
 * address, so a link reproduces the view. Lists that make a long query stand behind the #, where no
 * server has to take them; they are read in either place.
 */
import { isAt } from "../../dash.mjs";
import { t } from "../../messages.mjs";
import * as order from "./order.mjs";
import { COLUMNS } from "./sorting.mjs";
import * as stored from "./stored.mjs";
import { SHAPES } from "../../words.mjs";

/** @import { Model, View } from "../../types.mjs" */

const SORTS = ["worst", "name"];
const VIEWS = ["cards", "table"];
export const GROUPINGS = ["none", "prefix", "group", "type", "own"];
/** Seconds between two refreshes that the page offers. */
export const PERIODS = [2, 5, 10, 30, 60, 300];
/** Characters a search may have. */
export const SEARCH = 200;
const OURS = [
  ...["q", "state", "sort", "group", "view", "every", "pin", "tag", "name", "closed", "by"],
  ...["down", "details", "kiosk", "rotate"],
];
const LISTS = ["tag", "name", "closed", "pin"];
/** A server takes 8,190 bytes of a request line; this leaves room for what stays in the query. */
const QUERY = 2000;
const NAMED = 3;

/**
 * @param {string | null} text
 * @returns {number | null} seconds in "30", "30s", "5m"
 */
export function seconds(text) {
  const match = /^(\d{1,5})(s|m)?$/.exec(text || "");
  return match ? Number(match[1]) * (match[2] === "m" ? 60 : 1) : null;
}

/**
 * @param {string} hash
 * @returns {[string, string][]} the lists that stand behind the #
 */
export function behind(hash) {
  const all = [...new URLSearchParams(hash.replace(/^#/, ""))];
  return all.filter(([name]) => LISTS.includes(name));
}

/** Reads single parameters, and notes what cannot be used in `faults`. */
class Reader {
  /** @param {URLSearchParams} query */
  constructor(query) {
    this.query = query;
    /** @type {View["faults"]} */
    this.faults = [];
  }

  /**
   * @template {string | null} Otherwise
   * @param {string} name
   * @param {string[]} choices
   * @param {Otherwise} otherwise
   * @returns {string | Otherwise}
   */
  one(name, choices, otherwise) {
    const asked = this.query.get(name);
    if (asked === null) return otherwise;
    if (choices.includes(asked)) return asked;
    this.faults.push([name, asked, choices.join(", ")]);
    return otherwise;
  }

  /**
   * @param {string} name
   * @param {string[]} choices
   * @returns {string[]}
   */
  several(name, choices) {
    const [known, unknown] = parted(this.query.getAll(name), (value) => choices.includes(value));
    for (const value of unknown.slice(0, NAMED)) {
      this.faults.push([name, value, choices.join(", ")]);
    }
    return known;
  }

  /**
   * @param {string} name
   * @param {number} lowest [s]
   * @param {number} highest [s]
   * @param {number} otherwise [s]
   * @returns {number} [s]
   */
  number(name, lowest, highest, otherwise) {
    const asked = this.query.get(name);
    if (asked === null) return otherwise;
    const found = seconds(asked);
    if (found !== null && found >= lowest && found <= highest) return found;
    this.faults.push([name, asked, lowest + "s … " + highest + "s"]);
    return otherwise;
  }
}

/**
 * @template Value
 * @param {Value[]} values
 * @param {function(Value): boolean} truth
 * @returns {[Value[], Value[]]} those of which something is true, and the others
 */
function parted(values, truth) {
  return [values.filter(truth), values.filter((value) => !truth(value))];
}

/**
 * Read the address.
 *
 * @param {string} search the query part
 * @param {number} every seconds between two refreshes when the address says nothing
 * @param {string} [hash] the part behind the query
 * @returns {View} with `faults`: what could not be used
 */
export function read(search, every, hash = window.location.hash) {
  const query = new URLSearchParams(search);
  behind(hash).forEach(([name, value]) => query.append(name, value));
  const reader = new Reader(query);
  const pins = query.getAll("pin");
  const view = {
    q: (query.get("q") || "").slice(0, SEARCH),
    states: reader.several("state", Object.keys(SHAPES)),
    sort: reader.one("sort", SORTS, "worst"),
    group: reader.one("group", GROUPINGS, "none"),
    view: reader.one("view", VIEWS, "cards"),
    by: reader.one("by", COLUMNS, null),
    down: reader.one("down", ["0", "1"], "0") === "1",
    every: reader.number("every", 2, 300, every),
    tags: query.getAll("tag"),
    name: query.get("name") || "",
    closed: query.getAll("closed"),
    details: query.get("details"),
    kiosk: reader.one("kiosk", ["0", "1"], "0") === "1",
    rotate: reader.number("rotate", 5, 3600, 0),
    pins: pins.length ? pins : stored.pins(),
    linked: pins.length > 0,
    own: stored.groups(),
    settled: false,
    faults: reader.faults,
    defaultEvery: every,
  };
  refuse(view);
  return view;
}

/**
 * Leave out what says nothing by itself: own groups that this browser lacks, a name of no tags.
 *
 * @param {View} view
 */
function refuse(view) {
  if (view.group === "own" && !Object.keys(view.own).length) {
    const choices = GROUPINGS.filter((group) => group !== "own").join(", ");
    view.faults.push([
      "group",
      "own",
      choices + " (" + t("this browser keeps no groups of its own") + ")",
    ]);
    Object.assign(view, { group: "none", closed: [] });
  }
  if (view.name && !view.tags.length) {
    view.faults.push(["name", view.name, t("the names of groups, with their tags")]);
    view.name = "";
  }
}

/**
 * Once the tags are known: leave out the names that the plant does not have, and say those of a
 * link. Pins of this browser are then written into the address.
 *
 * @param {View} view
 * @param {Model} model
 */
export function settle(view, model) {
  if (view.settled) return;
  view.settled = true;
  const groups = new Set(order.names(model, view));
  const isTag = (/** @type {string} */ tag) => model.index.has(tag);
  /** @type {function(string, string[], string): void} */
  const refused = (name, values, choices) => {
    for (const value of values.slice(0, NAMED)) view.faults.push([name, value, choices]);
  };
  const [pins, lostPins] = parted(view.pins, isTag);
  if (view.linked) refused("pin", lostPins, t("the names of tags"));
  const [closed, lostGroups] = parted(view.closed, (group) => groups.has(group));
  refused("closed", lostGroups, t("the names of groups"));
  const asked = view.details === null ? [] : [view.details];
  const [details, lostDetails] = parted(asked, isTag);
  refused("details", lostDetails, t("the names of tags"));
  Object.assign(view, { pins, closed, details: details.length ? details[0] : null });
  if (view.pins.length && !view.linked) keep(view);
}

/**
 * @param {View} view
 * @param {string} search the query that is there, of which other parameters stay
 * @returns {string} query and fragment that reproduce the view
 */
export function written(view, search) {
  const query = new URLSearchParams(search);
  OURS.forEach((name) => query.delete(name));
  /** @type {function(string, string | number | null, *): void} */
  const put = (name, value, otherwise) => {
    if (value !== otherwise) query.append(name, String(value));
  };
  view.tags.forEach((tag) => query.append("tag", tag));
  put("name", view.name, "");
  put("q", view.q, "");
  view.states.forEach((state) => query.append("state", state));
  put("sort", view.sort, "worst");
  put("group", view.group, "none");
  put("view", view.view, "cards");
  put("by", view.by, null);
  if (view.down) query.append("down", "1");
  put("every", view.every, view.defaultEvery);
  view.closed.forEach((group) => query.append("closed", group));
  view.pins.forEach((tag) => query.append("pin", tag));
  put("details", view.details, null);
  if (view.kiosk) query.append("kiosk", "1");
  if (view.rotate) query.append("rotate", view.rotate + "s");
  return query.toString().length > QUERY ? halved(query) : marked("?", query);
}

/**
 * @param {string} mark
 * @param {URLSearchParams} query
 * @returns {string} a mark and what follows it; nothing without anything
 */
function marked(mark, query) {
  const text = query.toString();
  return text ? mark + text : "";
}

/**
 * @param {URLSearchParams} query
 * @returns {string} a query without its lists, and these behind the #
 */
function halved(query) {
  const lists = new URLSearchParams([...query].filter(([name]) => LISTS.includes(name)));
  LISTS.forEach((name) => query.delete(name));
  return marked("?", query) + marked("#", lists);
}

/**
 * @param {View} view
 * @param {Partial<View>} other what is to be otherwise
 * @returns {string} address of the same view but for that
 */
export function hrefOf(view, other) {
  return window.location.pathname + written({ ...view, ...other }, window.location.search);
}

/**
 * Mirror the view into the address without a new page, not into that of another; a # of somebody
 * else's stays.
 *
 * @param {View} view
 */
export function keep(view) {
  if (!isAt("")) return;
  const { pathname, search, hash } = window.location;
  const asked = written(view, search);
  const theirs = asked.includes("#") || behind(hash).length ? "" : hash;
  window.history.replaceState(window.history.state, "", pathname + asked + theirs);
}
