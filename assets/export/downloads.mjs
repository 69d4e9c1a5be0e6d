/** The files of this page, which run or have ended, and what this browser kept of before. */
import { t } from "../messages.mjs";
import * as recent from "./recent.mjs";
import { bring, reason } from "./transfer.mjs";
import { isPressed, paint, say } from "./recent-view.mjs";

/** @import { Export } from "./recent.mjs" */
/** @import { Expected } from "./recent-view.mjs" */

/** Milliseconds between two looks of what runs, and between two notes of it for other tabs. */
const PAINT = 250;
const NOTE = 5000;

/** Files of this page, the newest first. @type {Export[]} */
const mine = [];
/** What can be cancelled. @type {Map<string, AbortController>} */
const running = new Map();
/** Questions too long for an address. @type {Set<string>} */
const posted = new Set();
/** How much is expected. @type {Map<string, Expected>} */
const expected = new Map();
let painted = 0;
let noted = 0;
let leaving = false;

const lost = () => t("the page was left while it was coming");

/** Show all that is known, and let other tabs know. */
export function show() {
  const every = recent.merged(mine, recent.kept(lost()));
  paint(every, { expected, running, again, cancel });
}

/** Keep what is known of the files of this page. */
function note() {
  for (const each of mine) if (each.state === "running") each.seen = Date.now();
  recent.keep(recent.merged(mine, recent.kept(lost())));
}

/** Something came: show it now and then, and not while a button is held down, or it would go. */
function told() {
  const now = performance.now();
  if (now - painted > PAINT && !isPressed()) {
    painted = now;
    show();
  }
  if (now - noted > NOTE) {
    noted = now;
    note();
  }
}

/**
 * Fetch a file, save it once it is whole, and say what became of it.
 *
 * @param {{ name: string, kind: string, address: string, post: boolean }} file
 * @param {Expected | undefined} much that is expected
 */
export async function start({ name, kind, address, post }, much) {
  const now = Date.now();
  const id = `${now}-${Math.random().toString(36).slice(2)}`;
  /** @type {Export} */
  const item = { id, at: now, seen: now, name, kind, address, state: "running", why: "",
    rows: null, bytes: 0, seconds: 0, sha256: "" }; // prettier-ignore
  mine.unshift(item);
  if (much) expected.set(id, much);
  if (post) posted.add(address);
  const controller = new AbortController();
  running.set(id, controller);
  note();
  show();
  say(t("%(file)s is being fetched.", { file: name }));
  try {
    const whole = await bring(item, post, controller.signal, told);
    item.state = "whole";
    save(whole, name);
    say(t("%(file)s is whole.", { file: name }));
  } catch (error) {
    if (!(error instanceof Error || error instanceof DOMException)) throw error;
    item.state = controller.signal.aborted ? "cancelled" : "broken";
    if (item.state === "broken") {
      item.why = leaving ? lost() : reason(error);
      say(t("%(file)s broke off: it is not saved.", { file: name }));
    } else say(`${name}: ${t("cancelled")}`);
  }
  running.delete(id);
  note();
  show();
}

/** @param {Export} item */
function again({ name, kind, address, id }) {
  start({ name, kind, address, post: posted.has(address) }, expected.get(id));
}

/** @param {Export} item */
function cancel({ id }) {
  running.get(id)?.abort();
}

/**
 * Let the browser put a file where it puts downloads.
 *
 * @param {Blob} whole
 * @param {string} name
 */
function save(whole, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(whole);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the file after the click.
  window.setTimeout(() => URL.revokeObjectURL(link.href), NOTE * 12);
}

// A page that goes away takes its transfers with it: what it kept of them says so at once.
window.addEventListener("beforeunload", () => (leaving = true));
window.addEventListener("pageshow", () => (leaving = false));
window.addEventListener("pagehide", () => {
  if (!running.size) return;
  for (const each of mine) {
    if (each.state === "running") Object.assign(each, { state: "broken", why: lost() });
  }
  note();
});
