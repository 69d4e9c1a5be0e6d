/**
 * Trend and tech in the browser: controls become a question, the question becomes the address,
 * and a refresh asks the same question again. No number is computed here.
 */
import { Clock } from "../clock.mjs";
import { root as base } from "../dash.mjs";
import { t } from "../messages.mjs";
import * as url from "../url.mjs";

export * as grid from "./grid.mjs";

const MINUTE = 60000;
// A step that ends this near to now, as a share of the window, arrives at the live window.
const NEAR_NOW = 0.1;
let mounted = null;

/** Tell a page's question that something other than a control changed. */
function send(page, kind) {
  if (!document.getElementById(page + "-chips") && !document.getElementById(page + "-chart"))
    return;
  window.dash_clientside.set_props(page + "-event", { data: { kind, at: Date.now() } });
}

/** @returns {number} width of the chart in pixels, to the next 50 so that equal views share */
function width(page) {
  const chart = document.getElementById(page + "-chart") || document.querySelector(".page");
  const pixels = chart && chart.clientWidth ? chart.clientWidth : window.innerWidth;
  return Math.max(200, Math.round(pixels / 50) * 50);
}

/** @returns {number} milliseconds of a time as plotly writes it, in the displayed clock */
function displayed(text) {
  if (typeof text === "number") return text;
  return Date.parse(String(text).replace(" ", "T") + (/\d\d:\d\d/.test(text) ? "Z" : ""));
}

/** @returns {string} ISO time with the offset of the displayed clock */
function iso(utc, offset, precise) {
  const sign = offset < 0 ? "-" : "+";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const text = new Date(utc + offset * MINUTE).toISOString().slice(0, precise ? 23 : 19);
  const pad = (number) => String(number).padStart(2, "0");
  return text + sign + pad(hours) + ":" + pad(minutes);
}

/** Let a question look at [start, stop) in UTC milliseconds, never past now. */
function look(question, shown, start, stop) {
  const now = Date.parse(shown.now);
  const span = Math.max(stop - start, 1000);
  const last = Math.min(stop, now);
  const first = Math.max(stop > now ? last - span : start, 0);
  const precise = span < MINUTE;
  const bounds = [first, last].map((time) => iso(time, shown.offset, precise));
  return { ...question, zoom: bounds.join("/") };
}

/** One window back or forward; forward into the present is the live window again. */
function step(question, shown, direction) {
  const [start, stop] = [Date.parse(shown.start), Date.parse(shown.stop)];
  const span = stop - start;
  const arrives = stop + span >= Date.parse(shown.now) - span * NEAR_NOW;
  if (direction > 0 && arrives && !question.start) {
    return whole(question);
  }
  return look(question, shown, start + direction * span, stop + direction * span);
}

function whole(question) {
  return { ...question, zoom: null };
}

/** What plotly reports after a drag: a new range, or the wish for the whole window. */
function relayout(question, shown, report) {
  if (report["xaxis.autorange"]) return question.zoom ? whole(question) : null;
  const range = report["xaxis.range"] || [report["xaxis.range[0]"], report["xaxis.range[1]"]];
  if (range[0] === undefined || range[1] === undefined) return null;
  const [start, stop] = range.map((edge) => displayed(edge) - shown.offset * MINUTE);
  return look(question, shown, start, stop);
}

function retag(question, tags) {
  return { ...question, tag: tags };
}

/** @returns {object|null} the question after one control changed, null if it stays as it is */
function next(page, question, name, value, context) {
  const shown = context.states[page + "-shown.data"];
  const tags = question.tag || (shown && shown.tags) || [];
  switch (name) {
    case "window":
      return value ? { ...question, window: value, start: null, stop: null, zoom: null } : null;
    case "statistic":
    case "resolution":
      return { ...question, [name]: value };
    case "add":
      if (!value || tags.includes(value)) return null;
      return retag(question, page === "tech" ? [value] : [...tags, value]);
    case "remove":
      return retag(
        question,
        tags.filter((_, index) => index !== value),
      );
    case "go": {
      const [start, stop] = ["from", "to"].map((edge) => context.states[`${page}-${edge}.value`]);
      return { ...question, window: null, zoom: null, start: start || null, stop: stop || null };
    }
    case "back":
    case "forward":
      return value && shown ? step(question, shown, name === "back" ? -1 : 1) : null;
    case "reset":
      return value ? whole(question) : null;
    case "chart":
      return value && shown ? relayout(question, shown, value) : null;
    case "event":
      return event(page, question, value);
    default:
      return null;
  }
}

