/**
 * Sparklines of the last hour: min-max envelope, mean, limits; a gap stays a gap. Below them the
 * last day, each hour by the worst that it contained.
 */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { TURN } from "../model/texts.mjs";
import { label } from "../../words.mjs";
import { attribute, el, svg } from "./dom.mjs";

/** @import { Series } from "../../types.mjs" */
/** @typedef {ReturnType<typeof build>} Spark */

/** The heights of a line as they are sent, lowest first. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEIGHT = new Map([...LETTERS].map((letter, height) => [letter, height]));
const TOP = LETTERS.length - 1;
const HOUR = 3600000;
/** What a bucket spans [s]. */
const MINUTE = 60;
/** The states of an hour by their letters, as they are told: worst first. */
const DAY_STATES = new Map([
  ["C", "CRITICAL"],
  ["B", "BAD"],
  ["W", "WARNING"],
  ["N", "NORMAL"],
  ["U", "UNJUDGED"],
  [" ", "NO DATA"],
]);
/** How an hour is drawn, told apart by its height alone: full, crossed, half, a line, a dot. */
/** @type {Record<string, string>} */
const DAY_SHAPES = {
  C: "v6h1v-6Z",
  B: "h1l-1,6h1Z",
  W: "m0,3v3h1v-3Z",
  N: "m0,5v1h1v-1Z",
  U: "m.3,5v1h.4v-1Z",
};

/**
 * Of a tag that is read every ten minutes most buckets are empty: the line breaks where the rule of
 * the tag says so, as that of a chart does, and where readings are left out.
 *
 * @param {Series} spark
 * @param {number} gap longest allowed [s]
 * @returns {number[][]} runs of buckets that have readings
 */
function runs({ mean, bad }, gap) {
  /** @type {number[][]} */
  const found = [];
  let last = -Infinity;
  for (let x = 0; x < mean.length; x++) {
    if (mean[x] === " ") continue;
    const empty = x - last - 1;
    const joined = !empty || (empty * MINUTE <= gap && !bad.slice(last + 1, x).includes("x"));
    if (!joined) found.push([]);
    found[found.length - 1].push(x);
    last = x;
  }
  return found;
}

/** @param {string} letter @returns {number} */
const y = (letter) => TOP - (HEIGHT.get(letter) ?? 0);

/**
 * @param {Series} spark
 * @param {string} kind of the tag
 * @param {number} gap longest allowed [s]
 * @returns {string} path data of the mean, of other kinds than a value of what was last: that of a
 *   state goes in steps, that of an angle is not drawn the long way round; a lone bucket is a dash
 */
export function meanPath(spark, kind, gap) {
  const { mean, low, high } = spark;
  const half = high > low ? (TURN / 2 / (high - low)) * TOP : Infinity;
  const joint = (/** @type {number} */ x, /** @type {number} */ before) => {
    if (kind === "state") return "H" + x + "V";
    const far = kind === "angle" && Math.abs(y(mean[x]) - y(mean[before])) > half;
    return (far ? "M" : "L") + x + ",";
  };
  const paths = runs(spark, gap).map((run) => {
    const line = run.map((x, k) => (k ? joint(x, run[k - 1]) : "M" + x + ",") + y(mean[x]));
    return line.join("") + (run.length === 1 ? "h.6" : "");
  });
  return paths.join("");
}

/**
 * @param {Series} spark
 * @param {number} gap longest allowed [s]
 * @returns {string} path data of the envelope
 */
function bandPath(spark, gap) {
  const paths = runs(spark, gap).map((run) => {
    const top = run.map((x) => x + "," + y(spark.max[x]));
    const bottom = run.map((x) => x + "," + y(spark.min[x])).reverse();
    return "M" + top.concat(bottom).join("L") + "Z";
  });
  return paths.join("");
}

/**
 * @param {Series} spark
 * @param {(number | null)[]} limits
 * @returns {string} path data of the limits that lie within the hour's range
 */
