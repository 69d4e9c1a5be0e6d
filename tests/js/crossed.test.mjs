/** What a card says of the limit that its tag crossed. */
import assert from "node:assert/strict";
import test from "node:test";
import { code, plant } from "./support.mjs";
import { crossedText, limitText, sinceTexts } from "../../assets/overview/model/texts.mjs";
import * as models from "../../assets/overview/model/model.mjs";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

/** A tag with these limits that crossed one of them. */
function alarming(crossed, columns = {}) {
  const limits = [[500, 1000, 18000, 19000.5]];
  const model = plant(["A"], { crossed: { 0: crossed }, digits: "a", ...columns }, { limits });
  models.judge(model);
  return model;
}

test("which limit, how far over it or under it, and whether its deadband holds it", () => {
  const texts = [
    [3, 430],
    [0, 190],
    [2, -40],
    [2, 0],
    [1, null],
  ].map((crossed) => limitText(alarming([...crossed, NOW]), 0));
  assert.deepEqual(texts, [
    "HH 19,000.5 · 430 over",
    "LL 500 · 190 under",
    "H 18,000 · 40 inside, in deadband",
    "H 18,000 · at the limit",
    "L 1,000",
  ]);
});

test("since when counts on with the page's clock; in the site's zone", () => {
  const model = alarming([3, 430, NOW - 39 * MINUTE]);
  assert.equal(crossedText(model, 0, NOW), "HH 19,000.5 · 430 over · since 06:34 (39 min)");
  assert.deepEqual(sinceTexts(model, 0, NOW + 61_000), ["since 06:34", "40 min"]);
  assert.deepEqual(sinceTexts(model, 0, NOW + 1440 * MINUTE)[0], "since 2023-11-15");
});

test("longer than we look, not found yet, and no alarm are told apart", () => {
  assert.deepEqual(sinceTexts(alarming([3, 1, null]), 0, NOW), ["for more than", "30 d"]);
  assert.deepEqual(sinceTexts(alarming([3, 1]), 0, NOW), ["", ""]);
  assert.equal(crossedText(plant(["A"]), 0, NOW), "");
});

test("of a tag that fell silent it is said, and no time that it did not see", () => {
  const columns = { badge: code("CRITICAL"), freshness: "2", age: [1260] };
  const model = alarming([3, 212, NOW - 39 * MINUTE], columns);
  assert.deepEqual(sinceTexts(model, 0, NOW), ["since 06:34", "then silent"]);
});