function event(page, question, value) {
  if (!value) return null;
  if (value.kind === "reset") return question.zoom ? whole(question) : null;
  return { ...question, width: width(page), theme: theme(), n: (question.n || 0) + 1 };
}

function theme() {
  return document.documentElement.dataset.theme || "light";
}

/** @returns {[string, *]} which control fired and its value; a chip's value is its place */
function fired(page, trigger) {
  const dot = trigger.prop_id.lastIndexOf(".");
  const id = trigger.prop_id.slice(0, dot);
  if (id.startsWith("{")) return trigger.value ? ["remove", JSON.parse(id).index] : ["", null];
  return [id.slice(page.length + 1), trigger.value];
}

/** dash_clientside.ksys_view.ask: the question of a page, from whichever control changed. */
export function ask(context) {
  const same = window.dash_clientside.no_update;
  const source = Object.keys(context.inputs).find((name) => name.endsWith("-asked.data"));
  const page = source.slice(0, source.indexOf("-asked"));
  let question = context.states[page + "-question.data"];
  const triggers = context.triggered.map((trigger) => fired(page, trigger));
  if (!question || triggers.some(([name]) => name === "asked")) {
    question = { ...context.inputs[source], width: width(page), theme: theme(), n: 0 };
    mount(page, question.refresh);
    return [question, same, same];
  }
  const before = question;
  for (const [name, value] of triggers) {
    question = next(page, question, name, value, context) || question;
  }
  if (question === before) return [same, same, same];
  const added = triggers.some(([name]) => name === "add");
  const ranged = triggers.some(([name]) => name === "go");
  return [question, added ? null : same, ranged ? null : same];
}

/** dash_clientside.ksys_view.mirror: the address, the export link, and which tags are shown. */
export function mirror(_context, question, shown, before) {
  const same = window.dash_clientside.no_update;
  if (!question || !mounted) return [same, same];
  const page = mounted.page;
  const tags = question.tag || (shown && shown.tags) || [];
  url.mirror({
    tag: tags,
    window: question.window === "24h" ? null : question.window,
    start: question.start,
    stop: question.stop,
    zoom: question.zoom,
    statistic: question.statistic === "avg" ? null : question.statistic,
    resolution: question.resolution === "auto" ? null : question.resolution,
    tz: question.tz,
  });
  const root = document.querySelector(".page--" + page);
  if (root) {
    root.classList.toggle("is-zoomed", Boolean(question.zoom));
    root.classList.toggle("has-answer", Boolean(shown));
  }
  if (shown && (!mounted.shown || mounted.shown.now !== shown.now)) arrived(page, shown);
  for (const choice of document.querySelectorAll(".segs .selected")) {
    if (choice.parentElement.scrollWidth > choice.parentElement.clientWidth) bring(choice);
  }
  const link = `${base()}${page}/rows.csv?` + (shown ? url.query(shown.query) : "");
  return [link, before && String(before) === String(tags) ? same : tags];
}

/** Scroll a row of buttons, not the page, until the chosen one is seen. */
function bring(choice) {
  const row = choice.parentElement;
  row.scrollLeft = choice.offsetLeft - (row.clientWidth - choice.offsetWidth) / 2;
}

