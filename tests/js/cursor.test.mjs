/** What the rows over a trend say of one moment: the nearest point of each line, as written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import "./support.mjs";
import { isLong } from "../../assets/chart/cursor.mjs";
import { nearest, ownTime, partsOf, shortTime, timeText, told } from "../../assets/chart/lines.mjs";

/** @param {number[]} times @param {(number | undefined)[]} values @param {*} trace */
function drawn(times, values, trace) {
  return times.map((x, k) => ({
    ...(values[k] === undefined ? {} : { x, y: values[k] }),
    ...(k ? {} : { trace }),
  }));
}

/** @param {*} [more] @returns {*} a plot with one tag in buckets, of which the third is empty */
function plot(more = {}) {
  const times = [0, 10, 20, 30];
  const meta = (/** @type {string} */ part) => ({ tag: "D101", part, digits: 1 });
  const line = { meta: meta("line"), customdata: [12, 7, 0, 1200], ...more };
  return {
    calcdata: [
      drawn(times, [1, 2, undefined, 4], { meta: meta("max") }),
      drawn(times, [0, 1, undefined, 3], { meta: meta("min") }),
      drawn(times, [0.5, 1.25, undefined, 3.5], line),
      drawn([10], [9], { meta: meta("bad"), customdata: [3] }),
      drawn([0], [0], { meta: { part: "gap" } }),
    ],
  };
}

test("a row says by sign and word which limit lay within a point, and nothing within them", () => {
  const meta = { tag: "D101", part: "line", digits: 1, levels: "0102" };
  const parts = partsOf(plot({ meta })).get("D101");
  assert.ok(parts);
  const said = [0, 10, 30].map((time) => told(parts, time)?.readings);
  assert.deepEqual(said, ["12", "7 · 3 left out · ▲ WARNING", "1,200 · ⬢ CRITICAL"]);
});

test("the nearest point has a value: where a line breaks there is none", () => {
  const points = [0, 10, 30].map((x, i) => ({ x, y: 1, i }));
  const at = (/** @type {number} */ time) => nearest(points, time)?.x;
  assert.deepEqual([-5, 0, 4, 6, 19, 21, 99].map(at), [0, 0, 0, 10, 10, 30, 30]);
  assert.equal(nearest([], 5), undefined);
});

test("a row says value, extremes and how many readings, with the digits of the table", () => {
  const parts = partsOf(plot()).get("D101");
  assert.ok(parts);
  assert.deepEqual(told(parts, 2), { time: 0, value: "0.5", range: "0.0 – 1.0", readings: "12" });
  assert.equal(told(parts, 22)?.time, 30, "the empty bucket is passed over");
  assert.equal(told(parts, 30)?.readings, "1,200");
});

test("what was left out of a bucket is said beside its readings", () => {
  const parts = partsOf(plot()).get("D101");
  assert.equal(parts && told(parts, 10)?.readings, "7 · 3 left out");
});

test("a state is said in its words, and has no extremes", () => {
  const parts = partsOf(plot({ text: ["off", "on", "", "on"] })).get("D101");
  assert.ok(parts);
  const readings = "7 · 3 left out";
  assert.deepEqual(told(parts, 10), { time: 10, value: "on", range: "", readings });
});

test("a figure that is drawn anew is read anew", () => {
  const one = plot();
  assert.equal(partsOf(one), partsOf(one));
  assert.notEqual(partsOf(one), partsOf(plot()));
  assert.equal(partsOf({}).size, 0);
});

test("a time is written as the table does, with the offset that it has", () => {
  const noon = Date.UTC(2026, 9, 25, 12, 0, 5, 70);
  const plain = { hoverformat: "%Y-%m-%d %H:%M:%S+09:00" };
  assert.equal(timeText(noon, plain), "2026-10-25 12:00:05+09:00");
  const precise = { hoverformat: "%Y-%m-%d %H:%M:%S.%L-03:30" };
  assert.equal(timeText(noon, precise), "2026-10-25 12:00:05.070-03:30");
  const labelalias = { "2026-10-25 12:00:05+01:00": "2026-10-25 13:00:05+02:00" };
  const two = { hoverformat: "%Y-%m-%d %H:%M:%S+01:00", labelalias };
  assert.equal(timeText(noon, two), "2026-10-25 13:00:05+02:00");
});

