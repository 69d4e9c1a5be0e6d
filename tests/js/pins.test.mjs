import assert from "node:assert/strict";
import test from "node:test";
import { plant } from "./support.mjs";
import * as stored from "../../assets/overview/model/stored.mjs";
import { read, settle } from "../../assets/overview/model/address.mjs";
import * as pins from "../../assets/overview/view/pins.mjs";

/** @returns a page of these tags, which notes how often something was chosen */
function page(names, query = "") {
  const made = { view: read(query, 10, ""), model: plant(names), chosen: 0, shown: [] };
  made.root = { dispatchEvent: () => (made.chosen += 1) };
  return made;
}

test("a pin is chosen and kept, and loosened by the same press", () => {
  localStorage.clear();
  const here = page(["A", "B"]);
  pins.toggle(here, "B");
  assert.deepEqual([here.view.pins, stored.pins(), here.chosen], [["B"], ["B"], 1]);
  pins.toggle(here, "B");
  assert.deepEqual([here.view.pins, stored.pins(), here.chosen], [[], [], 2]);
});

test("a pin changes that one alone among one's own, whatever a link pins", () => {
  localStorage.clear();
  stored.keepPins(["OWN"]);
  const here = page(["A", "B"], "pin=A");
  pins.toggle(here, "B");
  assert.deepEqual(here.view.pins, ["A", "B"]);
  assert.deepEqual(stored.pins(), ["OWN", "B"]);
});

test("a group that is dropped is closed no longer, and the last one leaves no groups", () => {
  localStorage.clear();
  const here = page(["A", "B"]);
  pins.saveGroup(here, "One", ["A"]);
  assert.equal(here.view.group, "own");
  here.view.closed = ["One"];
  pins.dropGroup(here, "One");
  assert.deepEqual([here.view.group, here.view.closed, stored.groups()], ["none", [], {}]);
});

test("a link to a group opens it for somebody else, without one's own pins", () => {
  localStorage.clear();
  const here = page(["A", "B"], "q=x&pin=A");
  pins.saveGroup(here, "Two", ["A", "B"]);
  const shared = read(new URL(pins.link(here, "Two")).search, 10, "");
  assert.deepEqual([shared.tags, shared.name, shared.q], [["A", "B"], "Two", ""]);
});

test("what is kept and is no list of names is not taken", () => {
  localStorage.clear();
  for (const text of ["{", "[1]", '"A"', "null"]) {
    localStorage.setItem("ksys-pins", text);
    assert.deepEqual(stored.pins(), [], text);
  }
  localStorage.setItem("ksys-groups", '{"One": ["A"], "Bad": "A"}');
  assert.deepEqual(stored.groups(), { One: ["A"] });
});

test("pins of this browser are written into the address once the tags are known", () => {
  localStorage.clear();
  stored.keepPins(["A", "GONE"]);
  const view = read("", 10, "");
  settle(view, plant(["A"]));
  assert.equal(globalThis.history.at, "/?pin=A");
  assert.deepEqual(view.faults, []);
});
