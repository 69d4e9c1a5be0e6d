import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { addressOf, around, isAtEnd, lengthOf, next, waits } from "../../assets/chart/question.mjs";
import { displayed, iso } from "../../assets/chart/times.mjs";

const NOW = "2026-03-01T12:00:00+00:00";
const asked = { tag: ["A"], window: "24h", width: 900, theme: "light", n: 0 };

/** @returns what is drawn: a window of so many hours that ends so many hours before now */
function drawn(hours, ago = 0, offset = 540) {
  const stop = Date.parse(NOW) - ago * 3_600_000;
  const [start, end] = [stop - hours * 3_600_000, stop].map((time) => new Date(time).toISOString());
  const time = { start, stop: end, window: ago === 0 ? "24h" : "", zone: "Asia/Seoul" };
  const live = ago === 0;
  return { start, stop: end, now: NOW, offset, live, tags: ["A"], time, asked, query: {} };
}

const step = (by) => ({ kind: "step", by });

/** @returns what follows from an event of a question whose answer is drawn */
const after = (question, event, shown = drawn(24)) =>
  next(question, "event", event, situation({ ...shown, asked: question }));

const situation = (shown = drawn(24), more = {}) => ({
  ...{ page: "trend", shown, width: 900, theme: "light", ...more },
});
const bounds = (question) => question.zoom.split("/").map((edge) => Date.parse(edge));

/** @returns what of a question is its window */
const windowOf = (question) => [question.window, question.start, question.stop, question.zoom];

test("a window that is applied leaves range and zoom behind", () => {
  const before = { ...asked, start: "2026-01-01", zoom: "a/b" };
  const after = next(before, "event", { kind: "window", window: "1h" }, situation());
  assert.deepEqual(windowOf(after), ["1h", null, null, null]);
  const range = { kind: "window", window: null, start: "a", stop: "b" };
  assert.deepEqual(windowOf(next(before, "event", range, situation())), [null, "a", "b", null]);
});

test("a frozen window holds what is shown, to the instant; one that lies still has no need", () => {
  const shown = drawn(24);
  const after = next(asked, "event", { kind: "freeze" }, situation(shown));
  assert.deepEqual(windowOf(after), [null, shown.start, shown.stop, null]);
  assert.equal(next(asked, "event", { kind: "freeze" }, situation(drawn(1, 2))), null);
  assert.equal(next(asked, "event", { kind: "freeze" }, situation(null)), null);
});

test("who follows keeps the length that he looks at, also that of a zoom", () => {
  const zoomed = { ...asked, zoom: "a/b" };
  const live = after(zoomed, { kind: "follow" }, drawn(1.5, 2));
  assert.deepEqual(windowOf(live), ["90m", null, null, null]);
  assert.equal(next(asked, "event", { kind: "follow" }, situation()), null);
  const named = { ...asked, window: "yesterday" };
  assert.equal(after(named, { kind: "follow" }, drawn(24, 7)).window, "24h");
});

test("a length of time is spelled to the second, days from three on", () => {
  const spelled = [0, 1, 90, 5400, 86_400, 172_800, 259_200, 90_061].map((s) => lengthOf(s * 1000));
  assert.deepEqual(spelled, ["1s", "1s", "90s", "90m", "24h", "48h", "3d", "90061s"]);
});

test("an address that says the same in other words asks nothing", () => {
  const same = { kind: "address", ask: { tag: ["A"], window: null, zoom: null } };
  assert.equal(next(asked, "event", same, situation()), null);
  const other = { kind: "address", ask: { tag: ["B"], window: "7d", zoom: null } };
  const after = next({ ...asked, statistic: "max" }, "event", other, situation());
  assert.deepEqual([after.tag, after.window, after.statistic, after.n], [["B"], "7d", "max", 0]);
});

test("a step forward from a day or shift that is over never falls back onto it", () => {
  for (const window of ["yesterday", "now-2w/now-1w"]) {
    const stepped = after({ ...asked, window }, step(1), drawn(24, 6));
    assert.equal(bounds(stepped)[1], Date.parse(NOW));
  }
});

test("a tag is added once on a trend, and takes the place of the other on tech", () => {
  assert.deepEqual(next(asked, "add", "B", situation()).tag, ["A", "B"]);
  assert.equal(next(asked, "add", "A", situation()), null);
  assert.equal(next(asked, "add", null, situation()), null);
  assert.deepEqual(next(asked, "add", "B", situation(drawn(1), { page: "tech" })).tag, ["B"]);
});

