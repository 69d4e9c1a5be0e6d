/**
 * How a notice looks: its sign, what is so, what that means, and one button. Three tones, all grey,
 * for amber and red are the plant's: a fault's block is black, a warning's grey, a note has none.
 */
import { root } from "../../dash.mjs";
import { t } from "../../messages.mjs";
import { el } from "./dom.mjs";

/** @import { Banner, Notice } from "../../types.mjs" */

/** @type {Record<string, string>} */
const SIGNS = {
  silence: "✕",
  error: "✕",
  "signed-out": "↪",
  paused: "❚❚",
  behind: "◷",
  replica: "◷",
  rivals: "!",
  rules: "!",
  newer: "↻",
};
/** Notices that can be closed: they may be ignored. */
const CLOSABLE = ["newer"];
/**
 * What the button of a notice does, and its word; nothing: it tells how to connect a historian.
 *
 * @type {Record<string, [string, () => string]>}
 */
const ACTS = {
  none: ["clear", () => t("Show all tags")],
  empty: ["", () => t("How to connect")],
  newer: ["reload", () => t("Reload")],
  "signed-out": ["reload", () => t("Sign in")],
  paused: ["pause", () => t("Resume (space)")],
  silence: ["ask", () => t("Ask now")],
  shared: ["own-keep", () => t("Keep this group")],
  link: ["dismiss", () => t("Dismiss")],
  tag: ["dismiss", () => t("Dismiss")],
};
/** Notices of which the page Status says more. */
const ON_STATUS = ["error", "rules", "behind"];

/**
 * @param {string} key
 * @returns {HTMLElement | null} the button of a notice
 */
function button(key) {
  if (ON_STATUS.includes(key))
    return el("a", { class: "seg", href: root() + "status" }, t("Status"));
  if (!ACTS[key]) return null;
  const [act, word] = ACTS[key];
  const does = act ? { "data-act": act } : { "data-opens": "connect" };
  return el("button", { type: "button", class: "seg", ...does }, word());
}

/**
 * @param {string} key
 * @returns {HTMLElement | null} what closes a notice
 */
function closing(key) {
  if (!CLOSABLE.includes(key)) return null;
  const does = { "data-act": "hush", "data-value": key, "aria-label": t("Close") };
  return el("button", { type: "button", class: "quiet", ...does }, "✕");
}

/**
 * @param {Notice} notice
 * @returns {Banner} one with words for the ear is not read out as the eye sees it
 */
export function banner({ level, key, said }) {
  const [text, means, more, ear] = [new Text(" "), new Text(), new Text(), new Text()];
  const alert = level === "fault" ? "alert" : null;
  const role = said ? null : alert;
  const node = el("div", { class: "notice notice--" + level, role, "data-notice": key });
  const rest = el("span", {}, means, " ", el("b", {}, more));
  const sign = el("i", { class: "notice__sign", role: "presentation" }, SIGNS[key] || "i");
  node.append(sign, el("p", { "aria-hidden": said ? "true" : null }, el("b", {}, text), " ", rest));
  if (said) node.append(el("p", { class: "visually-hidden", role: alert }, ear));
  node.append(...[button(key), closing(key)].filter((each) => each !== null));
  return { node, text, means, more, said: ear };
}
