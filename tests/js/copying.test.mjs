/** What is copied from the table of a chart. */
import assert from "node:assert/strict";
import test from "node:test";
import "./support.mjs";
import { text } from "../../assets/chart/copying.mjs";

const row = (at) => ({ getAttribute: () => String(at) });
const ROWS = [row(0), row(1)];
const cell = (at, column, shown) => ({
  closest: () => ROWS[at],
  getAttribute: () => column,
  textContent: shown,
});

test("numbers are copied in full, words as they are, a line a row", () => {
  const data = [{ avg: -182.4738, tag: "D1" }, { avg: null }];
  const cells = [cell(0, "tag", "D1"), cell(0, "avg", "−182.474"), cell(1, "avg", "–")];
  assert.equal(
    text(cells, (at) => ({ data: data[at] })),
    "D1\t-182.4738\n–",
  );
});