/** An answer is in: the clock may go on, and a double click knows its chart. */
function arrived(page, shown) {
  mounted.shown = shown;
  mounted.refused = false;
  nameChoices();
  if (mounted.waiting) mounted.waiting(true);
  const plot = document.querySelector(`#${page}-chart .js-plotly-plot`);
  if (plot && plot.on && !plot.ksysWired) {
    plot.ksysWired = true;
    plot.on("plotly_doubleclick", () => send(page, "reset"));
  }
  refreshRows(page);
}

/** The table shows the rows of the chart: what it holds is asked for again. */
function refreshRows(page) {
  const grids = window.dash_ag_grid;
  if (!grids || !document.getElementById(page + "-rows")) return;
  grids.getApiAsync(page + "-rows").then((api) => {
    if (!api.isDestroyed()) api.refreshInfiniteCache();
  });
}

/** Start the clock of a page that has come up, stop that of the one before. */
function mount(page, seconds) {
  leave();
  mounted = { page, live: true };
  const period = (seconds || 10) * 1000;
  mounted.clock = new Clock(page + "-tick", {
    period,
    ask: (signal, answered) => refresh(page, signal, answered),
    show: () => undefined,
  });
  mounted.watchdog = window.setInterval(() => tellAge(page), 1000);
}

function leave() {
  if (!mounted) return;
  mounted.clock.stop();
  window.clearInterval(mounted.watchdog);
  mounted = null;
}

/** Ask the same question again; a window that lies still has nothing new, once it is shown. */
function refresh(page, signal, answered) {
  const me = mounted;
  if (!document.getElementById(page + "-chips")) {
    leave();
    return Promise.resolve(true);
  }
  if (!me.refused && !(me.shown && me.shown.live)) {
    answered();
    return Promise.resolve(true);
  }
  return new Promise((resolve, reject) => {
    me.waiting = (ok) => {
      me.waiting = null;
      if (ok) answered();
      resolve(ok);
    };
    signal.addEventListener("abort", () => reject(new Error("no answer in time")));
    send(page, "tick");
  });
}

/** dash_clientside.ksys_view.tick: the interval of a page fired. */
export function tick(_context, count) {
  if (count && mounted) mounted.clock.tick();
}

/** dash_clientside.ksys_view.told: one message instead of a list of them is a refusal. */
export function told(_context, message) {
  if (!message || Array.isArray(message) || !mounted) return;
  mounted.refused = true;
  if (mounted.waiting) mounted.waiting(false);
}

/** dcc.RadioItems takes no aria-label: its list is named by the legend around it. */
function nameChoices() {
  for (const list of document.querySelectorAll(".segs-group [role='listbox']:not([aria-label])")) {
    list.setAttribute("aria-label", list.closest("fieldset").querySelector("legend").textContent);
  }
}

/** A dead server cannot say that what is shown is old; this can. */
function tellAge(page) {
  const place = document.getElementById(page + "-age");
  if (!place) return leave();
  const quiet = mounted.clock.silence();
  const text = quiet
    ? t("No answer for %(seconds)s s; what is shown is that old. It is tried again by itself.", {
        seconds: Math.round(quiet / 1000),
      })
    : "";
  if (place.textContent !== text) place.textContent = text;
}

/** What a link must say besides the address: SMA 10 is of what the sender saw. */
function lasting() {
  const resolution = mounted.page === "tech" && mounted.shown && mounted.shown.query.resolution;
  return resolution ? { resolution } : {};
}

document.addEventListener("ksys:theme", () => mounted && send(mounted.page, "theme"));
let resizing = 0;
window.addEventListener("resize", () => {
  window.clearTimeout(resizing);
  resizing = window.setTimeout(() => mounted && send(mounted.page, "width"), 400);
});
document.addEventListener("click", async (click) => {
  const button = click.target.closest && click.target.closest("[id$='-copy']");
  if (!button || !mounted) return;
  const copied = await url.copy(lasting());
  const before = button.dataset.word || button.textContent;
  button.dataset.word = before;
  button.textContent = copied ? t("Copied") : t("Not copied");
  window.setTimeout(() => (button.textContent = before), 1600);
});
