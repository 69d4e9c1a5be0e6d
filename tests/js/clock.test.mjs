import assert from "node:assert/strict";
import test from "node:test";
import { props } from "./support.mjs";
import { Clock, pace, patience, rest } from "../../assets/clock.mjs";

const options = (ask) => ({ period: 10_000, ask, show: () => undefined, random: () => 0.5 });

test("failures rest longer and longer, with jitter around the step", () => {
  const found = [1, 2, 3, 4, 5].map((strikes) => rest(strikes, () => 0.5));
  assert.deepEqual(found, [10_000, 20_000, 40_000, 60_000, 60_000]);
  const ends = [rest(1, () => 0), rest(1, () => 1)];
  assert.deepEqual(ends.map(Math.round), [8_000, 12_000]);
  const jittered = [1, 2, 3, 4, 5].map((strikes) => rest(strikes, () => 0) / 0.8);
  assert.deepEqual(jittered.map(Math.round), [10_000, 20_000, 40_000, 60_000, 60_000]);
});

test("a request has as long as three and a half periods, between 15 s and a minute", () => {
  assert.deepEqual([2_000, 10_000, 300_000].map(patience), [15_000, 35_000, 60_000]);
});

test("the next tick comes a period after the last, later where answers are slow", () => {
  const cases = [
    [10_000, 0, true, 200, 9_800],
    [10_000, 0, true, 9_000, 5_000], // at least half a period of peace for the server
    [2_000, 1, true, 3_000, 3_000], // slow: as long as the answer took
    [2_000, 2, true, 50_000, 20_000], // slow: no longer than after a failure
    [2_000, 1, false, 10, 10_000],
    [300_000, 1, false, 10, 300_000], // a failure never makes the refresh quicker
    [300_000, 9, false, 10, 300_000],
  ];
  for (const [period, strikes, ok, took, due] of cases) {
    assert.equal(
      pace({ period, strikes }, ok, took, () => 0.5),
      due,
    );
  }
});

test("one request at a time: a wish during one is fulfilled right after it", async () => {
  const answers = [];
  const clock = new Clock(
    "t1",
    options(() => new Promise((resolve) => answers.push(resolve))),
  );
  clock.tick();
  clock.tick();
  clock.now();
  assert.equal(answers.length, 1);
  assert.equal(props.t1.disabled, true);
  answers[0](true);
  await new Promise(setImmediate);
  assert.equal(answers.length, 2);
  clock.stop();
});

test("a failed request is a strike, an answer takes it back", async () => {
  let fails = true;
  const warn = console.warn;
  console.warn = () => undefined;
  const clock = new Clock(
    "t2",
    options(async () => {
      if (fails) throw new Error("gone");
      return true;
    }),
  );
  await clock.tick();
  assert.deepEqual([clock.state.strikes, clock.state.delay], [1, 10_000]);
  fails = false;
  await clock.tick();
  assert.equal(clock.state.strikes, 0);
  console.warn = warn;
  clock.stop();
});

test("a pause drops the request under way, and what it would have said", async () => {
  let signal = null;
  const ask = (given) =>
    new Promise((_, reject) => {
      signal = given;
      given.addEventListener("abort", () => reject(new Error("aborted")));
    });
  const clock = new Clock("t3", options(ask));
  const ticked = clock.tick();
  clock.pause(true);
  await ticked;
  assert.equal(signal.aborted, true);
  assert.deepEqual([clock.state.strikes, clock.state.inFlight], [0, false]);
  assert.equal(props.t3.disabled, true);
  clock.stop();
});

test("silence is worth a word after three and a half periods, and a sleep counts", () => {
  const clock = new Clock(
    "t4",
    options(async () => true),
  );
  assert.equal(clock.silence(), 0);
  clock.state.inFlight = true; // nothing is asked for anew
  clock.slept(36_000);
  assert.ok(clock.silence() >= 36_000);
  clock.state.paused = true;
  assert.equal(clock.silence(), 0);
  clock.stop();
});

test("answers that tell nothing new are a silence after three and a half periods", async () => {
  let isNews = true;
  const clock = new Clock(
    "t5",
    options(async (_signal, heard) => {
      heard(isNews);
      return true;
    }),
  );
  await clock.tick();
  isNews = false;
  clock.state.answered -= 34_000;
  clock.watched -= 34_000;
  await clock.tick();
  assert.equal(clock.silence(), 0);
  clock.state.answered -= 1_100;
  clock.watched -= 1_100;
  await clock.tick();
  assert.ok(clock.silence() > 35_000);
  assert.equal(clock.state.heard, true);
  isNews = true;
  await clock.tick();
  assert.equal(clock.silence(), 0);
  clock.stop();
});
