/** What this browser keeps: the viewer's own pins and groups. */

import { read, write } from "../../storage.mjs";

const PINS = "ksys-pins";
const GROUPS = "ksys-groups";

/** @param {*} value @returns {boolean} */
const areNames = (value) => Array.isArray(value) && value.every((name) => typeof name === "string");

/** @returns {string[]} the viewer's own pins */
export function pins() {
  const found = read(PINS);
  return areNames(found) ? found : [];
}

/** @param {string[]} names of the tags that are pinned */
export const keepPins = (names) => write(PINS, names);

/** @returns {Record<string, string[]>} the viewer's own groups: what has the shape of one */
export function groups() {
  const found = read(GROUPS);
  if (found === null || typeof found !== "object" || Array.isArray(found)) return {};
  return Object.fromEntries(Object.entries(found).filter(([, tags]) => areNames(tags)));
}

/** @param {Record<string, string[]>} own */
export const keepGroups = (own) => write(GROUPS, own);
