/** What a card says of a value and its change, by the kind of the tag. */
import assert from "node:assert/strict";
import test from "node:test";
import { plant } from "./support.mjs";
const { deltaTexts, deltaTitle, valueText } = await import("../../assets/overview/model/texts.mjs");

const { stateWords, steps } = await import("../../assets/overview/view/kinds.mjs");

const NAMES = ["value", "state", "angle", "counter"];
const model = (columns) =>
  plant(
    NAMES,
    { digits: "baaa", ...columns },
    {
      kinds: NAMES,
      units: ["bar", "", "°", "m³"],
      states: [null, { 0: "off", 1: "on" }, null, null],
    },
  );

test("a change carries its sign, and none is plus or minus nothing", () => {
  const found = [6.1, -88, 0].map((delta) =>
    deltaTexts(model({ value: [5, 1, 15, 9], delta: [delta, null, 30, 3] }), 0),
  );
  const signs = found.map(([size]) => size);
  assert.deepEqual(signs, ["+6.1", "−88.0", "±0.0"]);
});

test("a state is a word and has no change", () => {
  const some = model({ value: [5, 1, 15, 9], delta: [1, null, 30, 3] });
  assert.equal(valueText(some, 1), "on");
  assert.equal(valueText(model({ value: [5, 2, 15, 9] }), 1), "2");
  assert.deepEqual(deltaTexts(some, 1), ["", ""]);
  assert.equal(deltaTitle(some, 1), null);
});

test("an angle came the short way round, and has no share of a span", () => {
  const some = model({ value: [5, 1, 15, 9], delta: [1, null, 30, 3] });
  assert.deepEqual(deltaTexts(some, 2), ["+30", "· 1 h"]);
  assert.equal(deltaTitle(some, 2), "Against the newest good reading 1 h ago: 345 → 15 °");
  const below = model({ value: [5, 1, -170, 9], delta: [1, null, 20, 3] });
  assert.equal(deltaTitle(below, 2), "Against the newest good reading 1 h ago: 170 → −170 °");
  assert.deepEqual(deltaTexts(some, 0), ["+1.0", "· 1 h"]);
  assert.match(deltaTitle(some, 0), / 1 h ago: 4\.0 → 5\.0 bar · 1\.0% of span/);
});

test("a counter has every digit before the point, and says that it was reset", () => {
  const counted = { value: [5, 1, 15, 123456789.25], delta: [1, null, 30, 1234567] };
  assert.equal(valueText(model(counted), 3), "123,456,789");
  const some = model({ ...counted, digits: "baac" });
  assert.equal(valueText(some, 3), "123,456,789.25");
  assert.deepEqual(deltaTexts(some, 3), ["+1,234,567.00", "· 1 h"]);
  const anew = model({ value: [5, 1, 15, 7], delta: [1, null, 30, null], reset: [3] });
  assert.deepEqual(deltaTexts(anew, 3), ["reset", "· 1 h"]);
});

test("a day names every state: the least below, all others above it, the greatest first", () => {
  const words = (states) => stateWords({ states: [states] }, 0);
  assert.deepEqual(words({ 0: "STOP", 1: "RUN" }), ["STOP", "RUN"]);
  assert.deepEqual(words({ 0: "STOP", 1: "RUN", 2: "TRIP" }), ["STOP", "TRIP / RUN"]);
  assert.deepEqual(words({ 1: "LOW", 2: "HIGH" }), ["LOW", "HIGH"]);
  assert.deepEqual(words({ 0: "STOP" }), ["STOP", ""]);
  assert.deepEqual(words({ 1: "RUN" }), ["", "RUN"]);
  assert.deepEqual(words({ "-1": "REVERSE", 0: "STOP", 1: "RUN" }), ["REVERSE", "RUN / STOP"]);
  assert.deepEqual(
    [words({}), words(null)],
    [
      ["0", "1"],
      ["0", "1"],
    ],
  );
});

test("two states of one tag have two heights, and an hour of both shows both", () => {
  const [high, low] = steps([[1], [2], [0], null, [1, 2], [5]], [0, 1, 2]);
  const tops = [...high.matchAll(/M([\d.]+),([\d.]+)h([\d.]+)/g)].map((each) => each.slice(1));
  const [run, trip] = [tops[0][1], tops[1][1]];
  assert.ok(Number(trip) < Number(run), "higher up");
  assert.deepEqual(
    tops.map(([, top]) => top),
    [run, trip, run, trip, trip],
  );
  assert.ok(Math.abs(2 * tops[2][2] - tops[0][2]) < 0.02, "half an hour each");
  assert.equal(low.split("M").length, 2, "one line, where it was 0");
});

test("on and off in one hour is half, over a line", () => {
  const [high, low] = steps([1, 0, 0.5], [0, 1]);
  assert.equal(high.split("M").length, 3);
  assert.equal(low.split("M").length, 3);
});
