/** The table of exports: nodes from data, text only. A file's name is of a tag's, hostile data. */
import { root } from "../dash.mjs";
import { language, t } from "../messages.mjs";
import { exact, about, length, size } from "./numbers.mjs";

/** @import { Export } from "./recent.mjs" */

/** @typedef {{ rows: number | null, bytes: number | null }} Expected of a file, as far as known */

/**
 * What the rows of the table can do and know.
 *
 * @typedef {object} Deeds
 * @property {Map<string, Expected>} expected
 * @property {Map<string, AbortController>} running
 * @property {function(Export): void} again
 * @property {function(Export): void} cancel
 */

/** Addresses of the page are no longer than this; a longer question cannot be shown there. */
const LONGEST = 7000;

/**
 * @param {string} name of an element
 * @param {string} kind its class
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
function el(name, kind, ...children) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  node.append(...children);
  return node;
}

/** Say something for the ear. @param {string} text */
export function say(text) {
  const place = document.getElementById("export-heard");
  if (place) place.textContent = text;
}

/** @returns {boolean} whether a button of the table is held down */
export const isPressed = () => Boolean(document.querySelector("#export-recent button:active"));

/**
 * Paint the table anew; the button that has the focus keeps it.
 *
 * @param {Export[]} exports
 * @param {Deeds} deeds
 */
export function paint(exports, deeds) {
  const place = document.getElementById("export-recent");
  if (!place) return;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const key = focused && place.contains(focused) ? focused.dataset.key : undefined;
  if (!exports.length) {
    place.replaceChildren(el("p", "export-note", t("None yet.")));
    return;
  }
  const heads = [t("Started"), t("File"), t("Rows"), t("Bytes"), t("Took"), t("Result")];
  const head = el("tr", "", ...heads.map(heading), el("td", ""));
  const zone = place.dataset.zone;
  const body = el("tbody", "", ...exports.map((item) => row(item, deeds, zone)));
  place.replaceChildren(el("table", "export-table", el("thead", "", head), body));
  if (!key) return;
  for (const node of place.querySelectorAll("[data-key]")) {
    if (node instanceof HTMLElement && node.dataset.key === key) node.focus();
  }
}

/** @param {string} word */
function heading(word) {
  const node = el("th", "", word);
  node.setAttribute("scope", "col");
  return node;
}

/**
 * @param {Export} item
 * @param {Deeds} deeds
 * @param {string | undefined} zone of the site, by whose clock all other times of the page are
 */
function row(item, deeds, zone) {
  const at = new Date(item.at).toLocaleString(language(), {
    timeZone: zone,
    ...{ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false },
  });
  const rows = item.rows === null ? "–" : exact(item.rows);
  return el(
    "tr",
    `export-row export-row--${item.state}`,
    el("td", "", at),
    el("td", "export-name", item.name),
    el("td", "export-number", rows),
    el("td", "export-number", item.bytes ? size(item.bytes) : "–"),
    el("td", "export-number", item.seconds ? length(item.seconds) : "–"),
    el("td", "export-result", ...result(item, deeds)),
    el("td", "export-deeds", ...acts(item, deeds)),
  );
}

/** @param {Export} item @param {Deeds} deeds @returns {(Node | string)[]} */
function result(item, { expected, running }) {
  if (item.state === "whole") {
    const sum = item.sha256 ? `sha256 ${item.sha256.slice(0, 6)}…${item.sha256.slice(-2)}` : "";
    const shown = el("small", "", sum);
    shown.title = item.sha256;
    return ["✓ " + t("whole"), " ", shown];
  }
  if (item.state === "broken") return [el("b", "", "✕ " + t("broken off")), " ", item.why];
  if (item.state === "cancelled") return ["– " + t("cancelled")];
  if (!running.has(item.id)) return [t("coming in another tab")];
  return progress(item, expected.get(item.id) || { rows: null, bytes: null });
}

/** @param {Export} item @param {Expected} much */
function progress(item, much) {
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", item.name);
  const share = shareOf(item, much);
  if (!share) return [bar, " ", t("coming")];
  bar.value = share;
  const percent = Math.floor(100 * share) + " %";
  const time = length((item.seconds / share) * (1 - share));
  const words =
    item.rows === null
      ? t("%(percent)s of about %(size)s, %(time)s left", {
          percent,
          size: size(much.bytes || 0),
          time,
        })
      : t("%(percent)s of about %(rows)s rows, %(time)s left", {
          percent,
          rows: about(much.rows || 0),
          time,
        });
  return [bar, " ", words];
}

/** @param {Export} item @param {Expected} much @returns {number} 0: not known */
function shareOf({ rows, bytes }, much) {
  const share = rows === null ? bytes / (much.bytes || Infinity) : rows / (much.rows || Infinity);
  return Math.min(1, share);
}

/** @param {Export} item @param {Deeds} deeds @returns {(Node | string)[]} */
function acts(item, { running, again, cancel }) {
  if (running.has(item.id)) return [button(t("Cancel"), item, cancel)];
  if (item.state === "running") return [];
  const address = `${item.address}&format=${encodeURIComponent(item.kind)}`;
  const link = el("a", "", t("Open"));
  link.setAttribute("href", `${root()}export?${address}`);
  link.setAttribute("aria-label", t("Open the question of %(file)s", { file: item.name }));
  link.dataset.key = `open ${item.id}`;
  return [button(t("Again"), item, again), ...(address.length < LONGEST ? [" ", link] : [])];
}

/** @param {string} word @param {Export} item @param {function(Export): void} deed */
function button(word, item, deed) {
  const node = el("button", "seg", word);
  node.setAttribute("type", "button");
  node.setAttribute("aria-label", `${word}: ${item.name}`);
  node.dataset.key = `${word} ${item.id}`;
  node.addEventListener("click", () => deed(item));
  return node;
}