test("a tag nobody asked for by name is one of those shown", () => {
  const nameless = { ...asked, tag: undefined };
  assert.deepEqual(next(nameless, "add", "B", situation()).tag, ["A", "B"]);
  assert.deepEqual(next(nameless, "remove", "A", situation()).tag, []);
});

test("a step back is one window back", () => {
  const stepped = after(asked, step(-1));
  const stop = Date.parse(NOW) - 86_400_000;
  assert.deepEqual(bounds(stepped), [stop - 86_400_000, stop]);
  assert.match(stepped.zoom, /\+09:00\/.*\+09:00$/);
});

test("a step from a month by the clock is to the month before", () => {
  const edges = ["2025-12-01", "2026-01-01", "2026-02-01"].map((day) => `${day}T00:00:00+09:00`);
  const january = { ...drawn(1, 1), start: edges[1], stop: edges[2] };
  const stepped = after({ ...asked, start: "x" }, step(-1), january);
  assert.deepEqual(bounds(stepped), [Date.parse(edges[0]), Date.parse(edges[1])]);
});

test("a step forward into the present is the live window again", () => {
  const zoomed = { ...asked, zoom: "a/b" };
  assert.equal(after(zoomed, step(1), drawn(1, 1)).zoom, null);
  assert.equal(after(zoomed, step(1), drawn(1, 1.1)).zoom, null);
  assert.equal(bounds(after(zoomed, step(1), drawn(1, 2)))[1], Date.parse(NOW) - 3_600_000);
});

test("a step forward never looks past now, and a range that was typed stays one", () => {
  const stepped = after({ ...asked, start: "x" }, step(1), drawn(1, 0.5));
  assert.deepEqual(bounds(stepped), [Date.parse(NOW) - 3_600_000, Date.parse(NOW)]);
});

test("no step is made before there is an answer", () => {
  assert.equal(next(asked, "event", step(-1), situation(null)), null);
  assert.equal(waits(asked, step(-1), situation(null)), false);
});

/** @returns an answer from 1970 on, of so many milliseconds */
function early(span) {
  const [start, stop] = [0, span].map((at) => new Date(at).toISOString());
  return { ...drawn(1, 1), start, stop };
}

test("a step back to before 1970 is none, and what is left of one is more than a moment", () => {
  assert.equal(after(asked, step(-1), early(3_600_000)), null);
  const start = new Date(500).toISOString();
  assert.equal(after(asked, step(-1), { ...early(3_600_000), start }), null);
  const report = { "xaxis.range": [-86_400_000 * 3, -86_400_000] };
  assert.equal(next(asked, "chart", report, situation(early(3_600_000))), null);
});

test("a step stops where time ends, and is as long as what was shown", () => {
  const later = { ...early(5_400_000), start: new Date(1_800_000).toISOString() };
  assert.deepEqual(bounds(after(asked, step(-1), later)), [0, 3_600_000]);
  const typed = { ...asked, start: "x" };
  const [ended, open] = [drawn(1, 0.5), drawn(24, -4)];
  assert.deepEqual(
    bounds(after(typed, step(1), ended)),
    [-1, 0].map((h) => Date.parse(NOW) + h * 3_600_000),
  );
  assert.equal(after(typed, step(1), open), null, "a window that is not over has none behind it");
});

test("where there is nothing to step to that is known, once the window is", () => {
  const question = { ...asked, start: "x" };
  const at = (shown, by) => isAtEnd(question, { ...shown, asked: question }, by);
  assert.deepEqual([at(early(3_600_000), -1), at(early(3_600_000), 1)], [true, false]);
  assert.deepEqual([at(drawn(24, -4), -1), at(drawn(24, -4), 1)], [false, true]);
  assert.equal(isAtEnd({ ...asked, window: "7d" }, drawn(24, -4), 1), false);
});

test("a drag past now looks at what of it has been", () => {
  const range = [-1, 2].map((hours) => Date.parse(NOW) + hours * 3_600_000);
  const zoomed = next(asked, "chart", { "xaxis.range": range }, situation(drawn(24, -4, 0)));
  assert.deepEqual(bounds(zoomed), [range[0], Date.parse(NOW)]);
  const ahead = { "xaxis.range": range.map((edge) => edge + 3 * 3_600_000) };
  assert.equal(next(asked, "chart", ahead, situation(drawn(24, -9, 0))), null);
});

