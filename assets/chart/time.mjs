/**
 * The time control: a button that says what is shown, presets, a calendar, and a field in which one
 * types. What is typed is understood on the server alone, and shown before it is applied; what is
 * refused stays here.
 */
import { setProps } from "../clock.mjs";
import { t } from "../messages.mjs";
import * as applied from "./applied.mjs";
import * as calendar from "./calendar.mjs";
import * as popover from "./popover.mjs";
import { isAtEnd } from "./question.mjs";
import { understood } from "./reading.mjs";
import * as session from "./session.mjs";

/** @import { Question, Shown } from "./types.mjs" */

/** Milliseconds that the field is at rest before it is read. */
const REST = 120;

/**
 * @typedef {object} Control
 * @property {string} page
 * @property {HTMLElement} panel
 * @property {HTMLInputElement} field
 * @property {calendar.Calendar} days
 * @property {AbortController | null} reading the question that is under way
 */

/**
 * What a typed window means: what an address says of it and what it reads as, or why it is refused.
 *
 * @typedef {object} Understood
 * @property {string} [refused]
 * @property {string | null} [window]
 * @property {string | null} [start]
 * @property {string | null} [stop]
 * @property {string} [reads]
 * @property {string} [zone]
 * @property {string[]} [days]
 * @property {Record<string, string>} [shifts] hours of each
 */

/** @type {Control | null} that of the page that is open, once it was opened */
let control = null;
/** @type {{ question: Question | null, shown: Shown | null }} */
const now = { question: null, shown: null };
let resting = 0;

/** @param {string} page @param {string} name @returns {HTMLElement | null} */
const part = (page, name) => document.getElementById(`${page}-${name}`);

/**
 * @param {Element | null | undefined} node
 * @param {string} text
 */
function say(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** A question is asked. @param {Question} question */
export function asked(question) {
  applied.asked(question);
  now.question = question;
}

/**
 * There is no step to where there is no time yet, or none any more.
 *
 * @param {string} page
 * @param {Question} question
 * @param {Shown} shown
 */
function showSteps(page, question, shown) {
  /** @type {[string, 1 | -1][]} */
  const steps = [
    ["back", -1],
    ["forward", 1],
  ];
  for (const [name, by] of steps) {
    const button = part(page, name);
    if (button instanceof HTMLButtonElement) button.disabled = isAtEnd(question, shown, by);
  }
}

/**
 * Say what is shown, and press the preset that it is.
 *
 * @param {string} page
 * @param {Question} question
 * @param {Shown} shown
 */
export function show(page, question, shown) {
  Object.assign(now, { question, shown });
  const { label, motion, window: token } = shown.time;
  const button = part(page, "when");
  say(button?.querySelector(".time-button__span"), label);
  say(button?.querySelector(".time-button__motion"), motion);
  button?.classList.toggle("is-still", !motion);
  for (const preset of document.querySelectorAll(`#${page}-time-panel [data-window]`)) {
    const isShown = preset instanceof HTMLElement && preset.dataset.window === token;
    preset.setAttribute("aria-pressed", String(isShown));
  }
  part(page, "live")?.setAttribute("aria-pressed", String(Boolean(token)));
  part(page, "freeze")?.setAttribute("aria-pressed", String(!motion));
  showSteps(page, question, shown);
  const reset = part(page, "reset");
  // Dash hears no click of a button that it thinks is off, so it is the one to be told.
  const isOff = !question.zoom;
  if (reset instanceof HTMLButtonElement && reset.disabled !== isOff)
    setProps(`${page}-reset`, { disabled: isOff });
}

/**
 * @param {Control} mine
 * @param {string} text
 * @returns {Promise<Understood | null>} what it means; null if something else was typed since
 */
async function read(mine, text) {
  mine.reading?.abort();
  const { signal } = (mine.reading = new AbortController());
  const { tz, resolution } = now.question || {};
  return understood("window", { text, tz, resolution }, signal);
}

/**
 * Show beside the field what is understood, or why it is refused.
 *
 * @param {Control} mine
 * @param {Understood} reading
 */
function tell(mine, reading) {
  const { page, panel, field } = mine;
  const isRefused = Boolean(reading.refused);
  panel.classList.toggle("is-refused", isRefused);
  field.setAttribute("aria-invalid", String(isRefused));
  say(part(page, "reads"), reading.refused || reading.reads || "");
  say(part(page, "reads-zone"), reading.zone ? `(${reading.zone})` : "");
  for (const place of panel.querySelectorAll("[data-shift]"))
    if (place instanceof HTMLElement && reading.shifts)
      say(place, reading.shifts[place.dataset.shift || ""]);
  if (reading.days) calendar.mark(mine.days, reading.days);
  else calendar.clear(mine.days);
}

/** @param {Control} mine */
async function readField(mine) {
  const reading = await read(mine, mine.field.value);
  if (reading) tell(mine, reading);
}

/**
 * Ask for what a text means, or tell why not.
 *
 * @param {Control} mine
 * @param {string} text
 */
async function apply(mine, text) {
  window.clearTimeout(resting);
  const under = applied.begin();
  mine.panel.classList.remove("is-refused");
  say(part(mine.page, "reads"), "…");
  say(part(mine.page, "reads-zone"), "");
  const reading = await read(mine, text);
  const isWanted = applied.isWanted(under);
  if (!reading || !isWanted) return;
  if (reading.refused) {
    popover.reopen(mine.panel);
    mine.field.value = text;
    tell(mine, reading);
    return;
  }
  applied.ask(under, reading);
  if (popover.opened() === mine.panel) popover.close();
}

/** @param {Control} mine @returns {HTMLElement} the line above the months, with what turns them */
function turning(mine) {
  const line = document.createElement("p");
  line.className = "time-title";
  line.append(t("Days, from – to"));
  const signs = { "‹": [-1, t("Earlier months")], "›": [1, t("Later months")] };
  for (const [sign, [by, title]] of Object.entries(signs)) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "month-turn", textContent: sign, title });
    button.setAttribute("aria-label", String(title));
    button.addEventListener("click", () => calendar.turn(mine.days, Number(by)));
    line.append(button);
  }
  return line;
}

