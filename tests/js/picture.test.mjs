/** A picture of a chart says what it is of, above and below what is drawn. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { fitted, withText, wrapped } from "../../assets/chart/picture.mjs";

const ROOM = { t: 36, b: 44, l: 60, r: 90 };
const TOLD = { name: "n", title: "A <b> & B", above: ["when", "from"], below: ["A [bar]: H 180"] };
const COLOURS = { surface: "#fff", ink: "#000" };
const LAYOUT = { annotations: [{ text: "bar" }], margin: { t: 1 }, xaxis: { title: "x" } };

test("a picture is higher by its lines, and nothing of the chart is moved or lost", () => {
  const made = withText(LAYOUT, ROOM, 400, TOLD, "2026-11-27 18:00:00+09:00", COLOURS);
  const above = 3 * 17 + 14;
  const below = 2 * 17 + 14;
  assert.equal(made.height, 400 + above + below);
  assert.deepEqual(made.margin, { t: 36 + above, b: 44 + below, l: 60, r: 90, autoexpand: false });
  assert.deepEqual(made.xaxis, LAYOUT.xaxis);
  assert.equal(made.annotations[0].text, "bar");
  assert.equal(LAYOUT.annotations.length, 1, "the chart on the screen stays as it is");
});

test("it says plant and tags, window and source, limits and the moment; markup is text", () => {
  const [, above, below] = withText(LAYOUT, ROOM, 400, TOLD, "noon", COLOURS).annotations;
  assert.equal(above.text, "<b>A &lt;b&gt; &amp; B</b><br>when<br>from");
  assert.equal(below.text, "A [bar]: H 180<br>noon");
});

const widthOf = (/** @type {string} */ text) => 10 * [...text].length;

test("a long text is broken at blanks, else within a word; nothing is lost", () => {
  assert.deepEqual(wrapped("one two three", 90, widthOf), ["one two", "three"]);
  const korean = "고압펌프토출측압력계통합감시지점번호";
  const lines = wrapped(`가 ${korean} 나`, 70, widthOf);
  assert.ok(lines.every((line) => widthOf(line) <= 70));
  assert.equal(lines.join("").replace(/ /g, ""), `가${korean}나`);
  assert.deepEqual(wrapped("short", 90, widthOf), ["short"]);
});

test("no line of a picture is wider than it; of the title three lines stay, of limits all", () => {
  const tags = Array.from({ length: 8 }, (_, n) => `태그${n}`.repeat(20));
  const below = tags.map((tag) => `${tag} 설명 [bar]: LL 5 · L 10 · H 180 · HH 195`);
  const title = `정수장 · ${tags.join(", ")}`;
  const told = { name: "n", title, above: ["when ".repeat(40)], below };
  const found = fitted(told, 330, (text, isBold) => widthOf(text) * (isBold ? 1.1 : 1));
  const shown = found.title.split("\n");
  assert.equal(shown.length, 3);
  assert.ok(shown[2].endsWith("…") && shown.every((line) => widthOf(line) * 1.1 <= 330));
  assert.ok([...found.above, ...found.below].every((line) => widthOf(line) <= 330));
  assert.equal(found.below.filter((line) => line.includes("195")).length, 8);
  const made = withText(LAYOUT, ROOM, 400, found, "noon", COLOURS);
  const lines = 3 + found.above.length + found.below.length + 1;
  assert.equal(made.height, 400 + lines * 17 + 2 * 14);
});
