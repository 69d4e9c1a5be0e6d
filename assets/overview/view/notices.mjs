/**
 * What the page has to say (no answer, historian down, paused, bad link), and what screen readers
 * are told. What belongs to the link or the search stands above the board; what comes and goes by
 * itself lies in a bar at the lower edge, so that no card moves for it.
 */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { now, shownOf } from "../model/model.mjs";
import { found } from "../model/order.mjs";
import { word } from "../../words.mjs";
import { banner } from "./banner.mjs";
import { arrange, el, text as write } from "./dom.mjs";
import { ofTheSource } from "./source.mjs";

/** @import { Clock } from "../../clock.mjs" */
/** @import { Banner, Model, Notice, Notices, Page, Trouble } from "../../types.mjs" */

const NAMED = 3;
/** The error of a frame after which a newer one is about to come. */
export const LATE = "historian_late";
const PASSING = "silence error signed-out paused behind replica rivals hour newer".split(" ");
/** With these the values are those of before; with what is said of the rules they are new. */
const OLD = ["silence", "error", "signed-out", "paused"];
/** What speaks before what, of two at once. */
const LEVELS = ["fault", "warning", "note"];

/** A proxy wants the viewer to sign in again. */
export class SignedOut extends Error {}

/**
 * @param {*} error
 * @returns {null} no answer for one who is signed out; any other error goes on
 */
export function unlessSignedOut(error) {
  if (error instanceof SignedOut) return null;
  throw error;
}

/** @param {Model} model @returns {Trouble} what is said to one who is signed out */
export const signedOut = (model) => ({
  error: "signed_out",
  message: t("You are signed out: nothing new is shown until you sign in again."),
  as_of: shownOf(model),
});

/** @returns {Notices} their places, and the live region for changes of state */
export function build() {
  const live = { role: "status", "aria-live": "polite", id: "overview-status" };
  const status = el("div", { class: "visually-hidden", ...live });
  const banners = el("div", { class: "banners" });
  const bar = el("div", { class: "banners banners--passing" });
  const node = el("div", {}, banners, bar, status);
  /** @type {Map<string, Banner>} */
  const shown = new Map();
  return { node, banners, bar, status, shown, closed: new Set() };
}

/**
 * @param {Model} model
 * @param {number} ago [ms]
 * @returns {string} the time by the database, so long ago
 */
function timeOf(model, ago) {
  return format.time(Math.round(now(model) - ago), model.zone, now(model));
}

/**
 * The watchdog's notice: it counts for the eye, and is said once to the ear.
 *
 * @param {Model} model
 * @param {Clock} clock
 * @returns {Notice | null}
 */
function silent(model, clock) {
  const quiet = clock.silence();
  if (!model.seq) {
    if (!quiet && (!clock.state.strikes || model.error)) return null;
    const text = t("The server does not answer as it should; the page keeps asking.");
    return { level: "fault", key: "silence", text };
  }
  if (!quiet) return null;
  const values = { span: format.span(quiet), time: timeOf(model, quiet) };
  if (clock.state.heard && !clock.state.news) return standing(values);
  const text = t(
    "No answer for %(span)s. The values shown are old; the page keeps asking.",
    values,
  );
  const said = t(
    "No answer since %(time)s. The values shown are old; the page keeps asking.",
    values,
  );
  return { level: "fault", key: "silence", text, said };
}

/**
 * Answers come, but the time they are of stands still.
 *
 * @param {{ span: string, time: string }} values how long, and since when
 * @returns {Notice}
 */
function standing(values) {
  const text = t(
    "Nothing new for %(span)s: every answer is of the same time. The values are old.",
    values,
  );
  const said = t(
    "Nothing new since %(time)s: every answer is of the same time. The values are old.",
    values,
  );
  return { level: "fault", key: "silence", text, said };
}

/**
 * @param {Model} model
 * @param {Clock} clock
 * @returns {Notice | null}
 */
function paused(model, clock) {
  if (!clock.state.paused) return null;
  const time = timeOf(model, clock.pausedFor());
  const text = time
    ? t("Paused at %(time)s. The values shown are old: press Space or ▶ to resume.", { time })
    : t("Paused");
  return { level: "warning", key: "paused", text };
}

/**
 * @param {Trouble} error
 * @param {string} zone
 * @returns {Notice}
 */
function failing({ error, message = "", as_of: moment }, zone) {
  const since = moment
    ? t("The values shown are of %(time)s.", { time: format.stamp(moment, zone) })
    : "";
  const text = (message.replace(/[.\s]*$/, ". ") + since).trim();
  const level = error === LATE ? "warning" : "fault";
  return { level, key: error === "signed_out" ? "signed-out" : "error", text };
}

