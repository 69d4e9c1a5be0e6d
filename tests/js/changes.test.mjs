/** The changes of state in the details: which limit was crossed. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { reason } from "../../assets/overview/view/tables.mjs";

const ALL = [500, 1000, 18000, 19000];

test("an alarm is told by the limit that sets it, by none where its deadband keeps it on", () => {
  assert.equal(reason(ALL, "CRITICAL", 19430.5), "over HH 19,000");
  assert.equal(reason(ALL, "CRITICAL", 19000), "over HH 19,000");
  assert.equal(reason(ALL, "CRITICAL", 310), "under LL 500");
  assert.equal(reason(ALL, "WARNING", 18998), "over H 18,000");
  assert.equal(reason(ALL, "WARNING", 999), "under L 1,000");
  assert.equal(reason(ALL, "WARNING", 17950), "");
});

test("a limit that a tag has not, a state without one, and an alarm without an extreme", () => {
  assert.equal(reason([null, null, null, 80], "CRITICAL", 81), "over HH 80");
  assert.equal(reason([null, null, null, null], "WARNING", 81), "");
  assert.equal(reason(ALL, "NORMAL", 19430), "");
  assert.equal(reason(ALL, "BAD", null), "");
  assert.equal(reason(ALL, "CRITICAL", undefined), "");
  assert.equal(reason(ALL, "CRITICAL"), "");
});
