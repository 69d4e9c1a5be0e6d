/** What the curve of the last eight hours draws. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { edge, levelTexts, paths } from "../../assets/overview/view/eight.mjs";

const STEP = 120000;
const frame = { low: 0, high: 360, start: 0, stop: 8 * STEP, width: 640, left: 56 };

/** The letters of the line: M begins anew, L and H go on. */
const drawn = (mean, kind, times, gap = 30) => {
  const at = times || mean.map((_each, k) => k * STEP);
  return paths(frame, { at, mean, low: mean, high: mean }, kind, gap)[1].replace(/[^MLHV]/g, "");
};

test("an angle is not drawn the long way round, and a value is drawn however far it goes", () => {
  assert.equal(drawn([350, 359.8, 0.1, 10], "angle"), "MLML");
  assert.equal(drawn([350, 359.8, 0.1, 10], "value"), "MLLL");
  assert.equal(drawn([10, 189, 10], "angle"), "MLL");
});

test("a gap is not drawn over, nor what was before the eight hours", () => {
  assert.equal(drawn([1, 2, 3], "value", [0, STEP, 5 * STEP]), "MLM");
  assert.equal(drawn([1, 2, 3], "value", [-STEP, 0, STEP]), "ML");
  assert.equal(drawn([1, null, 0], "state", undefined, 120), "MHV");
});

test("the line of a slow tag breaks where its rule says so, and not at each empty bucket", () => {
  const tens = [0, 5 * STEP, 10 * STEP, 30 * STEP];
  assert.equal(drawn([1, 2, 3, 4], "value", tens, 1800), "MLLM");
  assert.equal(drawn([1, 2, 3, 4], "value", tens, 300), "MMMM");
  assert.equal(drawn([1, 2], "value", [0, STEP], NaN), "ML");
});

test("numbers at the axis have the decimals of its steps, words of a state are whole", () => {
  const model = { states: [null, { 2: "Running automatically" }], kinds: ["value", "state"] };
  const numbers = (/** @type {number[]} */ ...all) => levelTexts(model, 0, all);
  assert.deepEqual(numbers(0, 100, 200), ["0", "100", "200"]);
  assert.deepEqual(numbers(0.5, 1, 1.5), ["0.5", "1.0", "1.5"]);
  assert.deepEqual(numbers(4e-7, 5e-7), ["0.0000004", "0.0000005"]);
  assert.deepEqual(levelTexts(model, 1, [2]), ["Running automatically"]);
});

test("the axis ends now, however long the tag is silent, and not before its last bucket", () => {
  const model = (/** @type {number} */ now) => ({ now, at: performance.now() });
  const hour = 3_600_000;
  assert.ok(edge(model(10 * hour), { at: [2 * hour] }) >= 10 * hour);
  assert.equal(edge(model(NaN), { at: [2 * hour] }), 2 * hour + 150_000);
  assert.equal(edge(model(hour), { at: [2 * hour] }), 2 * hour + 150_000);
});
