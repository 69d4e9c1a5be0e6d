import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import * as builds from "../../assets/overview/kiosk/builds.mjs";
import * as fitting from "../../assets/overview/kiosk/fitting.mjs";

const WALL = { width: 173, room: 86, row: true };
const range = (count) => Array.from({ length: count }, (_, i) => i);
const all = (count, name = null) => [{ name, tags: range(count) }];

/** @returns the widths of so many tags of five letters and five digits */
const widths = (count, other = {}) =>
  new Map(range(count).map((i) => [i, { name: 3.5, value: 3.2, unit: 1.5, ...other[i] }]));

/** @returns the layout of so many such tags in no groups */
const laid = (count, other) => fitting.layout(all(count), widths(count, other), WALL);

test("few tags grow, many lose the curve, then the change, and none loses name or value", () => {
  const kinds = [1, 4, 10, 24, 60].map((count) => laid(count).kind.name);
  assert.deepEqual(kinds, ["full", "full", "full", "plain", "small"]);
  const scales = [1, 4, 10].map((count) => laid(count).scale);
  assert.ok(scales[0] > scales[1] && scales[1] > scales[2] && scales[2] >= 0.93, scales.join());
});

test("every tag stands on one screenful, whatever their number and widths", () => {
  for (const count of [1, 2, 3, 7, 10, 13, 30, 60, 61, 299, 1000]) {
    const other = { 0: { name: 20 }, 5: { value: 14 }, 6: { unit: 9 } };
    const { screens, columns, spans } = laid(count, other);
    const tags = screens.flatMap((lines) => lines.flatMap((line) => line.tags));
    assert.deepEqual(tags, range(count));
    for (const line of screens.flat()) {
      const places = line.tags.map((i) => spans.get(i) ?? 1);
      assert.ok(places.reduce((sum, each) => sum + each, 0) <= columns);
    }
  }
});

test("no text is lower than a sixtieth of the screen, no value than a thirtieth", () => {
  for (const count of [1, 10, 24, 60, 1000]) {
    const layout = laid(count, { 3: { value: 30, name: 40 } });
    const { kind, scale, spans } = layout;
    for (const [i, width] of widths(count, { 3: { value: 30, name: 40 } })) {
      const { value } = fitting.steps(width, layout, spans.get(i) ?? 1);
      assert.ok(value * kind.value * scale >= fitting.LEAST_VALUE - 1e-9);
    }
    assert.ok(kind.unit * scale >= fitting.LEAST);
    assert.ok(kind.title * fitting.SMALLER * scale >= fitting.LEAST);
  }
});

test("sixty tags fit on one screenful, and five hundred on nine", () => {
  assert.equal(laid(60).screens.length, 1);
  assert.equal(laid(500).screens.length, 9);
});

test("a line of text that comes above takes a line of cards, not their size", () => {
  const lower = fitting.layout(all(300), widths(300), { ...WALL, room: 76 });
  assert.equal(lower.scale, 1);
  assert.ok(lower.screens.length > laid(300).screens.length);
});

test("groups begin a line each, and a heading stands on every screenful of theirs", () => {
  const groups = ["A", "B", "C"].map((name, k) => ({ name, tags: range(4).map((i) => 4 * k + i) }));
  const lines = fitting.lines(groups, 3, () => 1);
  assert.deepEqual(
    lines.map(({ group, tags, first }) => [group.name, tags.length, first]),
    ["A", "B", "C"].flatMap((name) => [
      [name, 3, true],
      [name, 1, false],
    ]),
  );
  const row = 10;
  const two = 2 * row + fitting.HEADING;
  assert.deepEqual(
    fitting.screenfuls(lines, two, row).map((screen) => screen.length),
    [2, 2, 2],
  );
  // One line less high, and the second has no room; one screenful holds a line at least.
  assert.equal(fitting.screenfuls(lines, two - 1, row).length, 6);
  assert.equal(fitting.screenfuls(lines, 1, row).length, 6);
  assert.deepEqual(fitting.screenfuls([], two, row), [[]]);
});

test("a value or name that is too long for a place takes two, at most the whole line", () => {
  const layout = laid(300, { 7: { value: 8 }, 8: { name: 30 }, 9: { value: 500 } });
  assert.equal(layout.spans.get(7), 2);
  assert.ok(layout.spans.get(8) >= 2);
  assert.equal(layout.spans.get(9), layout.columns);
  assert.equal(layout.spans.get(6), undefined);
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
