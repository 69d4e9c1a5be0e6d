import assert from "node:assert/strict";
import test from "node:test";
import { code, frame, plant, tags } from "./support.mjs";
import { takeHour } from "../../assets/overview/model/hour.mjs";
import * as models from "../../assets/overview/model/model.mjs";
import * as known from "../../assets/overview/model/tags.mjs";

test("a tag that stays silent grows late, then stale, and its badge with it", () => {
  const model = plant(["A"]);
  const badges = [0, 31, 91].map((seconds) => {
    model.at = performance.now() - seconds * 1000;
    models.judge(model);
    return model.badges[model.shown[0]];
  });
  assert.deepEqual(badges, ["NORMAL", "LATE", "STALE"]);
});

test("a CRITICAL leads a tag that falls silent for its time, then STALE does", () => {
  const model = plant(["A"], { badge: code("CRITICAL"), alarm: "2" });
  const shown = [0, 31, 91, 86_399, 86_401].map((seconds) => {
    model.at = performance.now() - seconds * 1000;
    models.judge(model);
    return [model.badges[model.shown[0]], models.held(model, 0)];
  });
  assert.deepEqual(shown, [
    ["CRITICAL", ""],
    ["CRITICAL", "old"],
    ["CRITICAL", "old"],
    ["CRITICAL", "old"],
    ["STALE", "was"],
  ]);
});

test("a worse badge that was sent outlasts an age counted on", () => {
  const model = plant(["A"], { badge: code("BAD") });
  model.at = performance.now() - 31_000;
  models.judge(model);
  assert.equal(model.badges[model.shown[0]], "BAD");
});

test("only a badge that changed has turned, any state that changed is told", () => {
  const model = plant(["A", "B"]);
  assert.deepEqual(models.judge(model), { changed: [0, 1], turned: [] });
  assert.deepEqual(models.judge(model), { changed: [], turned: [] });
  models.takeFrame(model, frame(2, { quality: "01" }), 0, performance.now());
  assert.deepEqual(models.judge(model), { changed: [1], turned: [] });
});

test("a worker of the build before, which says nothing of a replica, tells of none behind", () => {
  const model = plant(["A"]);
  const before = frame(1);
  delete before.replica;
  models.takeFrame(model, before, 0, performance.now());
  assert.equal(model.replica, 0);
  models.takeFrame(model, frame(1, { replica: null }), 0, performance.now());
  assert.equal(model.replica, null);
});

test("what was shown of a tag stays known when other tags come", () => {
  const model = plant(["A", "B"], { badge: code("NORMAL") + code("CRITICAL") });
  models.judge(model);
  known.takeTags(model, tags(["B", "C"]));
  assert.deepEqual(
    [...model.shown].map((shown) => model.badges[shown]),
    ["CRITICAL", "NORMAL"],
  );
});

test("a frame of another number of tags is refused", () => {
  assert.throws(() => models.takeFrame(plant(["A"]), frame(2), 0, 0), /2 values for 1 tags/);
});

test("times count back from the frame's second; an answer kept is as old as it was", () => {
  const model = plant(["A", "B"], { age: [7, null] });
  assert.equal(model.time[0], 1_700_000_000_000 - 7_000);
  assert.ok(Number.isNaN(model.time[1]));
  models.takeFrame(model, frame(2), 2_500, performance.now());
  assert.ok(models.now(model) - 1_700_000_002_500 < 1_000);
});

test("a tag is counted in its badge and in every state beside it, once", () => {
  const columns = { badge: code("STALE"), alarm: "2", quality: "1", clock: [0] };
  const model = plant(["A"], columns, { rule_states: [2] });
  models.judge(model);
  const states = ["STALE", "CRITICAL", "SUSPECT", "RULE ERROR", "CLOCK"];
  assert.deepEqual(models.statesOf(model, 0), states);
});

test("reasons are said in words, the rule's fault after them", () => {
  const model = plant(["A"], { reasons: { 0: 3 } }, { rule_notes: { 0: "limits cross" } });
  assert.deepEqual(models.wordsOf(model, 0), ["no number", "out of span", "limits cross"]);
});

test("a card built from the same stays, from another rule it does not", () => {
  const model = plant(["A"]);
  const before = known.build(model, 0);
  assert.equal(known.build(plant(["B", "A"]), 1), before);
  assert.notEqual(known.build(plant(["A"], {}, { limits: [[1, 2, 3, 4]] }), 0), before);
});

