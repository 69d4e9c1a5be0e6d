import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { quality } from "../../assets/chart/grid.mjs";

const row = { n: 1, bad: 0, avg: 5, filling: false, reasons: "" };
const cell = (value, columns) => quality({ value, data: { ...row, ...columns } });

test("a quality says why it is not good, and what was left out", () => {
  assert.equal(cell("GOOD", {}), "good");
  assert.equal(
    cell("BAD", { n: 0, bad: 2, avg: null, reasons: "source" }),
    "BAD · flagged by the source · 2 left out",
  );
  assert.equal(
    cell("SUSPECT", { bad: 1, reasons: "contains_bad" }),
    "SUSPECT · contains BAD readings · 1 left out",
  );
  assert.equal(cell("SUSPECT", { reasons: "step rate" }), "SUSPECT · step · changes too fast");
});

test("a single reading stands in its row, and a row that has not come says nothing", () => {
  const single = { n: 0, bad: 1, avg: 70, reasons: "source" };
  assert.equal(cell("BAD", single), "BAD · flagged by the source");
  assert.equal(quality({ value: undefined, data: undefined }), "");
});
