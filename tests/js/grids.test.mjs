/** What stands for AG Grid until its script is there, and what it hands on to it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = await readFile(new URL("../../assets/grids.js", import.meta.url), "utf8");
const COLUMNS = [
  { field: "no", width: 76 },
  { field: "tag", width: 120 },
  { field: "time", width: 250 },
  { field: "avg", flex: 1 },
];

/** @param {boolean} isPhone @returns {function(*): *} the properties that the grid itself gets */
async function grid(isPhone) {
  const script = { onload: () => undefined };
  const document = {
    body: {},
    documentElement: { dataset: {} },
    head: { append: () => undefined },
    querySelector: () => ({}),
    createElement: () => script,
  };
  const React = {
    createElement: (_kind, props) => props,
    useEffect: () => undefined,
    useMemo: (make) => make(),
    useState: (first) => [first, () => undefined],
  };
  const window = {
    React,
    matchMedia: () => ({ matches: isPhone }),
    setTimeout: (then) => then?.(),
    clearTimeout: () => undefined,
    requestAnimationFrame: (then) => then(),
  };
  class MutationObserver {
    observe() {}
    disconnect() {}
  }
  vm.runInNewContext(SOURCE, { window, document, MutationObserver });
  const coming = window.dash_ag_grid.AgGrid._dashprivate_isLazyComponentReady;
  await new Promise((resolve) => setTimeout(resolve));
  window.dash_ag_grid = { AgGrid: { propTypes: {} } };
  script.onload();
  await coming;
  return window.dash_ag_grid.AgGrid;
}

test("on a phone rows come up as narrow as they stay", async () => {
  const { columnDefs } = (await grid(true))({ id: "trend-rows", columnDefs: COLUMNS });
  assert.deepEqual(
    Array.from(columnDefs, ({ field, hide = false, width }) => [field, hide, width]),
    [
      ["no", true, 76],
      ["tag", false, 72],
      ["time", false, 160],
      ["avg", false, undefined],
    ],
  );
});

test("elsewhere, and in tables of other things, columns are as the page says", async () => {
  const [wide, phone] = [await grid(false), await grid(true)];
  assert.equal(wide({ id: "trend-rows", columnDefs: COLUMNS }).columnDefs, COLUMNS);
  assert.equal(phone({ id: "trend-outside", columnDefs: COLUMNS }).columnDefs, COLUMNS);
  assert.equal(phone({ id: "tech-rows" }).columnDefs, undefined);
});
