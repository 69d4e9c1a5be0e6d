/** Numbers as written; tests/unit/test_digits.py compares more of them with the server's. */
import assert from "node:assert/strict";
import test from "node:test";
import { plant } from "./support.mjs";
import { full, written } from "../../assets/digits.mjs";
import { limitText, valueText } from "../../assets/overview/model/texts.mjs";

test("a number has the digits that it is told, and none before the point is lost", () => {
  const found = [
    [4294967295, 0],
    [1883.3103, 4],
    [-0.0004, 2],
    [0.5, 0],
    [-2.5, 0],
    [4e-6, -2],
    [7e17, -1],
    [0, -3],
    [null, 1],
    [Infinity, 1],
  ].map(([value, digits]) => written(value, digits));
  const plain = ["4,294,967,295", "1,883.3103", "0.00", "1", "−3"];
  assert.deepEqual(found, [...plain, "4.0e−6", "7e+17", "0.00e+0", "–", "–"]);
});

test("a number in full reads back as the same", () => {
  const found = [180.1, 0.1 + 0.2, -1e9, 123456789012345, 1e15, 0.00005, -0].map(full);
  const plain = ["180.1", "0.30000000000000004", "−1,000,000,000", "123,456,789,012,345"];
  assert.deepEqual(found, [...plain, "1e+15", "5e−5", "0"]);
});

test("a card writes its value with the digits of its frame, decimals and powers of ten", () => {
  const value = [1883.3103, 4.1e-6, 7e17];
  const model = plant(["A", "B", "C"], { value, digits: "eBA" });
  assert.deepEqual(
    [0, 1, 2].map((i) => valueText(model, i)),
    ["1,883.3103", "4.1e−6", "7e+17"],
  );
});

test("how far over a limit is never nothing but at the limit", () => {
  const crossed = { 0: [3, 0.0003, 0] };
  const model = plant(["A"], { crossed }, { limits: [[null, null, null, 9]] });
  assert.equal(limitText(model, 0), "HH 9 · 0.0003 over");
});
