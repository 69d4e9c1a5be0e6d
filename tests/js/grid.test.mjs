import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { inFull, number, quality, share } from "../../assets/chart/grid.mjs";

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

test("a number has the digits of its tag and column, and its title what they leave out", () => {
  const data = { digits: { avg: 3, min: 2 } };
  const of = (field, value) => [number, inFull].map((f) => f({ data, value, colDef: { field } }));
  assert.deepEqual(of("avg", 182.4738), ["182.474", "182.4738 in full"]);
  assert.deepEqual(of("avg", -182.4738), ["−182.474", "−182.4738 in full"]);
  assert.deepEqual(of("avg", -182.5), ["−182.500", ""]);
  assert.deepEqual(of("min", 1882.5), ["1,882.50", ""]);
  assert.deepEqual(of("n", 1440), ["1,440", ""]);
  assert.deepEqual(of("avg", null), ["–", ""]);
  assert.deepEqual(of("last", "on"), ["on", ""]);
});

test("a BAD reading is written in full: the digits are of the good ones, which may be none", () => {
  const data = { digits: { avg: 0 }, quality: "BAD", n: 0 };
  const of = (field, value) => [number, inFull].map((f) => f({ data, value, colDef: { field } }));
  assert.deepEqual(of("avg", 0.4), ["0.4", ""]);
  assert.deepEqual(of("avg", 6.0139544842955726), ["6.0139544842955726", ""]);
  assert.deepEqual(of("n", 0), ["0", ""]);
  assert.deepEqual(of("avg", null), ["–", ""]);
});

test("a share of readings is written as all only where it is all, and not where unknown", () => {
  const of = (value) => share({ value, data: {} });
  assert.equal(of(1), "100%");
  assert.equal(of(0.99999), ">99.9%");
  assert.equal(of(0.00001), "<0.1%");
  assert.equal(of(0.9167), "91.7%");
  assert.equal(of(0), "0.0%");
  assert.equal(of(null), "");
  assert.equal(of(undefined), "");
});

test("on a phone a state has its word in the first column of numbers", () => {
  const of = (data, field = "avg") => number({ data, value: data[field], colDef: { field } });
  const [state, empty] = [
    { avg: null, last: "RUN", digits: {} },
    { avg: null, last: null, digits: {} },
  ];
  const { matchMedia } = globalThis;
  assert.equal(of(state), "–");
  globalThis.matchMedia = () => ({ matches: true });
  assert.deepEqual([of(state), of(empty), of(state, "last")], ["RUN", "–", "RUN"]);
  globalThis.matchMedia = matchMedia;
});

test("on a phone a counter has its newest count where a mean would be, and it is named so", () => {
  const data = { avg: null, last: 9452.25, digits: { last: 1 } };
  const of = (field) =>
    [number, inFull].map((f) => f({ data, value: data[field], colDef: { field } }));
  const { matchMedia } = globalThis;
  assert.deepEqual(of("avg"), ["–", ""]);
  globalThis.matchMedia = () => ({ matches: true });
  assert.deepEqual(of("avg"), ["last 9,452.3", "9,452.25 in full"]);
  assert.deepEqual(of("last"), ["9,452.3", "9,452.25 in full"]);
  globalThis.matchMedia = matchMedia;
});
