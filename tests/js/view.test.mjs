import assert from "node:assert/strict";
import test from "node:test";
import { plant } from "./support.mjs";
import * as address from "../../assets/overview/model/address.mjs";

const read = (query, hash = "") => address.read(query, 10, hash);

test("every view comes back from its address", () => {
  const query =
    "q=a+b&state=BAD&state=NO+DATA&sort=name&group=prefix&view=table&by=age&down=1&every=60" +
    "&closed=D&pin=P%2F1&details=T1&kiosk=1&rotate=30s&tag=T1&tag=T2&name=Two";
  const view = read(query);
  assert.deepEqual(view.faults, []);
  assert.deepEqual(read(address.written(view, "")), view);
});

test("what is as it would be anyway is not written, and other parameters stay", () => {
  assert.equal(address.written(read(""), "?lang=ko"), "?lang=ko");
  assert.equal(address.written(read("q="), ""), "");
});

test("what cannot be used is refused by name, with the choices, and left out", () => {
  const view = read("sort=up&every=1&state=GOOD&state=BAD&kiosk=yes");
  assert.deepEqual(
    view.faults.map(([name, value]) => [name, value]),
    [
      ["state", "GOOD"],
      ["sort", "up"],
      ["every", "1"],
      ["kiosk", "yes"],
    ],
  );
  assert.deepEqual([view.sort, view.every, view.states], ["worst", 10, ["BAD"]]);
});

test("own groups that this browser lacks and a name without tags are refused", () => {
  const view = read("group=own&name=Boiler");
  assert.deepEqual(
    view.faults.map(([name]) => name),
    ["group", "name"],
  );
  assert.deepEqual([view.group, view.name], ["none", ""]);
});

test("lists that make a long query stand behind the hash, and are read from there", () => {
  const view = { ...read("sort=name"), tags: Array.from({ length: 300 }, (_, k) => "tag" + k) };
  const written = address.written(view, "");
  const [query, hash] = written.split("#");
  assert.ok(query.length < 2_000);
  assert.deepEqual(read(query, "#" + hash).tags, view.tags);
});

test("a length of time is in seconds, with s or m", () => {
  const found = ["30", "30s", "5m", "5h", "", null, "123456"].map(address.seconds);
  assert.deepEqual(found, [30, 30, 300, null, null, null, null]);
});

test("names that the plant does not have are left out once the tags are known, and said", () => {
  const view = read("pin=A&pin=X&closed=Q&details=Y&group=prefix");
  address.settle(view, plant(["A", "B1"]));
  assert.deepEqual([view.pins, view.closed, view.details], [["A"], [], null]);
  assert.deepEqual(
    view.faults.map(([name, value]) => name + value),
    ["pinX", "closedQ", "detailsY"],
  );
});