test("a window that is not over is frozen as far as it has been", () => {
  const shown = { ...drawn(24, -4, 0), asked };
  const held = next(asked, "event", { kind: "freeze" }, situation(shown));
  assert.deepEqual([held.window, held.start], [null, shown.start]);
  assert.equal(Date.parse(held.stop), Date.parse(NOW));
  const ahead = { ...drawn(2, -4, 0), asked };
  assert.equal(next(asked, "event", { kind: "freeze" }, situation(ahead)), null);
});

test("a second step before the answer goes on from the first", () => {
  const shown = { ...drawn(6, 12), asked };
  const once = next(asked, "event", step(-1), situation(shown));
  const twice = next(once, "event", step(-1), situation(shown));
  assert.equal(bounds(twice)[0], Date.parse(shown.start) - 12 * 3_600_000);
  assert.deepEqual(bounds(next(twice, "event", step(1), situation(shown))), bounds(once));
});

test("what goes from a window that the answer alone tells waits for it", () => {
  const shown = drawn(6, 12);
  const windows = [{ window: "7d" }, { window: "yesterday" }, { start: "2026-02-01", stop: "now" }];
  windows.push({ zoom: "2026-02-01/2026-02-02" }, { tz: "UTC" }, { window: "24h", zoom: "a/b" });
  for (const other of windows) {
    const question = { ...asked, ...other };
    for (const event of [step(-1), step(1), { kind: "freeze" }, { kind: "follow" }]) {
      assert.equal(waits(question, event, situation(shown)), true, JSON.stringify(other));
      assert.equal(waits(question, event, situation({ ...shown, asked: question })), false);
    }
    assert.equal(next(question, "event", step(-1), situation(shown)), null);
    assert.equal(waits(question, { kind: "tick" }, situation(shown)), false);
  }
  const statistic = { ...asked, statistic: "max", n: 7 };
  assert.equal(waits(statistic, step(-1), situation(shown)), false);
});

test("of times with an offset nothing waits: they lie still, and are as long as they are", () => {
  const range = { window: null, start: "2026-02-01T00:00:00+09:00", stop: "2026-02-01T06:00Z" };
  const frozen = { ...asked, ...range };
  assert.equal(waits(frozen, step(-1), situation()), false);
  const stepped = next(frozen, "event", step(-1), situation());
  assert.deepEqual(bounds(stepped), ["2026-01-31T00:00Z", "2026-01-31T15:00Z"].map(Date.parse));
  assert.equal(next(frozen, "event", { kind: "freeze" }, situation()), null);
  assert.equal(next(frozen, "event", { kind: "follow" }, situation()).window, "15h");
});

test("a drag looks at what was drawn over, in the displayed clock", () => {
  const report = { "xaxis.range[0]": "2026-03-01 18:00", "xaxis.range[1]": "2026-03-01 19:00:30" };
  const after = next(asked, "chart", report, situation());
  assert.equal(after.zoom, "2026-03-01T18:00:00+09:00/2026-03-01T19:00:30+09:00");
});

test("what is shorter than a minute is written to the millisecond; a second is the least", () => {
  const start = Date.UTC(2026, 2, 1, 18);
  const report = { "xaxis.range": [start, start + 5] };
  const after = next(asked, "chart", report, situation(drawn(24, 0, 0)));
  assert.match(after.zoom, /\.\d{3}\+00:00/);
  assert.equal(bounds(after)[1] - bounds(after)[0], 1_000);
});

test("what plotly reports of anything else changes nothing", () => {
  for (const report of [{}, { "yaxis.range": [1, 2] }, { "xaxis.autorange": true }, null]) {
    assert.equal(next(asked, "chart", report, situation()), null, JSON.stringify(report));
  }
  const zoomed = { ...asked, zoom: "a/b" };
  assert.equal(next(zoomed, "chart", { "xaxis.autorange": true }, situation()).zoom, null);
});

test("a choice that empties itself was not made by anybody", () => {
  assert.equal(next(asked, "resolution", null, situation()), null);
  assert.equal(next(asked, "statistic", undefined, situation()), null);
  assert.equal(next(asked, "statistic", "max", situation()).statistic, "max");
});

test("a tick asks the same again, in the width and theme of now", () => {
  const after = next(asked, "event", { kind: "tick" }, situation(drawn(1), { theme: "dark" }));
  assert.deepEqual([after.n, after.theme], [1, "dark"]);
  assert.equal(next(asked, "event", { kind: "reset" }, situation()), null);
});

