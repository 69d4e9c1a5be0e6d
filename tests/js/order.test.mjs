import assert from "node:assert/strict";
import test from "node:test";
import { code, plant } from "./support.mjs";
import { read } from "../../assets/overview/model/address.mjs";
import { judge } from "../../assets/overview/model/model.mjs";
import * as order from "../../assets/overview/model/order.mjs";
import { COLUMNS, moves, sorted } from "../../assets/overview/model/sorting.mjs";

const view = (query = "") => read(query, 10, "");
const names = (model, tags) => tags.map((i) => model.names[i]).join("");

/** @returns a plant of which A is normal, B critical, C stale over a warning, D a warning */
function trouble() {
  const badge = ["NORMAL", "CRITICAL", "STALE", "WARNING"].map(code).join("");
  const model = plant(["A", "B", "C", "D"], { badge, alarm: "0211" });
  judge(model);
  return model;
}

test("worst first, pins before all, then the order of the catalogue", () => {
  const model = trouble();
  assert.equal(names(model, order.sorted(model, view(), [0, 1, 2, 3])), "BCDA");
  assert.equal(names(model, order.sorted(model, view("pin=A&pin=D"), [0, 1, 2, 3])), "DABC");
  assert.equal(names(model, order.sorted(model, view("sort=name"), [0, 1, 2, 3])), "ABCD");
});

test("a search looks for every word in name and description, whatever the case", () => {
  const model = plant(["P1", "T1"], {}, { descriptions: ["Boiler feed", "boiler steam"] });
  assert.deepEqual(order.found(model, view("q=BOILER+steam")), [1]);
  assert.deepEqual(order.found(model, view("q=nothing")), []);
});

test("a state finds what has it beside its badge too", () => {
  const model = trouble();
  assert.equal(names(model, order.found(model, view("state=WARNING"))), "CD");
  assert.equal(order.counts(model, [0, 1, 2, 3]).WARNING, 2);
});

test("groups stand in order of name, numbers as numbers, the nameless last", () => {
  const model = plant(["A", "B", "C"], {}, { groups: ["Area 10", "", "Area 2"] });
  const groups = order.grouped(model, view("group=group"));
  assert.deepEqual(
    groups.map((group) => group.name),
    ["Area 2", "Area 10", ""],
  );
});

/** @returns the names of groups of trouble, by a view */
function groupsOf(groups, query, badges) {
  const badge = badges.map(code).join("");
  const tags = badges.map((_badge, k) => "T" + k);
  const model = plant(tags, { badge, alarm: "0".repeat(tags.length) }, { groups });
  judge(model);
  return order.grouped(model, view("group=group" + query)).map((group) => group.name);
}

test("worst first a group stands where its worst tag stands, the calm ones after by name", () => {
  const groups = ["C", "A", "B", "", "D", "A"];
  const badges = ["NO RULE", "NORMAL", "SUSPECT", "CRITICAL", "STALE", "NORMAL"];
  assert.deepEqual(groupsOf(groups, "", badges), ["", "D", "B", "A", "C"]);
  assert.deepEqual(groupsOf(groups, "&sort=name", badges), ["A", "B", "C", "D", ""]);
});

test("of two groups that are equally bad the one by name comes first", () => {
  assert.deepEqual(groupsOf(["B", "A"], "", ["BAD", "BAD"]), ["A", "B"]);
});

test("a tag in two groups of one's own stands in one that says both", () => {
  localStorage.setItem("ksys-groups", JSON.stringify({ One: ["A", "B"], Two: ["B"] }));
  const model = plant(["A", "B", "C"]);
  assert.deepEqual(order.names(model, view("group=own")), ["One", "One + Two", ""]);
  localStorage.clear();
});

test("a prefix is the letters a name starts with", () => {
  const found = ["D101", "FIC-7", "펌프1", "7up", "-x"].map(order.prefix);
  assert.deepEqual(found, ["D", "FIC", "펌프", "7", "-x"]);
});

test("a table sorts by a column with pins first and equals in the order of the catalogue", () => {
  const model = plant(["A", "B", "C", "D"], { value: [3, null, 1, 3] });
  assert.equal(names(model, sorted(model, view("view=table&by=value"), [0, 1, 2, 3])), "BCAD");
  const down = view("view=table&by=value&down=1&pin=C");
  assert.equal(names(model, sorted(model, down, [0, 1, 2, 3])), "CADB");
});

test("the oldest age is the earliest time", () => {
  const model = plant(["A", "B"], { age: [5, 50] });
  assert.equal(names(model, sorted(model, view("view=table&by=age&down=1"), [0, 1])), "BA");
});

test("only columns that change with a frame move the rows", () => {
  const moving = COLUMNS.filter((by) => moves({ view: "table", by }));
  assert.deepEqual(moving, ["time", "value", "age", "freshness", "quality", "alarm", "reasons"]);
  assert.equal(moves({ view: "table", by: null }), false);
  assert.equal(moves({ view: "cards", by: "value" }), false);
});