test("an age never falls while the time of frames steps back, and a new reading is young", () => {
  const minute = 60_000;
  const model = plant(["A", "B"], { age: [7, 7] });
  const asked = performance.now();
  const told = (now, age, columns = {}) => {
    const body = frame(2, { now: 1_700_000_000_000 + now, age, ...columns });
    models.takeFrame(model, body, 0, asked);
    return [0, 1].map((i) => Math.round(models.ageOf(model, i, model.now) / 1000));
  };
  assert.deepEqual(told(2_000, [9, 9]), [9, 9]);
  for (const step of [minute, 60 * minute, 1440 * minute]) {
    assert.deepEqual(told(2_000 - step, [9 - step / 1000, 0]), [9, 0]);
    assert.equal(model.time[0], 1_700_000_000_000 - 7_000);
  }
  assert.deepEqual(told(4_000, [1, 11]), [1, 11]);
});

test("what the server carried on counts as age, and leaves the time of the reading", () => {
  const model = plant(["A"], { age: [3_607], carried: { 0: 3_600 } });
  models.judge(model);
  assert.equal(model.time[0], 1_700_000_000_000 - 7_000);
  assert.equal(Math.round(models.ageOf(model, 0, model.now) / 1000), 3_607);
  assert.equal(model.badges[model.shown[0]], "STALE");
});

test("other tags change nothing about the age of those that stay", () => {
  const model = plant(["A", "B"], { age: [7, 3_607], carried: { 1: 3_600 } });
  known.takeTags(model, tags(["B", "C"]));
  models.takeFrame(model, frame(2, { age: [7, 7] }), 0, performance.now());
  const old = [0, 1].map((i) => Math.round(models.ageOf(model, i, model.now) / 1000));
  assert.deepEqual(old, [3_607, 7]);
});

test("that the computer slept is believed until the next answer", () => {
  const model = plant(["A"], { age: [7] });
  const age = () => Math.floor(models.ageOf(model, 0, models.now(model)) / 1000);
  models.slept(model, 3_600_000);
  assert.equal(age(), 3_607);
  models.takeFrame(model, frame(1, { age: [7] }), 0, performance.now());
  assert.equal(age(), 7);
});

test("a frame of the same time as before, or an earlier one, is no news; one that fails is", () => {
  const model = plant(["A"]);
  const at = (now, more = {}) => models.isLater(model, { ...frame(1, { now }), ...more });
  const now = 1_700_000_000_000;
  assert.deepEqual([at(now), at(now - 1), at(now + 1)], [false, false, true]);
  assert.equal(at(now, { error: "historian_lost" }), true);
  assert.equal(models.isLater(known.create({}), frame(0)), true);
});

test("the hours of a day move on, and what passed without an answer is not known", () => {
  const model = plant(["A", "B"]);
  const hour = Math.floor(model.now / 3_600_000) * 3_600_000;
  const answer = { newest: model.now, names: ["B"], lines: [[]], days: ["NWC"], last_hour: hour };
  takeHour(model, answer);
  assert.deepEqual(model.days, [null, "NWC"]);
  takeHour(model, { ...answer, last_hour: hour - 2 * 3_600_000 });
  assert.deepEqual(model.days, [null, "C--"]);
  takeHour(model, { ...answer, days: [], last_hour: null });
  assert.deepEqual(model.days, [null, null]);
});

test("an answer without lines leaves those that were shown, and says why", () => {
  const model = plant(["A"]);
  const answer = { newest: model.now, names: ["A"], lines: [[]], days: ["N"], last_hour: null };
  assert.equal(takeHour(model, answer), true);
  const { hour, hourAt } = model;
  assert.equal(takeHour(model, { error: "historian_busy" }), false);
  assert.deepEqual([model.hour, model.hourAt], [hour, hourAt]);
  assert.equal(model.hourTrouble.error, "historian_busy");
  takeHour(model, answer);
  assert.equal(model.hourTrouble, null);
});

test("of a long name that ends as another does it is known where the two differ", () => {
  const bearing = (/** @type {string} */ pump) => `TRAIN-B/${pump}/MOTOR-BEARING-TEMPERATURE-A`;
  const names = [bearing("PUMP-201"), "D100", bearing("PUMP-202"), "TRAIN-B/INLET-TEMPERATURE-A"];
  assert.deepEqual(known.toldAfter(names), [16, 0, 16, 13]);
  assert.deepEqual(
    known.toldAfter([bearing("PUMP-201"), "A quite other long name of a tag"]),
    [0, 0],
  );
});
