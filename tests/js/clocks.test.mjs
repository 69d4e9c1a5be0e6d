import assert from "node:assert/strict";
import test from "node:test";
import { beside } from "../../assets/chart/clocks.mjs";

/** @returns the window beside [start, stop) of Berlin's clock, in UTC to the minute */
function steppedInBerlin(by, ...edges) {
  const [start, stop] = edges.map((edge) => Date.parse(edge));
  const there = beside(start, stop, by, "Europe/Berlin");
  return there?.map((at) => new Date(at).toISOString().slice(0, 16)) ?? null;
}

test("a day by the clock steps by days where clocks change, and hours do not", () => {
  const stepped = (by, start, stop) => steppedInBerlin(by, `${start}+02:00`, stop);
  // The day after the change is 24 h, that of the change 25, and the one before it 24 again.
  const change = ["2025-10-26T00:00", "2025-10-27T00:00+01:00"];
  assert.deepEqual(stepped(-1, ...change), ["2025-10-24T22:00", "2025-10-25T22:00"]);
  assert.deepEqual(stepped(1, ...change), ["2025-10-26T23:00", "2025-10-27T23:00"]);
  const before = ["2025-10-25T00:00", "2025-10-26T00:00+02:00"];
  assert.deepEqual(stepped(1, ...before), ["2025-10-25T22:00", "2025-10-26T23:00"]);
  // Half past two is twice on that day: the first; and once never in spring.
  const night = ["2025-10-25T02:30", "2025-10-26T02:30+01:00"];
  assert.deepEqual(stepped(-1, ...night), ["2025-10-24T00:30", "2025-10-25T00:30"]);
  const spring = ["2025-03-31T02:30", "2025-04-01T02:30+02:00"];
  assert.deepEqual(stepped(-1, ...spring), ["2025-03-30T01:30", "2025-03-31T00:30"]);
  const hours = ["2025-10-26T00:00", "2025-10-26T06:00+01:00"];
  assert.equal(stepped(-1, ...hours), null);
});

test("a month steps by months and a year by years, however long these are", () => {
  const march = ["2025-03-01T00:00+01:00", "2025-04-01T00:00+02:00"];
  assert.deepEqual(steppedInBerlin(-1, ...march), ["2025-01-31T23:00", "2025-02-28T23:00"]);
  assert.deepEqual(steppedInBerlin(1, ...march), ["2025-03-31T22:00", "2025-04-30T22:00"]);
  const quarter = ["2025-10-01T00:00+02:00", "2026-01-01T00:00+01:00"];
  assert.deepEqual(steppedInBerlin(-1, ...quarter), ["2025-06-30T22:00", "2025-09-30T22:00"]);
  const leap = ["2024-01-01T00:00+01:00", "2025-01-01T00:00+01:00"];
  assert.deepEqual(steppedInBerlin(1, ...leap), ["2024-12-31T23:00", "2025-12-31T23:00"]);
  // No month: it begins on another day, or at another time of day.
  const days = ["2025-03-02T00:00+01:00", "2025-03-30T00:00+01:00"];
  assert.deepEqual(steppedInBerlin(-1, ...days), ["2025-02-01T23:00", "2025-03-01T23:00"]);
  const noon = ["2025-11-01T12:00+01:00", "2025-12-01T12:00+01:00"];
  assert.deepEqual(steppedInBerlin(-1, ...noon), ["2025-10-02T10:00", "2025-11-01T11:00"]);
});
