import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { counter } from "../../assets/export/csv-rows.mjs";
import {
  added,
  columns,
  pieces,
  question,
  rest,
  rests,
  text,
  without,
} from "../../assets/export/question.mjs";
import * as recent from "../../assets/export/recent.mjs";
import { bring, reason } from "../../assets/export/transfer.mjs";

const first = {
  query: {},
  defaults: {
    ...{ tz: "UTC", quality: "all", shape: "long", order: "tag", decimal: ".", separator: "," },
    ...{ resolution: "raw", format: "csv", readings: ["tag", "time"], buckets: ["tag", "avg"] },
  },
};
const orders = { readings: ["tag", "time", "value"], buckets: ["tag", "time", "avg"] };
const values = {
  ...{ window: "24h", start: "", stop: "", tz: "UTC", resolution: "raw", width: null },
  ...{ quality: "all", shape: "long", order: "tag", decimal: ".", separator: ",", kind: "csv" },
  ...{ readings: ["tag", "time"], buckets: ["tag", "avg"], excel: [] },
};
const asked = (more, address = {}) =>
  question({ ...values, ...more }, { tag: ["A"] }, { ...first, query: address }, orders).query;

test("what a file is unless one says otherwise is not in its address", () => {
  assert.deepEqual(asked({}), { tag: ["A"], window: ["24h"] });
});

test("what one chooses is in its address, by the parameter's name", () => {
  const changes = { quality: "good", excel: ["1"], decimal: ",", tz: "Asia/Seoul" };
  const signs = { decimal: [","], separator: [","] };
  const others = { quality: ["good"], excel: ["1"], ...signs, tz: ["Asia/Seoul"] };
  assert.deepEqual(asked(changes), { tag: ["A"], window: ["24h"], ...others });
});

test("a comparison is in the address unless it is off", () => {
  const defaults = { ...first.defaults, compare: "off" };
  const of = (compare) =>
    question({ ...values, compare }, { tag: ["A"] }, { query: {}, defaults }, orders).query.compare;
  assert.deepEqual([of("off"), of("-1w")], [undefined, ["-1w"]]);
});

test("what the form has no control for stays in the address, for the parser to judge", () => {
  assert.deepEqual(asked({}, { statistics: ["avg"], foo: ["1"] }).foo, ["1"]);
});

test("columns are of readings or of buckets, whichever a row is", () => {
  assert.equal(asked({ readings: ["time"] }).columns[0], "time");
  assert.equal(asked({ readings: ["time"], resolution: "1h" }).columns, undefined);
  assert.equal(asked({ buckets: ["tag"], resolution: null, width: "5m" }).columns[0], "tag");
});

test("columns stand in the order of the form, or in that of the address that named them", () => {
  const [given, order] = [["tag"], ["tag", "time", "value"]];
  assert.equal(columns(["value", "tag"], given, order, []), "tag,value");
  assert.equal(columns(["value", "tag"], given, order, ["value", "tag"]), "value,tag");
  assert.equal(columns(["tag"], given, order, ["value", "tag"]), "");
});

test("of two controls that say the same the one that changed counts", () => {
  assert.deepEqual(rest("window", "1h", values), { start: "", stop: "" });
  assert.deepEqual(rest("stop", "2026-01-01", values), { window: null });
  assert.deepEqual(rest("width", "5m", values), { resolution: null });
  assert.deepEqual(rest("width", null, values), {});
});

test("of controls that change at once two that say the same are not both asked for", () => {
  const times = [
    ["start", "yesterday"],
    ["stop", "2026-01-01"],
  ];
  assert.deepEqual(rests(times, values), { window: null });
  const clicked = { start: "", stop: "" };
  assert.deepEqual(rests([...times, ["window", "1h"]], values), clicked);
  assert.deepEqual(rests([["window", "1h"], ...times], values), clicked);
  assert.deepEqual(
    rests(
      [
        ["width", "5m"],
        ["resolution", "1h"],
      ],
      values,
    ),
    { width: null },
  );
});

test("a decimal comma takes another sign between cells along", () => {
  assert.deepEqual(rest("decimal", ",", values), { separator: ";" });
  assert.deepEqual(rest("decimal", ",", { ...values, separator: "tab" }), {});
  assert.deepEqual(rest("decimal", ".", values), {});
});

test("tags are added once and taken away by their place through all ways", () => {
  const tags = added({ tag: ["A"] }, { tag: ["A", "B"], tag_like: ["C*"] });
  assert.deepEqual(tags, { tag: ["A", "B"], tag_like: ["C*"], group: [] });
  assert.deepEqual(without(tags, '[["tag_like","C*"]]').tag_like, []);
  assert.deepEqual(without(tags, '[["tag","A"]]'), { tag: ["B"], tag_like: ["C*"], group: [] });
  assert.deepEqual(without(tags, '[["tag","A"],["tag_like","C*"],["tag","gone"]]'), {
    tag: ["B"],
    tag_like: [],
    group: [],
  });
  assert.deepEqual(without(tags, '"all"'), { tag: [], tag_like: [], group: [] });
});

