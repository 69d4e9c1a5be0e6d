/** A picture of a chart says what it is of, above and below what is drawn. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { withText } from "../../assets/chart/picture.mjs";

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
  assert.match(below.text, /^A \[bar\]: H 180<br>.*noon$/);
});
