import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import * as builds from "../../assets/overview/kiosk/builds.mjs";
import {
  FLOOR,
  SCALES,
  largest,
  linesOf,
  screenfuls,
} from "../../assets/overview/kiosk/fitting.mjs";

test("the largest scale that fits is found for every wall, in few tries", () => {
  for (const most of SCALES) {
    let tries = 0;
    const found = largest((size) => (tries += 1) && size <= most);
    assert.equal(found, most);
    assert.ok(tries <= 8, `${tries} tries for ${most}`);
  }
});

test("where nothing fits the smallest is taken, and nothing else is tried", () => {
  const tried = [];
  assert.equal(
    largest((size) => tried.push(size) < 0),
    FLOOR,
  );
  assert.deepEqual(tried, [FLOOR]);
});

test("a screenful holds as many whole lines as fit, and every line stands in one", () => {
  const lines = [
    [0, 100],
    [110, 210],
    [220, 320],
    [330, 430],
  ];
  assert.deepEqual(screenfuls(lines, 210), [
    [0, 210],
    [220, 430],
  ]);
  assert.deepEqual(screenfuls(lines, 209).length, 4);
  assert.deepEqual(screenfuls(lines, 50).length, 4);
  assert.deepEqual(screenfuls([], 50), []);
});

test("lines of a block share its height, the space between them even", () => {
  assert.deepEqual(linesOf([10, 130], 3, 30), [
    [10, 40],
    [55, 85],
    [100, 130],
  ]);
  assert.deepEqual(linesOf([10, 40], 1, 30), [[10, 40]]);
});

test("a wall reloads by itself once another build has come to stay", () => {
  const state = builds.create();
  const answers = ["b2", "b1", "b2", "b2", "b2"];
  const reloads = answers.map((build) => builds.answered(state, build, true, 61_000));
  assert.deepEqual(reloads, [false, false, false, false, true]);
  assert.equal(builds.answered(state, "b2", true, 59_000), false, "at most once a minute");
  assert.equal(state.newer, false);
});

test("a viewer is told of another build at once, and reloads by a button", () => {
  const state = builds.create();
  assert.equal(builds.answered(state, "b1", false, 0), false);
  assert.equal(state.newer, false);
  assert.equal(builds.answered(state, "b2", false, 1e9), false);
  assert.equal(state.newer, true);
});
