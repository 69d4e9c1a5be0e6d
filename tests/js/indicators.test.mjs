/** Switches of indicators: what the address says of them, what is seen, what each tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import "./support.mjs";
import { change, said, told } from "../../assets/chart/indicators.mjs";

/** @param {Record<string, [boolean, boolean]>} all whether each is on, and whether that is usual */
const switches = (all) =>
  Object.entries(all).map(([name, [isOn, isUsual]]) => ({ name, isOn, isUsual }));

test("the address says nothing of the usual indicators, and has a word for none", () => {
  const usual = { avg: [true, true], ema_20: [false, false] };
  assert.equal(said(switches(/** @type {*} */ (usual))), null);
  assert.equal(said(switches({ avg: [true, true], ema_20: [true, false] })), "avg,ema_20");
  assert.equal(said(switches({ avg: [false, true], ema_20: [false, false] })), "none");
});

/** @returns {*} a plot in which the slope and the EMA are off */
const plot = () => ({
  data: [
    { meta: { part: "gap" } },
    { meta: { indicator: "avg" } },
    { meta: { indicator: "ema_20" }, visible: false },
    { meta: { indicator: "slope" }, visible: false },
  ],
  layout: {
    meta: {
      slope: {
        on: { "yaxis.domain": [0.3, 1], "meta.height": 500 },
        off: { "yaxis.domain": [0, 1], "meta.height": 400 },
      },
    },
    annotations: [{ text: "bar" }, { name: "slope" }, { name: "avg" }],
  },
});

test("nothing is changed where the figure shows what is switched on", () => {
  assert.equal(change(plot(), new Set(["avg"])), null);
});

test("what is switched on is seen with its name, and the lane of the slope has its room", () => {
  assert.deepEqual(change(plot(), new Set(["slope"])), {
    traces: [1, 2, 3],
    style: { visible: [true, false, true], opacity: [0, 1, 1] },
    layout: {
      "yaxis.domain": [0.3, 1],
      "annotations[1].visible": true,
      "annotations[2].visible": false,
    },
    height: 500,
  });
});

/** @param {number[]} values @param {number} digits @param {number[]} [beside] @returns {*} */
const trace = (values, digits, beside) => ({
  meta: { digits, more: 2 },
  customdata: beside,
  points: values.flatMap((y, i) => (Number.isNaN(y) ? [] : [{ x: i * 10, y, i }])),
});

const PARTS = {
  line: trace([1, 2, 3], 1),
  sma_10: trace([NaN, 1.25, 2], 2),
  lower: trace([NaN, 1, 1], 1),
  upper: trace([NaN, 2, 3], 1),
  middle: trace([NaN, 1.5, 2], 1, [NaN, 0.25, 0.5]),
  slope: trace([-4, 0, 1234.5], 1, [0.5, 1, 0.9]),
};
const LABEL = { name: "n", width: "10 min", of: "10 × 1 min", text: "t", glyph: "─" };

test("an indicator is told at the moment of the cursor alone, not by its nearest value", () => {
  assert.equal(told("sma_10", PARTS, 10, LABEL, "bar").value, "1.25");
  assert.equal(told("sma_10", PARTS, 0, LABEL, "bar").value, "");
  assert.equal(told("ema_20", PARTS, 10, LABEL, "bar").value, "");
  assert.equal(told("avg", PARTS, NaN, LABEL, "bar").value, "");
});

test("a band tells both of its ends and its sigma", () => {
  const here = told("bollinger", PARTS, 20, LABEL, "bar");
  assert.deepEqual(here, { value: "1.0 – 3.0", of: "10 × 1 min", more: "0.50" });
  assert.equal(told("bollinger", PARTS, 0, LABEL, "bar").value, "");
});

test("a slope has its sign, its unit per hour, and how much it explains", () => {
  const at = (/** @type {number} */ time) => told("slope", PARTS, time, LABEL, "bar");
  assert.equal(at(20).value, "+1,234.5");
  assert.equal(at(10).value, "0.0");
  assert.equal(at(0).value, "−4.0");
  assert.equal(at(0).of, "bar/h · R² 0.50 · 10 × 1 min");
  assert.equal(told("slope", PARTS, 5, LABEL, "").of, "1/h · 10 × 1 min");
});
