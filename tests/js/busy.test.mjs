/** A request that is turned away because the server is busy asks again by itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(new URL("../../assets/busy.js", import.meta.url), "utf8");
const BUSY = { status: 503, headers: { "Retry-After": "1" } };

/** @returns a page whose server gives these answers in turn, and what it asked, waited and heard */
function page(...answers) {
  const seen = { asked: 0, waited: [], told: [] };
  const window = {
    fetch: async () => {
      const { status, headers } = answers[Math.min(seen.asked++, answers.length - 1)];
      return new Response("{}", { status, headers });
    },
    setTimeout: (call, milliseconds) => {
      seen.waited.push(milliseconds);
      call();
    },
  };
  const document = { dispatchEvent: (event) => seen.told.push(event.type) };
  vm.runInNewContext(SCRIPT, { window, document, Request, Event, Math, Promise });
  return { window, seen };
}

test("who is turned away asks again, and sees the answer alone", async () => {
  const { window, seen } = page(BUSY, BUSY, { status: 200 });
  assert.equal((await window.fetch("x")).status, 200);
  assert.equal(seen.asked, 3);
  assert.ok(seen.waited[0] <= 100 && seen.waited[1] > 100);
  assert.deepEqual(seen.told, []);
});

test("a failure that names no time to ask again is handed on at once", async () => {
  const { window, seen } = page({ status: 503 });
  assert.equal((await window.fetch("x")).status, 503);
  assert.equal(seen.asked, 1);
});

test("in the end the page is told, before it gives up by itself after 15 s", async () => {
  const { window, seen } = page(BUSY);
  assert.equal((await window.fetch("x")).status, 503);
  assert.deepEqual(seen.told, ["ksys:busy"]);
  const whole = seen.waited.reduce((sum, each) => sum + each, 0);
  assert.ok(whole > 5000 && whole < 12000);
});

test("who sent too many requests does not ask again, and the page is told", async () => {
  const { window, seen } = page({ status: 429, headers: { "Retry-After": "30" } });
  assert.equal((await window.fetch("x")).status, 429);
  assert.equal(seen.asked, 1);
  assert.deepEqual(seen.told, ["ksys:busy"]);
});

test("a Request is not sent twice: its body is gone", async () => {
  const { window, seen } = page(BUSY);
  await window.fetch(new Request("http://ksys/x"));
  assert.equal(seen.asked, 1);
});

test("who asks at once gets the refusal itself", async () => {
  const { window, seen } = page(BUSY, { status: 200 });
  assert.equal((await window.fetch.atOnce("x")).status, 503);
  assert.equal(seen.asked, 1);
});