/**
 * @param {Page} page
 * @returns {Notice[]} what the link gives cause to say
 */
function ofTheLink({ model, view }) {
  /** @type {Notice[]} */
  const notices = view.faults.map(([name, value, choices]) => {
    return {
      level: "warning",
      key: "link",
      text: t(
        "The link asks for %(name)s=%(value)s, which cannot be used; choose one of %(choices)s.",
        { name, value, choices },
      ),
    };
  });
  const strangers = model.version ? view.tags.filter((tag) => !model.index.has(tag)) : [];
  for (const tag of strangers.slice(0, NAMED)) {
    notices.push({
      level: "warning",
      key: "tag",
      text: t("There is no tag %(tag)s; the link may be old. Search for its name.", { tag }),
    });
  }
  if (view.name && view.tags.length) {
    const text = t("Group %(name)s of a link; tags: %(n)s.", {
      name: view.name,
      n: view.tags.length,
    });
    notices.push({ level: "note", key: "shared", text });
  }
  return notices;
}

/**
 * @param {Page} page
 * @returns {Notice | null} why there is nothing to see
 */
function ofTheSearch({ model, view, shown }) {
  if (model.version && model.n === 0)
    return {
      level: "note",
      key: "empty",
      text: t(
        "The historian knows no tag yet. Load readings with manage.py load, or connect another " +
          "historian.",
      ),
    };
  if (!model.seq || shown.length || found(model, view).length) return null;
  const text = t("No tag matches the search and the states chosen.");
  return { level: "note", key: "none", text };
}

/**
 * @param {Page} page
 * @returns {Notice[]}
 */
function messages(page) {
  const { model, clock, builds } = page;
  const all = [
    silent(model, clock),
    model.error && failing(model.error, model.zone),
    paused(model, clock),
    ...ofTheSource(model),
    ...model.notices.map(ofTheRules),
    ...ofTheLink(page),
    ofTheSearch(page),
    builds.newer ? newer() : null,
  ];
  return all.filter((notice) => notice !== null);
}

/**
 * @param {["fault" | "warning" | "note", string]} told
 * @returns {Notice} what the server says of rules and texts of the tags
 */
const ofTheRules = ([level, text]) => ({ level, key: "rules", text });

/** @returns {Notice} */
const newer = () => ({
  level: "note",
  key: "newer",
  text: t("A newer version of Ksys is running."),
});

/**
 * @param {string} text
 * @returns {[string, string]} what is so and since when, and what that means
 */
function halves(text) {
  const end = text.search(/[.:] /);
  return end < 0 ? [text, ""] : [text.slice(0, end + 1), text.slice(end + 2)];
}

/**
 * Of what comes and goes the worst speaks, and counts the others.
 *
 * @param {Notice[]} all
 * @returns {Notice[]} one, or none
 */
function loudest(all) {
  const [first, ...others] = [...all].sort(
    (one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level),
  );
  if (!others.length) return first ? [first] : [];
  const what = others.map(({ text }) => halves(text)[0]).join(" ");
  const more = t("And %(n)s more: %(what)s", { n: others.length, what });
  return [{ ...first, more }];
}

/**
 * Show the notices; only what changed is touched, so an alarm is said once.
 *
 * @param {Page} page
 */
export function paint(page) {
  const { notices } = page;
  const all = messages(page).filter(({ key }) => !notices.closed.has(key));
  const comes = all.filter(({ key }) => PASSING.includes(key));
  const stays = all.filter(({ key }) => !PASSING.includes(key));
  const shown = new Map();
  const nodes = [stays, loudest(comes)].map((some) =>
    some.map((notice, k) => {
      const place = PASSING.includes(notice.key) ? "" : k;
      const name = notice.key + (notice.said ? " aloud" : "") + place;
      const held = notices.shown.get(name) || banner(notice);
      shown.set(name, held);
      const [what, means] = halves(notice.text);
      write(held.text, what);
      write(held.means, means);
      write(held.more, notice.more || "");
      write(held.said, notice.said || "");
      return held.node;
    }),
  );
  notices.shown = shown;
  arrange(notices.banners, nodes[0]);
  arrange(notices.bar, nodes[1]);
  const old = all.some(({ key }) => OLD.includes(key));
  page.root.classList.toggle("overview--old", old);
}

/**
 * Tell screen readers which tags changed their state; values are never read out.
 *
 * @param {Page} page
 * @param {number[]} turned
 */
export function announce({ model, notices }, turned) {
  if (!turned.length) return;
  const said = turned
    .slice(0, NAMED)
    .map((i) => model.names[i] + " " + word(model.badges[model.shown[i]]));
  if (turned.length > NAMED) said.push(t("and %(n)s more", { n: turned.length - NAMED }));
  notices.status.textContent = said.join(", ");
}
