/**
 * A file on its way into this browser: counted as it comes, and only kept once its end is there. A
 * transfer that breaks off has no end, and what came of it is thrown away.
 */
import { root } from "../dash.mjs";
import { t } from "../messages.mjs";
import { counter } from "./csv-rows.mjs";

/** @import { Export } from "./recent.mjs" */

/** So many bytes are handed to the browser's own store, which may put them on the disk. */
const PART = 8_000_000;
/** The record of a file is there a moment after its last byte [ms], and is asked for so often. */
const SOON = 200;
const TRIES = 8;

/** What cannot be a whole file. */
class NotWhole extends Error {}

/**
 * @param {Export} item
 * @param {boolean} post whether the question is too long for an address
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
function sent(item, post, signal) {
  const address = `${root()}api/v1/export.${item.kind}`;
  if (!post) return window.fetch(`${address}?${item.address}`, { cache: "no-store", signal });
  /** @type {Record<string, string[]>} */
  const body = {};
  for (const [name, value] of new URLSearchParams(item.address)) {
    body[name] = [...(body[name] || []), value];
  }
  const headers = { "Content-Type": "application/json" };
  return window.fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/**
 * Bring a file, and tell of its rows and bytes as they come.
 *
 * @param {Export} item is brought up to date
 * @param {boolean} post
 * @param {AbortSignal} signal
 * @param {function(): void} told something changed
 * @returns {Promise<Blob>} the whole file
 */
export async function bring(item, post, signal, told) {
  const begun = performance.now();
  const answer = await sent(item, post, signal);
  if (!answer.ok || !answer.body) throw new NotWhole(refusal(await answer.text()));
  const type = answer.headers.get("Content-Type") || "";
  const reader = answer.body.getReader();
  const rows = item.kind === "csv" ? counter() : null;
  /** @type {Blob[]} */
  const blobs = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let parts = [];
  let piled = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    parts.push(step.value);
    piled += step.value.length;
    if (rows) rows.add(step.value);
    if (piled > PART) {
      blobs.push(new Blob(parts));
      [parts, piled] = [[], 0];
    }
    item.bytes += step.value.length;
    item.rows = rows ? rows.rows() : null;
    item.seconds = (performance.now() - begun) / 1000;
    told();
  }
  await compare(item, answer.headers.get("X-Request-ID"), signal);
  return new Blob([...blobs, ...parts], { type });
}

/**
 * @param {string} text of an answer that is no file
 * @returns {string} its sentence: the answer itself, or a part of a JSON object
 */
function refusal(text) {
  try {
    const { message, detail } = JSON.parse(text);
    return String(message || detail || text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text.trim();
  }
}

/**
 * Compare what came with what the server says it sent.
 *
 * @param {Export} item
 * @param {string | null} name of the request
 * @param {AbortSignal} signal
 */
async function compare(item, name, signal) {
  const record = name ? await recordOf(name, signal) : null;
  if (!record) return;
  if (record.state !== "complete" || record.bytes !== item.bytes) {
    throw new NotWhole(
      t("%(sent)s bytes were sent, %(came)s came", { sent: record.bytes, came: item.bytes }),
    );
  }
  item.rows = record.rows;
  item.sha256 = record.sha256 || "";
}

/** @param {string} name @param {AbortSignal} signal @returns {Promise<*>} null: nobody tells */
async function recordOf(name, signal) {
  for (let tried = 0; tried < TRIES; tried++) {
    const address = `${root()}api/v1/exports/${encodeURIComponent(name)}`;
    const answer = await window.fetch(address, { cache: "no-store", signal }).catch(() => null);
    if (answer && answer.ok) return answer.json().catch(() => null);
    await new Promise((resolve) => window.setTimeout(resolve, SOON));
  }
  return null;
}

/**
 * @param {Error} error
 * @returns {string} why a file is not whole
 */
export function reason(error) {
  if (error instanceof NotWhole) return error.message;
  return t("the transfer broke off before its end");
}
