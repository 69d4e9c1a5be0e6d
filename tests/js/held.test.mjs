/** Since when a state is what it is, and its starts: said while nothing newer says otherwise. */
import assert from "node:assert/strict";
import test from "node:test";
import { code, frame, plant } from "./support.mjs";
import { long } from "../../assets/overview/model/format.mjs";
import { startsText } from "../../assets/overview/model/texts.mjs";
import { takeHour } from "../../assets/overview/model/hour.mjs";
import * as models from "../../assets/overview/model/model.mjs";
import { sinceStamp, sinceTexts } from "../../assets/overview/model/texts.mjs";

const NOW = 1_700_000_000_000;
const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];
const LAST_HOUR = Math.floor(NOW / HOUR) * HOUR;
const WORDS = { kinds: ["state"], states: [{ 0: "off", 1: "on" }] };

/** A pump that is on, of which this was counted up to now. */
function pump(held, columns = {}, answer = {}) {
  const model = plant(["P"], { value: [1], ...columns }, WORDS);
  models.judge(model);
  counted(model, held, answer);
  return model;
}

function counted(model, held, answer = {}) {
  const lines = { newest: model.now, names: ["P"], lines: [[]], days: [], by_hour: {}, arcs: {} };
  const when = { last_hour: LAST_HOUR, held_at: NOW };
  takeHour(model, { ...lines, ...when, held: held ? { 0: held } : {}, ...answer });
}

/** The next frame, so many seconds after the first. */
function tick(model, seconds, value, columns = {}) {
  const now = NOW + seconds * SECOND;
  models.takeFrame(model, frame(1, { now, value: [value], ...columns }), 0, performance.now());
  models.judge(model);
}

const said = (model, later = 0) => [
  ...sinceTexts(model, 0, NOW + later),
  startsText(model, 0, NOW + later),
];
const NOTHING = ["", "", ""];

test("since when and how often, counting on by itself", () => {
  const model = pump([1, 3, NOW - 202 * MINUTE]);
  assert.deepEqual(said(model), ["since 03:51", "3 h 22 min", "3 starts in 24 h"]);
  assert.deepEqual(said(model, MINUTE), ["since 03:51", "3 h 23 min", "3 starts in 24 h"]);
  assert.equal(sinceStamp(model, 0), "2023-11-15 03:51:20");
  assert.equal(startsText(pump([1, 1, NOW]), 0, NOW), "1 start in 24 h");
});

test("longer than the hours reach, not known, and no starts are told apart", () => {
  const reach = Math.floor((NOW - LAST_HOUR) / HOUR) + 23;
  assert.deepEqual(said(pump([1, 0, null])), ["for more than", reach + " h", "0 starts in 24 h"]);
  assert.deepEqual(said(pump([1, 2])), ["", "", "2 starts in 24 h"]);
  assert.deepEqual(said(pump([1, null, NOW - MINUTE])).slice(1), ["1 min", ""]);
  assert.deepEqual(said(pump(null)), NOTHING);
});

test("a newer value silences what was counted, also when it is the old one again", () => {
  const model = pump([1, 3, NOW - HOUR]);
  tick(model, 10, 0);
  assert.deepEqual(said(model, 10 * SECOND), NOTHING);
  tick(model, 20, 1);
  assert.deepEqual(said(model, 20 * SECOND), NOTHING);
  counted(model, [1, 3, NOW - HOUR], { held_at: NOW + 15 * SECOND });
  assert.deepEqual(said(model, 20 * SECOND), NOTHING, "counted before it turned");
  counted(model, [1, 4, NOW + 20 * SECOND], { held_at: NOW + 25 * SECOND });
  assert.deepEqual(said(model, 80 * SECOND), ["since 07:13", "1 min", "4 starts in 24 h"]);
});

test("nothing is claimed of now where the reading is old, BAD or of a clock ahead", () => {
  const held = [1, 3, NOW - HOUR];
  const late = pump(held, { badge: code("LATE"), freshness: "1", age: [40] });
  assert.deepEqual(said(late), ["was", "normal", ""]);
  assert.deepEqual(said(pump(held, { badge: code("BAD"), quality: "2" }))[2], "");
  assert.deepEqual(said(pump(held, { badge: code("CLOCK"), clock: [0] }))[2], "");
  assert.deepEqual(said(pump(held), 6 * MINUTE), NOTHING, "nobody counted since");
});

test("an alarm has its own time", () => {
  const columns = { badge: code("CRITICAL"), alarm: "2", crossed: { 0: [3, 1, NOW - MINUTE] } };
  const model = pump([1, 3, NOW - HOUR], columns);
  assert.deepEqual(sinceTexts(model, 0, NOW), ["since 07:12", "1 min"]);
});

test("what was counted stands under its tag where others came meanwhile", () => {
  const model = plant(["A", "P"], { value: [5, 1] }, { kinds: ["value", "state"] });
  models.judge(model);
  counted(model, [1, 2, NOW - HOUR]);
  assert.deepEqual(Object.keys(model.held), ["1"]);
  assert.equal(startsText(model, 1, NOW), "2 starts in 24 h");
});

test("lengths of time have two units from an hour on", () => {
  const lengths = [8 * SECOND, 39 * MINUTE, HOUR, HOUR + 59 * SECOND, 202 * MINUTE, 53.5 * HOUR];
  const texts = ["8 s", "39 min", "1 h", "1 h", "3 h 22 min", "2 d 5 h"];
  assert.deepEqual(lengths.map(long), texts);
});
