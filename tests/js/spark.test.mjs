/** What a sparkline draws. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { limitPath } from "../../assets/overview/view/spark.mjs";

const series = (low, high) => ({ low, high, mean: " ".repeat(60), min: "", max: "", bad: "" });

test("a limit is drawn where it lies within the hour", () => {
  assert.equal(limitPath(series(0, 63), [null, 0, 21, 63]), "M0,42.0H59");
});

test("an hour of which every reading is left out has no limit", () => {
  assert.equal(limitPath(series(NaN, NaN), [null, null, 50, null]), "");
  assert.equal(limitPath(series(7, 7), [null, null, 7, null]), "");
});
