/** The questions of the page of files: one that nobody answered is asked again. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { props } from "./support.mjs";
import { answered, numbered } from "../../assets/export/asking.mjs";

const REST = 3000;
mock.timers.enable({ apis: ["setTimeout"] });
const again = () => props["export-query"]?.data;

/**
 * Let time pass on the page of files after two questions.
 *
 * @param {function(number): void} answer is told the number of the second
 */
function rest(answer) {
  globalThis.location.pathname = "/export";
  delete props["export-query"];
  numbered({ of: "before" });
  const { n } = numbered({ of: "last" });
  answer(n);
  mock.timers.tick(REST);
  globalThis.location.pathname = "/";
  return n;
}

test("a question that is answered, or refused, is not asked again", () => {
  rest(answered);
  assert.equal(again(), undefined);
  rest(() => answered());
  assert.equal(again(), undefined);
});

test("one that nobody answered is asked again, by another number", () => {
  const n = rest(() => undefined);
  assert.deepEqual(again(), { of: "last", n: n + 1 });
  answered();
});

test("a late answer to the question before is none to the last", () => {
  const n = rest((last) => answered(last - 1));
  assert.deepEqual(again(), { of: "last", n: n + 1 });
  answered();
});