/** @returns {HTMLInputElement} */
function typedField() {
  const field = document.createElement("input");
  field.className = "time-text";
  Object.assign(field, { type: "text", maxLength: 200, autocomplete: "off", spellcheck: false });
  field.setAttribute("aria-label", t("Window as text"));
  return field;
}

/**
 * @param {string} page
 * @param {HTMLElement} panel
 * @param {string} today
 * @returns {Control}
 */
function build(page, panel, today) {
  const field = typedField();
  const months = document.createElement("div");
  months.className = "months";
  /** @type {Control} */
  const mine = { page, panel, field, days: calendar.create(months, today, picked), reading: null };
  /** @param {string} text */
  function picked(text) {
    field.value = text;
    readField(mine);
  }
  part(page, "typed-place")?.replaceChildren(field);
  part(page, "days")?.replaceChildren(turning(mine), months);
  field.addEventListener("input", () => {
    // What was asked before is of another text; a refusal of it would put that back.
    mine.reading?.abort();
    window.clearTimeout(resting);
    resting = window.setTimeout(() => readField(mine), REST);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === field) apply(mine, field.value);
  });
  panel.addEventListener("click", (event) => press(mine, event));
  return mine;
}

/** @param {Control} mine @param {MouseEvent} event */
function press(mine, { target }) {
  const button = target instanceof Element ? target.closest("button") : null;
  if (!button) return;
  const { page, field } = mine;
  if (button.dataset.window) apply(mine, button.dataset.window);
  if (button.id === `${page}-apply`) apply(mine, field.value);
  if (button.id === `${page}-close`) popover.close();
  if (button.id === `${page}-live`) follow("follow");
  if (button.id === `${page}-freeze`) follow("freeze");
}

/** @param {"follow" | "freeze"} kind */
function follow(kind) {
  applied.act(kind);
  popover.close();
}

/** @param {HTMLInputElement} field */
function enter(field) {
  // Where one points with a finger, the keyboard would cover what there is to choose from.
  if (window.matchMedia("(pointer: coarse)").matches) return;
  field.focus({ preventScroll: true });
  field.select();
}

/**
 * A panel opens: show in that of the window what is shown now.
 *
 * @param {HTMLElement} panel
 */
export function fill(panel) {
  const { page } = panel.dataset;
  if (!page) return;
  const time = now.shown?.time;
  const today = time?.today || new Date().toISOString().slice(0, 10);
  if (!control || control.panel !== panel) control = build(page, panel, today);
  Object.assign(control.days, { today, first: null });
  if (time) calendar.mark(control.days, time.days);
  else calendar.paint(control.days);
  control.field.value = time ? time.typed : "";
  enter(control.field);
  // What is being applied goes on though the panel was closed meanwhile.
  if (!applied.isUnderWay()) readField(control);
}

/**
 * A step is an event of its own: of two clicks in one go Dash tells the last one alone.
 *
 * @param {MouseEvent} event
 */
function click({ target }) {
  const page = session.current()?.page;
  const button = target instanceof Element ? target.closest("button") : null;
  if (page && button?.id === `${page}-back`) applied.act("step", { by: -1 });
  if (page && button?.id === `${page}-forward`) applied.act("step", { by: 1 });
}

/** Listen while the page is open. */
export const listen = () => document.addEventListener("click", click);
