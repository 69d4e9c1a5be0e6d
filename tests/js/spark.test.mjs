/** What a sparkline draws. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { limitPath, meanPath } from "../../assets/overview/view/spark.mjs";

const series = (low, high) => ({ low, high, mean: " ".repeat(60), min: "", max: "", bad: "" });

test("a limit is drawn where it lies within the hour", () => {
  assert.equal(limitPath(series(0, 63), [null, 0, 21, 63]), "M0,42.0H59");
});

test("an hour of which every reading is left out has no limit", () => {
  assert.equal(limitPath(series(NaN, NaN), [null, null, 50, null]), "");
  assert.equal(limitPath(series(7, 7), [null, null, 7, null]), "");
});

test("the line of a slow tag breaks where its rule says, and where readings are left out", () => {
  const line = (/** @type {string} */ mean, /** @type {number} */ gap, bad = "") =>
    meanPath({ low: 0, high: 63, mean, min: mean, max: mean, bad }, "value", gap);
  assert.equal(line("A    A A", 300), "M0,63L5,63L7,63");
  assert.equal(line("A    A A", 200), "M0,63h.6M5,63L7,63");
  assert.equal(line("AA A", 30), "M0,63L1,63M3,63h.6");
  assert.equal(line("AA", NaN), "M0,63L1,63");
  assert.equal(line("A A", 300, " x "), "M0,63h.6M2,63h.6");
});