test("a control that is none changes nothing, whatever it is called", () => {
  for (const name of ["", "toString", "constructor"]) {
    assert.equal(next(asked, name, 1, situation()), null, name);
  }
});

test("the address leaves out what would be so anyway", () => {
  const usual = { ...asked, statistic: "avg", resolution: "auto" };
  const { tag, window: width, statistic, resolution } = addressOf(usual, null);
  assert.deepEqual([tag, width, statistic, resolution], [["A"], null, null, null]);
  assert.equal(addressOf({ ...asked, window: "1h" }, null).window, "1h");
});

test("times are written with the offset of the displayed clock, also half an hour behind", () => {
  assert.equal(iso(0, -210, false), "1969-12-31T20:30:00-03:30");
  // In 1971 Liberia was 44 min 30 s behind: an address cannot say that, and says the same instant.
  assert.equal(Date.parse(iso(36_000_000, -44.5, false)), 36_000_000);
  assert.equal(displayed("1970-01-01 00:01"), 60_000);
  assert.equal(displayed("1970-01-02"), 86_400_000);
  assert.equal(displayed(5), 5);
});

test("an excursion is shown with half its length aside, at least a minute, not past now", () => {
  const hour = 3_600_000;
  const start = 1_800_000_000_000;
  const two = around(`D1/01/${start}/${start + 2 * hour}`, start + 9 * hour);
  assert.deepEqual(two, { start: start - hour, stop: start + 3 * hour });
  const short = around(`D1/${start}/${start + 1_000}`, start + hour);
  assert.deepEqual(short, { start: start - 60_000, stop: start + 61_000 });
  const on = around(`D1/${start}/`, start + 4 * hour);
  assert.deepEqual(on, { start: start - 2 * hour, stop: start + 4 * hour });
});

test("a comparison is asked for, another one, and none; the same is no new question", () => {
  const event = (compare) => ({ kind: "compare", compare });
  const compared = next(asked, "event", event("-1d"), situation());
  assert.equal(compared.compare, "-1d");
  assert.equal(next(compared, "event", event("-1d"), situation()), null);
  assert.equal(next(compared, "event", event(""), situation()).compare, null);
  assert.equal(next(asked, "event", event(""), situation()), null);
  assert.equal(addressOf(compared, null).compare, "-1d");
});

test("a row is chosen; the first is so anyway, and one that goes is no longer", () => {
  const two = { ...asked, tag: ["A", "B"] };
  const choose = (tag) => ({ kind: "choose", tag });
  const chosen = next(two, "event", choose("B"), situation());
  assert.equal(chosen.chosen, "B");
  assert.equal(next(two, "event", choose("A"), situation()), null);
  assert.equal(next(chosen, "event", choose("A"), situation()).chosen, null);
  assert.equal(next(chosen, "remove", "B", situation()).chosen, null);
  assert.equal(next(chosen, "remove", "A", situation()).chosen, "B");
  assert.equal(next(chosen, "remove", "C", situation()), null);
});

test("what is looked at in a window that moves stays as far from a start that was typed", () => {
  const question = { ...asked, compare: "2026-02-20" };
  const query = { compare: "2026-02-20T00:00:00" };
  const shown = { ...drawn(24), query, asked: question };
  const held = `${query.compare}/${shown.time.start}`;
  const range = { "xaxis.range": [-2, -1].map((hours) => Date.parse(NOW) + hours * 3_600_000) };
  const look = (asking, there = shown) => next(asking, "chart", range, situation(there));
  assert.equal(look(question).compare, held);
  assert.equal(next(question, "event", step(-1), situation(shown)).compare, held);
  assert.equal(look({ ...question, compare: held }).compare, held);
  const still = { ...shown, time: { ...shown.time, window: "" } };
  assert.equal(look(question, still).compare, question.compare);
  const other = { ...shown, asked: { ...question, compare: "2026-01-01" } };
  const early = `${question.compare}/${shown.time.start}`;
  assert.equal(look(question, other).compare, early, "before its answer has come");
  const day = { ...shown, query: { compare: "-1d" }, asked: { ...question, compare: "-1d" } };
  assert.equal(look({ ...question, compare: "-1d" }, day).compare, "-1d");
});

test("a frozen window keeps as far back what it is compared with", () => {
  const query = { compare: "2026-02-20T00:00:00" };
  const shown = { ...drawn(24), query };
  const before = { ...asked, compare: "2026-02-20" };
  const after = next(before, "event", { kind: "freeze" }, situation(shown));
  assert.equal(after.compare, query.compare);
});
