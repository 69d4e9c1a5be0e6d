import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { daysOf, later, monthLater, typedFor } from "../../assets/chart/calendar.mjs";

test("a month has its days behind the weekdays before them, also in a leap year", () => {
  for (let month = "1970-01"; month < "2101-01"; month = monthLater(month, 1)) {
    const [year, count] = month.split("-").map(Number);
    const days = daysOf(month);
    const before = days.filter((day) => day === null).length;
    assert.equal(before, (new Date(Date.UTC(year, count - 1, 1)).getUTCDay() + 6) % 7, month);
    assert.equal(days.length - before, new Date(Date.UTC(year, count, 0)).getUTCDate(), month);
    assert.equal(days[before], month + "-01");
  }
});

test("a day later is the next of the calendar", () => {
  assert.equal(later("2026-12-31", 1), "2027-01-01");
  assert.equal(later("2028-03-01", -1), "2028-02-29");
  assert.equal(monthLater("2026-01", -1), "2025-12");
});

test("two days are typed from the earlier to the later, and one alone", () => {
  assert.equal(typedFor(null, "2026-11-20"), "2026-11-20");
  assert.equal(typedFor("2026-11-20", "2026-11-22"), "2026-11-20/2026-11-22");
  assert.equal(typedFor("2026-11-22", "2026-11-20"), "2026-11-20/2026-11-22");
  assert.equal(typedFor("2026-11-22", "2026-11-22"), "2026-11-22");
});
