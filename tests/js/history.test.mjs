import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { asked, begin, isNew, keyOf } from "../../assets/chart/history.mjs";
import { fixed } from "../../assets/chart/links.mjs";

const question = { tag: ["A"], window: "24h", width: 900, theme: "light", n: 0 };

test("a change of tags, window or zoom is an entry of its own; all else is none", () => {
  begin();
  assert.equal(isNew(question), false, "the page's own address is there already");
  const others = { width: 600, theme: "dark", n: 7, statistic: "max", resolution: "1h" };
  for (const [name, value] of Object.entries(others))
    assert.equal(isNew({ ...question, [name]: value }), false, name);
  const changes = { tag: ["A", "B"], window: "7d", start: "a", stop: "b", zoom: "a/b" };
  Object.assign(changes, { compare: "-1d" });
  for (const [name, value] of Object.entries(changes)) {
    assert.equal(isNew({ ...question, [name]: value }), true, name);
    assert.equal(isNew(question), true, name);
  }
});

test("the usual window is the same whether it is named or not", () => {
  assert.equal(keyOf({ ...question, window: undefined }), keyOf(question));
});

test("an address asks for what it says, and for the usual where it says nothing", () => {
  const { tag, window: token, zoom } = asked("?tag=A&tag=%EA%B0%80%2F1&zoom=a%2Fb&window=1h");
  assert.deepEqual([tag, token, zoom], [["A", "가/1"], "1h", "a/b"]);
  const none = asked("");
  assert.deepEqual([none.tag, none.window, none.start], [undefined, null, null]);
});

test("a fixed link says the times that are shown and the zone, and nothing that moves", () => {
  const time = { start: "2026-10-25T02:30:00.125+01:00", stop: "2026-10-25T03:00:00+01:00" };
  const shown = { time: { ...time, zone: "Europe/Berlin" } };
  const link = fixed("http://k/trend?tag=A&tag=B&window=1h&zoom=a%2Fb&statistic=max", shown);
  const said = new URL(link).searchParams;
  assert.deepEqual([said.getAll("tag"), said.get("statistic")], [["A", "B"], "max"]);
  assert.deepEqual([said.get("start"), said.get("stop")], [time.start, time.stop]);
  assert.deepEqual(
    [said.get("tz"), said.has("window"), said.has("zoom")],
    ["Europe/Berlin", false, false],
  );
});

test("an address says what is compared and which row is chosen, and so does a fixed link", () => {
  const { compare, chosen } = asked("?tag=A&tag=B&compare=-1d&chosen=B");
  assert.deepEqual([compare, chosen], ["-1d", "B"]);
  assert.deepEqual([asked("").compare, asked("").chosen], [null, null]);
  const time = { start: "2026-10-25T02:30:00+01:00", stop: "2026-10-25T03:00:00+01:00" };
  const query = { compare: "2026-10-20T06:12:13" };
  const shown = { time: { ...time, zone: "Europe/Berlin" }, query };
  const link = fixed("http://k/trend?tag=A&window=1h&zoom=a%2Fb&compare=2026-10-20", shown);
  assert.equal(new URL(link).searchParams.get("compare"), query.compare);
});

test("a link to what is shown has its tags while others are asked for", () => {
  const time = { start: "2026-11-20T00:00Z", stop: "2026-11-20T06:00Z", zone: "UTC" };
  const shown = { time, tags: ["A"], query: { tag: ["A"] } };
  const link = new URL(fixed("http://k/trend?tag=B&tag=C&window=7d&compare=-1d&chosen=C", shown));
  assert.deepEqual(link.searchParams.getAll("tag"), ["A"]);
  assert.equal(link.searchParams.get("compare"), null);
  assert.equal(link.searchParams.get("chosen"), null);
});
