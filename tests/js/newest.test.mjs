/** The newest reading over a trend: where those that are drawn have too few digits for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import "./support.mjs";
import { show, textOf } from "../../assets/chart/newest.mjs";

/** @param {number} digits @param {number[]} values @returns {*} what a chart has drawn of a tag */
const drawn = (digits, ...values) => ({
  meta: { tag: "D101", part: "line", digits },
  points: values.map((y, i) => ({ x: i, y, i })),
});

test("the newest reading has the digits of what is drawn", () => {
  assert.equal(textOf(182.473812, drawn(2, 180, 184)), "182.47");
  assert.equal(textOf(1_882.5, drawn(0, 0, 2_000)), "1,883");
  assert.equal(textOf(42.53, drawn(1, Math.fround(42.53))), "42.5", "decimals that the tag names");
});

test("no digit that is left out makes another number of the newest reading", () => {
  assert.equal(textOf(6.014, drawn(0)), "6.014", "nothing is drawn: all is BAD");
  assert.equal(textOf(0.4, drawn(0, 5, 5, 5)), "0.4", "a window in which it stood still");
  assert.equal(textOf(6.5, drawn(0, 5, 6, 7)), "6.5", "a window of whole numbers");
  assert.equal(textOf(Math.fround(182.47), drawn(2, 180, 180)), "182.47", "stored as real");
});

test("buckets whose greatest readings are alike reach as far as their least", () => {
  const [most, least] = [drawn(3, 1.99999, 2, 2), drawn(3, -8, -7.99999, -8)];
  assert.equal(textOf(0.17618768799742224, most, least), "0.176");
  assert.equal(textOf(0.4, drawn(0, 5, 5), drawn(0, 5, 5)), "0.4");
});

test("without a chart it is written in full, and without a number as none", () => {
  assert.equal(textOf(17.25, undefined), "17.25");
  assert.equal(textOf(null, drawn(1, 5, 6)), "–");
});

test("the newest readings are told in the zone of the chart", async () => {
  const head = { textContent: "" };
  const asked = [];
  const document = {
    getElementById: () => head,
    querySelector: () => null,
    querySelectorAll: () => [],
    documentElement: { lang: "en", dataset: { root: "/", build: "b1" } },
  };
  const answer = { as_of: "2026-11-29T21:53:31+05:30", rows: [] };
  const fetch = (address) => {
    asked.push(address);
    return Promise.resolve({ ok: true, json: () => Promise.resolve(answer) });
  };
  const before = { document: globalThis.document, fetch: globalThis.fetch };
  Object.assign(globalThis, { document, fetch });
  await show("trend", ["A"], "Asia/Kolkata");
  Object.assign(globalThis, before);
  assert.deepEqual(asked, ["/api/v1/latest?tag=A&tz=Asia%2FKolkata"]);
  assert.equal(head.textContent, "21:53:31");
});