/** @returns {*} the parts of a tag in buckets of 10 ms, compared with what was 40 ms before */
function comparedParts(more = {}) {
  const meta = { tag: "D101", part: "before", digits: 1, pieces: [[0, 40, "+09:00"]], ...more };
  const { calcdata } = plot();
  const customdata = [0.25, -1.5, NaN, NaN];
  const before = drawn([0, 10, 20, 30], [0.25, 2.75, undefined, 2], { meta, customdata });
  return partsOf({ calcdata: [...calcdata, before] }).get("D101");
}

test("a row says the value before and the difference with its sign", () => {
  const parts = comparedParts();
  const at = (/** @type {number} */ time) => {
    const { before, delta } = told(parts, time) || {};
    return [before, delta];
  };
  assert.deepEqual(at(0), ["0.3", "+0.3"]);
  assert.deepEqual(at(10), ["2.8", "−1.5"]);
  assert.deepEqual(at(30), ["2.0", ""], "without a number here or there is no difference");
});

test("when the other is of is what its clock read, and is not said of a time it skipped", () => {
  const day = 86_400_000;
  const pieces = [
    [0, -day, "+02:00"],
    [10, null, "+00:00"],
    [30, -day + 3_600_000, "+01:00"],
  ];
  const parts = comparedParts({ pieces });
  const when = [0, 10, 30].map((time) => told(parts, time)?.when);
  assert.deepEqual(when, ["1970-01-02 00:00:00+02:00", "", "1970-01-01 23:00:00+01:00"]);
});

test("what a counter counted is no reading, and is called so", () => {
  assert.equal(told(comparedParts({ counted: true }), 10)?.before, "2.8 counted");
});

test("a value that lies visibly beside the time over its column carries its own", () => {
  const hour = 3_600_000;
  const axis = { range: [0, 5 * hour], r2l: Number, hoverformat: "%Y-%m-%d %H:%M:%S+09:00" };
  assert.equal(ownTime(2 * hour + 9_000, 5 * hour, axis), "02:00:09");
  assert.equal(ownTime(5 * hour, 2 * hour, axis), "05:00");
  assert.equal(ownTime(5 * hour - 60_000, 5 * hour, axis), "", "a minute of five hours");
  assert.equal(ownTime(5 * hour, 5 * hour, axis), "");
  const days = { ...axis, range: [0, 48 * hour] };
  assert.equal(ownTime(hour, 47 * hour, days), "01-01 01:00");
});

test("a time under the cursor has its offset where the window has two", () => {
  const range = [0, 7_200_000];
  const axis = { range, r2l: Number, hoverformat: "%Y-%m-%d %H:%M:%S+01:00" };
  assert.equal(shortTime("2026-10-25 02:30:00+01:00", axis), "02:30");
  const two = { ...axis, labelalias: { "2026-10-25 01:30:00+01:00": "2026-10-25 02:30:00+02:00" } };
  assert.equal(shortTime("2026-10-25 02:30:00+01:00", two), "02:30+01:00");
  assert.equal(shortTime("2026-10-25 02:30:05+02:00", two), "02:30:05+02:00");
});

test("extremes of many digits have a line of their own on a phone, short ones none", () => {
  const of = [
    ["", false],
    ["12.5 – 13.0", false],
    ["123.45 – 123.46", false],
  ];
  const long = [
    ["0.000400816 – 0.000400835", true],
    ["499,999,601 – 499,999,621", true],
  ];
  for (const [range, expected] of [...of, ...long]) assert.equal(isLong(range), expected, range);
});
