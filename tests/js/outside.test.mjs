/** Bars of excursions: at their instants, whatever clock a chart has. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";

const { begin, move, show } = await import("../../assets/chart/outside.mjs");
const spans = await import("../../assets/chart/spans.mjs");

const HOUR = 3_600_000;
const bar = { tag: "A", mark: "●", start: 10 * HOUR, stop: 11 * HOUR, critical: false };

/** @returns when the bars lie by the clock of the chart [h] */
const placed = (name = "chart__outside") =>
  spans.shown(name).map(({ start, stop }) => [start / HOUR, stop / HOUR]);

test("bars stay at their instants where the clock of a chart is another one", () => {
  show([bar, { ...bar, critical: true }]);
  assert.deepEqual(placed(), [[10, 11]]);
  move(540);
  assert.deepEqual(placed(), [[19, 20]]);
  assert.deepEqual(placed("chart__outside chart__outside--critical"), [[19, 20]]);
  show([{ ...bar, start: 9 * HOUR }]);
  assert.deepEqual(placed(), [[18, 20]]);
  move(-210);
  assert.deepEqual(placed(), [[5.5, 7.5]]);
});

test("bars of a page before are not of the chart of the next one", () => {
  show([bar]);
  spans.begin();
  begin();
  move(60);
  assert.deepEqual(placed(), []);
});

/** Three lines: two of one unit, a third on an axis over theirs, or in a lane of its own. */
const plot = (/** @type {number[]} */ domain) => ({
  _fullData: [
    { meta: { tag: "A", part: "line" }, yaxis: "y" },
    { meta: { tag: "B", part: "line" }, yaxis: "y" },
    { meta: { tag: "C", part: "line" }, yaxis: "y2" },
  ],
  _fullLayout: { yaxis: { domain: [0.5, 1] }, yaxis2: { domain } },
});

test("bars of tags that share a lane hide none of one another, and say whose they are", () => {
  const [b, c] = [
    { ...bar, tag: "B", mark: "■" },
    { ...bar, tag: "C", mark: "▲", critical: true },
  ];
  show([b, c]);
  const over = plot([0.5, 1]);
  assert.deepEqual(spans.beside(over, b), { mark: "■", down: 0 });
  assert.deepEqual(spans.beside(over, c), { mark: "▲", down: 11 });
  const apart = plot([0, 0.4]);
  assert.deepEqual(spans.beside(apart, b), { mark: "■", down: 0 }, "A may be meant in its lane");
  assert.deepEqual(spans.beside(apart, c), { mark: "", down: 0 }, "no other line is in this lane");
});
