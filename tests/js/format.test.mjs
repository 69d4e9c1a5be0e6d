import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import * as format from "../../assets/overview/model/format.mjs";

test("a length of time is told in its largest unit that is not yet too coarse", () => {
  const found = [-5, 59_999, 60_000, 3_599_000, 172_799_000, 172_800_000].map(format.span);
  assert.deepEqual(found, ["0 s", "59 s", "1 min", "59 min", "47 h", "2 d"]);
});

test("a time is in the site's zone, with its date from a day on", () => {
  const moment = Date.UTC(2026, 0, 31, 23, 30);
  assert.equal(format.time(moment, "Asia/Seoul", moment), "08:30:00");
  assert.equal(format.time(moment, "Asia/Seoul", moment + 86_400_000), "2026-02-01 08:30:00");
  assert.equal(format.time(NaN, "Asia/Seoul", moment), "");
  assert.equal(format.stamp(NaN, "UTC"), "–");
});

test("names stand in the order of their numbers", () => {
  assert.deepEqual(["T10", "T2", "T1"].sort(format.compare), ["T1", "T2", "T10"]);
});

test("a share has one digit after the point and no blank, in any language", () => {
  assert.equal(format.percent(-0.0314), "−3.1%");
  assert.equal(format.percent(12.3456), "1,234.6%");
  assert.deepEqual([1, 12, 1234].map(format.tags), ["1 tag", "12 tags", "1,234 tags"]);
});

test("of a share of all little is not none, nor most all, as of 20 s of a day in alarm", () => {
  assert.deepEqual([0, 1, 0.5].map(format.part), ["0.0%", "100.0%", "50.0%"]);
  assert.deepEqual([20 / 86400, 1 - 20 / 86400].map(format.part), ["<0.1%", ">99.9%"]);
  assert.deepEqual([1e-15, 1 - 1e-15].map(format.part), ["0.0%", "100.0%"]);
});

test("times that are shown together carry their offset where they have two", () => {
  const [summer, winter] = [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)];
  const zone = "Europe/Berlin";
  const stamp = format.stamps([summer, winter, NaN], zone);
  assert.deepEqual([summer, winter, NaN].map(stamp), [
    "2026-10-25 02:30:00+02:00",
    "2026-10-25 02:30:00+01:00",
    "–",
  ]);
  assert.equal(format.stamps([winter], zone)(winter), "2026-10-25 02:30:00");
  assert.equal(format.time(summer, zone, winter), "02:30:00+02:00");
  assert.equal(format.short(summer, zone, winter), "02:30+02:00");
  assert.equal(format.time(summer, zone, summer), "02:30:00");
  assert.equal(format.stamp(summer, "UTC", winter), "2026-10-25 00:30:00");
});

test("a tag without a reading has a dash for its time", () => {
  assert.equal(format.short(NaN, "Asia/Seoul", 0), "–");
  assert.equal(format.stamp(NaN, "Asia/Seoul", 0), "–");
});
