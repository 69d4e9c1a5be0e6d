/** An address that its page has left is another page's. */
import "./support.mjs";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { write } from "../../assets/chart/history.mjs";
import * as url from "../../assets/chart/url.mjs";
import { keep, read } from "../../assets/overview/model/address.mjs";

const at = (pathname, root = "/") => {
  globalThis.location.pathname = pathname;
  globalThis.document.documentElement.dataset.root = root;
  globalThis.history.at = null;
};

afterEach(() => at("/"));

test("a chart keeps its question in its own address", () => {
  for (const [pathname, root] of [
    ["/trend", "/"],
    ["/ksys/trend/", "/ksys/"],
  ]) {
    at(pathname, root);
    url.mirror("trend", { tag: "D100" }, (to) => write(to, false));
    assert.equal(globalThis.history.at, pathname + "?tag=D100");
  }
});

test("a chart that was left writes nothing into the address of the next page", () => {
  for (const [pathname, root] of [
    ["/", "/"],
    ["/tech", "/"],
    ["/ksys/", "/ksys/"],
  ]) {
    at(pathname, root);
    url.mirror("trend", { tag: "D100" }, (to) => write(to, false));
    assert.equal(globalThis.history.at, null);
  }
});

test("an overview that was left writes nothing into the address of the next page", () => {
  const view = read("?q=pump", 10);
  at("/ksys/", "/ksys/");
  keep(view);
  assert.equal(globalThis.history.at, "/ksys/?q=pump");
  at("/trend");
  keep(view);
  assert.equal(globalThis.history.at, null);
});