test("a name is a name in an address, whatever signs it holds", () => {
  const name = '가나/다 "q" & = #';
  assert.equal(new URLSearchParams(text({ tag: [name] })).get("tag"), name);
});

const bytes = (word) => new TextEncoder().encode(word);

test("rows are counted as they come, line breaks in quotes are none, wherever a piece ends", () => {
  const file = 'tag,value\r\n"two\nlines ""q""",1\r\nB,2\r\n';
  for (let cut = 0; cut <= file.length; cut++) {
    const rows = counter();
    rows.add(bytes(file.slice(0, cut)));
    rows.add(bytes(file.slice(cut)));
    assert.equal(rows.rows(), 2, `cut at ${cut}`);
  }
  assert.equal(counter().rows(), 0);
});

const one = (more) => ({
  ...{ id: "1", at: 5, seen: 5, name: "f.csv", kind: "csv", address: "tag=A", state: "whole" },
  ...{ why: "", rows: 1, bytes: 2, seconds: 3, sha256: "", ...more },
});

test("what the browser kept is shown only as far as it has the shape of an export", () => {
  for (const found of ["null", "{}", "[", "7", '"x"', '[null, 7, {"id": "1"}]', "[[]]"]) {
    localStorage.setItem("ksys-exports", found);
    assert.deepEqual(recent.kept("lost"), [], found);
  }
  recent.keep([one()]);
  assert.deepEqual(recent.kept("lost"), [one()]);
  localStorage.clear();
});

test("a browser that keeps nothing leaves a working page", () => {
  const { getItem, setItem } = localStorage;
  const denied = () => {
    throw new DOMException("denied", "SecurityError");
  };
  Object.assign(localStorage, { getItem: denied, setItem: denied });
  assert.deepEqual(recent.kept("lost"), []);
  recent.keep([one()]);
  Object.assign(localStorage, { getItem, setItem });
});

test("a transfer of which nobody hears any more is broken, one of another tab is not", () => {
  const now = Date.now();
  recent.keep([one({ state: "running", seen: now }), one({ id: "2", state: "running" })]);
  const states = recent.kept("lost").map((each) => [each.state, each.why]);
  assert.deepEqual(states, [
    ["running", ""],
    ["broken", "lost"],
  ]);
  localStorage.clear();
});

test("exports of this page go before what was kept of them, the newest first", () => {
  const merged = recent.merged(
    [one({ at: 9, bytes: 7 })],
    [one({ at: 9 }), one({ id: "2", at: 11 })],
  );
  assert.deepEqual(
    merged.map((each) => [each.id, each.bytes]),
    [
      ["2", 2],
      ["1", 7],
    ],
  );
});

/** Answer the first request with pieces of a file, the next with what the server kept of it. */
function serve(pieces, record, status = 200) {
  const body = new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else if (piece === null) controller.error(new TypeError("network error"));
      else controller.enqueue(bytes(piece));
    },
  });
  const answers = [
    new Response(status === 200 ? body : pieces.join(""), {
      status,
      headers: { "X-Request-ID": "request1" },
    }),
    new Response(JSON.stringify(record)),
  ];
  globalThis.fetch = async () => answers.shift();
}

const fetched = (item) => bring(item, false, new AbortController().signal, () => undefined);
const blank = () => one({ state: "running", rows: null, bytes: 0 });

test("a file is whole when its end came and the server sent as much", async () => {
  const item = blank();
  serve(["tag\r\n", "A\r\nB\r\n"], { state: "complete", bytes: 11, rows: 2, sha256: "ab" });
  const whole = await fetched(item);
  assert.equal(await whole.text(), "tag\r\nA\r\nB\r\n");
  assert.deepEqual([item.rows, item.bytes, item.sha256], [2, 11, "ab"]);
});

test("a transfer without its end gives no file", async () => {
  serve(["tag\r\n", "A\r\n", null], {});
  const error = await fetched(blank()).catch((failure) => failure);
  assert.match(reason(error), /broke off before its end/);
});

test("a transfer that is shorter than what was sent gives no file", async () => {
  serve(["tag\r\n"], { state: "complete", bytes: 99, rows: 2, sha256: "ab" });
  const error = await fetched(blank()).catch((failure) => failure);
  assert.match(reason(error), /99 bytes were sent, 5 came/);
});

test("a refusal is told in its own words, as text or as a part of JSON", async () => {
  for (const said of [
    "No such tag.\n",
    '{"message": "No such tag."}',
    '{"detail": "No such tag."}',
  ]) {
    serve([said], {}, 400);
    assert.equal(reason(await fetched(blank()).catch((failure) => failure)), "No such tag.");
  }
});

test("a long text goes in pieces that are it when they are joined, and cut no sign", () => {
  const long = ["a".repeat(8001), "가😀\n".repeat(3000), `a${"😀".repeat(5000)}`];
  for (const text of ["", "D1\r\nD2", ...long]) {
    const parts = pieces(text);
    assert.equal(parts.join(""), text);
    assert.ok(parts.every((each) => each.length <= 8000 && each.isWellFormed()));
  }
});
