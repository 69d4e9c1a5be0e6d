/** What the curve of the last eight hours draws. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { edge, paths } from "../../assets/overview/view/eight.mjs";

const STEP = 120000;
const frame = { low: 0, high: 360, start: 0, stop: 8 * STEP, width: 640 };

/** The letters of the line: M begins anew, L and H go on. */
const drawn = (mean, kind, times) => {
  const at = times || mean.map((_each, k) => k * STEP);
  return paths(frame, { at, mean, low: mean, high: mean }, kind)[1].replace(/[^MLHV]/g, "");
};

test("an angle is not drawn the long way round, and a value is drawn however far it goes", () => {
  assert.equal(drawn([350, 359.8, 0.1, 10], "angle"), "MLML");
  assert.equal(drawn([350, 359.8, 0.1, 10], "value"), "MLLL");
  assert.equal(drawn([10, 189, 10], "angle"), "MLL");
});

test("a gap is not drawn over, nor what was before the eight hours", () => {
  assert.equal(drawn([1, 2, 3], "value", [0, STEP, 5 * STEP]), "MLM");
  assert.equal(drawn([1, 2, 3], "value", [-STEP, 0, STEP]), "ML");
  assert.equal(drawn([1, null, 0], "state"), "MHV");
});

test("the axis ends now, however long the tag is silent, and not before its last bucket", () => {
  const model = (/** @type {number} */ now) => ({ now, at: performance.now() });
  const hour = 3_600_000;
  assert.ok(edge(model(10 * hour), { at: [2 * hour] }) >= 10 * hour);
  assert.equal(edge(model(NaN), { at: [2 * hour] }), 2 * hour + 150_000);
  assert.equal(edge(model(hour), { at: [2 * hour] }), 2 * hour + 150_000);
});