export function limitPath(spark, limits) {
  const { low, high, mean } = spark;
  if (!(low < high)) return ""; // also where every reading is left out: then they are no numbers
  let path = "";
  for (const limit of limits) {
    if (limit === null || limit <= low || limit >= high) continue;
    const at = TOP - ((limit - low) / (high - low)) * TOP;
    path += "M0," + at.toFixed(1) + "H" + (mean.length - 1);
  }
  return path;
}

/**
 * @param {Series} spark
 * @returns {string} path data of the marks at the upper edge, where readings are left out
 */
function badPath({ bad }) {
  let path = "";
  for (let x = 0; x < bad.length; x++) if (bad[x] === "x") path += "M" + x + ",-1v7";
  return path;
}

/**
 * @param {number} buckets
 * @returns the node and the paths of a sparkline
 */
export function build(buckets) {
  const band = svg("path", { class: "spark__band" });
  const mean = svg("path", { class: "spark__mean" });
  const limit = svg("path", { class: "spark__limit" });
  const bad = svg("path", { class: "spark__bad" });
  const bars = svg("path", { class: "spark__bars" });
  const box = {
    class: "spark",
    viewBox: "0 -2 " + (buckets - 1) + " " + (TOP + 4),
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  };
  return { node: svg("svg", box, band, bars, limit, mean, bad), band, bars, mean, limit, bad };
}

/**
 * Paint one sparkline.
 *
 * @param {Spark} parts
 * @param {Series | null} spark
 * @param {(number | null)[] | null} limits
 * @param {string} kind of the tag
 * @param {number} gap longest allowed [s]
 */
export function paint(parts, spark, limits, kind, gap) {
  attribute(parts.bars, "d", null);
  attribute(parts.mean, "d", spark ? meanPath(spark, kind, gap) : null);
  attribute(parts.band, "d", spark ? bandPath(spark, gap) : null);
  attribute(parts.limit, "d", spark ? limitPath(spark, limits || []) || null : null);
  attribute(parts.bad, "d", spark ? badPath(spark) || null : null);
}

/** @returns the node and the paths of the bar of a day */
export function buildDay() {
  const path = (/** @type {string} */ kind) => svg("path", { class: kind });
  const parts = {
    C: path("zone zone--critical"),
    B: path("day__bad"),
    W: path("zone zone--warning"),
    N: path("day__normal"),
    U: path("day__normal"),
  };
  const box = { viewBox: "0 0 24 6", preserveAspectRatio: "none", "aria-hidden": "true" };
  const node = el("div", { class: "day" }, svg("svg", box, ...Object.values(parts)));
  return { node, parts, shows: "" };
}

/**
 * @param {string} day
 * @returns {string} "⬢ CRITICAL 2 h · NORMAL 22 h"; what is not known is left out
 */
function dayText(day) {
  const hours = [...DAY_STATES].map(([letter, state]) => {
    const count = day.split(letter).length - 1;
    return count ? label(state) + " " + format.span(count * HOUR) : "";
  });
  const told = hours.filter((each) => each).join(" · ");
  return told ? t("Last 24 h, each hour by its worst: %(hours)s", { hours: told }) : "";
}

/**
 * Paint the last day of a tag.
 *
 * @param {ReturnType<typeof buildDay>} bar
 * @param {string | null} day a letter an hour
 */
export function paintDay(bar, day) {
  if (bar.shows === (day || "")) return;
  bar.shows = day || "";
  const letters = [...bar.shows];
  for (const [letter, path] of Object.entries(bar.parts)) {
    const shape = DAY_SHAPES[letter];
    const places = letters.flatMap((each, x) => (each === letter ? ["M" + x + ",0" + shape] : []));
    attribute(path, "d", places.join("") || null);
  }
  const told = dayText(bar.shows);
  attribute(bar.node, "role", told ? "img" : null);
  attribute(bar.node, "title", told || null);
  attribute(bar.node, "aria-label", told || null);
}
