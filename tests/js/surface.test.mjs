import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { showColumns, time } from "../../assets/chart/surface.mjs";

/** @returns a grid without columns, and what gives it some */
function bare() {
  const seen = {};
  const [listeners, written] = [[], []];
  const api = {
    isDestroyed: () => false,
    addEventListener: (name, listener) => name === "newColumnsLoaded" && listeners.push(listener),
    getColumn: (name) =>
      name in seen ? { isVisible: () => seen[name], getActualWidth: () => 1 } : null,
    setColumnsVisible: (names, isSeen) => names.forEach((name) => (seen[name] = isSeen)),
    applyColumnState: () => undefined,
    getFilterModel: () => ({}),
    refreshCells: ({ columns, force }) => written.push([columns, force]),
    autoSizeColumns: () => undefined,
  };
  const load = (names) => {
    for (const name of names) seen[name] = name !== "value";
    listeners.forEach((listener) => listener());
  };
  return { api, load, seen, written };
}

test("a table whose columns come after the answer has those of its rows", async () => {
  const { api, load, seen } = bare();
  globalThis.dash_ag_grid = { getApiAsync: async () => api };
  const { getElementById } = document;
  document.getElementById = () => ({});
  await showColumns("trend", { singly: true, query: { compare: null } });
  load(["time", "value", "avg", "min", "max", "last", "first", "n", "share"]);
  assert.deepEqual(
    Object.keys(seen).filter((name) => seen[name]),
    ["time", "value"],
  );
  document.getElementById = getElementById;
});

for (const [isNarrow, changes, text] of [
  [false, false, "2026-10-25 02:00:00+02:00"],
  [true, false, "2026-10-25 02:00:00"],
  [true, true, "2026-10-25 02:00:00+02:00"],
])
  test(`a time, narrow: ${isNarrow}, of a window whose clock changes: ${changes}`, async () => {
    const { api, load, seen } = bare();
    globalThis.dash_ag_grid = { getApiAsync: async () => api };
    globalThis.matchMedia = () => ({ matches: isNarrow });
    const { getElementById } = document;
    document.getElementById = () => ({});
    await showColumns("trend", { singly: true, changes, query: { compare: null } });
    load(["no", "time", "value"]);
    assert.equal(time({ api, value: "2026-10-25 02:00:00+02:00" }), text);
    assert.equal(time({ api }), "");
    assert.equal(seen.no, !isNarrow);
    document.getElementById = getElementById;
  });

test("rows that a phone had before the answer have their times written anew, once", async () => {
  const { api, load, written } = bare();
  globalThis.dash_ag_grid = { getApiAsync: async () => api };
  const { getElementById } = document;
  document.getElementById = () => ({});
  load(["time", "value"]);
  for (const [isNarrow, changes, count] of [
    [false, false, 0],
    [true, false, 0],
    [true, true, 1],
    [true, true, 1],
    [true, false, 2],
  ]) {
    globalThis.matchMedia = () => ({ matches: isNarrow });
    await showColumns("trend", { singly: true, changes, query: { compare: null } });
    assert.equal(written.length, count);
  }
  assert.deepEqual(written[0], [["time"], true]);
  document.getElementById = getElementById;
});
