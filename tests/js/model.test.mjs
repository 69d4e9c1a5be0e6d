import assert from "node:assert/strict";
import test from "node:test";
import { code, frame, plant, tags } from "./support.mjs";
import * as models from "../../assets/overview/model/model.mjs";

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

test("what was shown of a tag stays known when other tags come", () => {
  const model = plant(["A", "B"], { badge: code("NORMAL") + code("CRITICAL") });
  models.judge(model);
  models.takeTags(model, tags(["B", "C"]));
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
  const before = models.build(model, 0);
  assert.equal(models.build(plant(["B", "A"]), 1), before);
  assert.notEqual(models.build(plant(["A"], {}, { limits: [[1, 2, 3, 4]] }), 0), before);
});
