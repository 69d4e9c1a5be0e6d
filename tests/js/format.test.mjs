import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import * as format from "../../assets/overview/model/format.mjs";

test("a number has its tag's digits, else five that count", () => {
  const found = [
    [1234.5, 1],
    [1234.5678, null],
    [-0, 2],
    [null, 1],
    [Infinity, 1],
    [1e16, 1],
    [0.00001234, null],
    [0.00001234, 2],
  ].map(([value, decimals]) => format.number(value, decimals));
  assert.deepEqual(found, ["1,234.5", "1,234.6", "0.00", "–", "–", "1E16", "1.234E-5", "0.00"]);
});

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

test("a number too long for its place is short, one of few digits is whole", () => {
  assert.deepEqual([123_456_789, 123.4].map(format.compact), ["123.46M", "123.4"]);
  assert.equal(format.exact(0.1 + 0.2), "0.30000000000000004");
  assert.equal(format.percent(-0.0314), "-3.1 %");
  document.documentElement.lang = "ko";
  assert.equal(format.percent(0.396), "39.6%");
  document.documentElement.lang = "en";
  assert.deepEqual([1, 12].map(format.tags), ["1 tag", "12 tags"]);
});
