/** Stretches of a chart: as an address has them, and those of marked points. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";

const { asker, instants, selectOf, spanOf } = await import("../../assets/chart/stretch.mjs");
const { stretches } = await import("../../assets/chart/pair.mjs");

test("a stretch comes back from its address as it was", () => {
  const span = { start: Date.parse("2026-06-01T09:00Z"), stop: Date.parse("2026-06-01T10:00Z") };
  const select = selectOf(span, 540);
  assert.equal(select, "2026-06-01T09:00:00+09:00/2026-06-01T10:00:00+09:00");
  assert.deepEqual(spanOf(select, 540), span);
});

test("a stretch below a minute keeps its milliseconds", () => {
  const start = Date.parse("2026-06-01T09:00:00.250Z");
  const select = selectOf({ start, stop: start + 1500 }, 0);
  assert.equal(select, "2026-06-01T09:00:00.250+00:00/2026-06-01T09:00:01.750+00:00");
});

test("a typed stretch without an offset is one of the displayed clock, a day is no stretch", () => {
  const span = { start: Date.parse("2026-06-01T09:00Z"), stop: Date.parse("2026-06-01T10:00Z") };
  assert.deepEqual(spanOf("2026-06-01T09:00/2026-06-01 10:00:00", 540), span);
  assert.deepEqual(spanOf("2026-06-01T00:00Z/2026-06-01T10:00", 540), span);
  assert.equal(spanOf("2026-06-01/2026-06-02", 540), null);
});

test("a zoom goes to the same moments, with an offset in the address or without one", () => {
  const span = { start: Date.parse("2026-06-01T00:00Z"), stop: Date.parse("2026-06-01T01:00Z") };
  assert.deepEqual(instants("2026-06-01T09:00/2026-06-01T10:00", 540), span);
  assert.deepEqual(instants("2026-06-01T00:00Z/2026-06-01T10:00+09:00", 540), span);
  assert.equal(instants("a/b", 540), null);
});

test("what cannot be read, and what ends before it begins, is no stretch", () => {
  for (const select of ["yesterday", "a/b", "2026-06-02/2026-06-01", "/"])
    assert.equal(spanOf(select, 0), null);
});

test("what is selected follows from its own event, and from an address", () => {
  assert.deepEqual(asker({ kind: "select", select: "a/b" }), { kind: "select", select: "a/b" });
  assert.deepEqual(asker({ kind: "address", ask: { select: null } }), { select: null });
  assert.equal(asker({ kind: "tick" }), null);
  assert.equal(asker(null), null);
});

test("points that follow one another are one stretch", () => {
  assert.deepEqual(stretches([7, 2, 3, 4], [0, 10, 20, 30, 40, 50, 60, 70]), [
    { start: 20, stop: 40 },
    { start: 70, stop: 70 },
  ]);
  assert.deepEqual(stretches([], []), []);
});
