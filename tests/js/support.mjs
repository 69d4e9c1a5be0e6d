/** A page's surroundings, as far as the scripts that need no browser look at them; and a plant. */
import { takeFrame } from "../../assets/overview/model/model.mjs";
import { create, takeTags } from "../../assets/overview/model/tags.mjs";

const kept = new Map();

/** A document without words: texts are said as they are written, in English. */
globalThis.document = {
  hidden: false,
  documentElement: { lang: "en", dataset: { root: "/", build: "b1" } },
  getElementById: () => null,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};
globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
  clear: () => kept.clear(),
};
globalThis.window = globalThis;
globalThis.matchMedia = () => ({ matches: false });
globalThis.addEventListener = () => undefined;
globalThis.removeEventListener = () => undefined;
globalThis.location = { pathname: "/", search: "", hash: "", origin: "http://ksys" };
globalThis.history = {
  state: null,
  replaceState: (_state, _title, to) => (globalThis.history.at = to),
};

/** What Dash offers: properties that were set, by the component's name. */
export const props = {};
/** Dash's store: every component is in its layout. */
const everywhere = new Proxy({}, { has: () => true });
globalThis.dash_stores = [{ getState: () => ({ paths: { strs: everywhere } }) }];
globalThis.dash_clientside = {
  no_update: Symbol("no update"),
  set_props: (id, change) => Object.assign((props[id] = props[id] || {}), change),
};

const BADGES = [
  ...["CRITICAL", "STALE", "NO DATA", "BAD", "CLOCK", "WARNING", "LATE", "SUSPECT"],
  ...["RULE ERROR", "NO RULE", "DISABLED", "NORMAL"],
];

/** The code of a badge, as a frame carries it. */
export const code = (badge) => BADGES.indexOf(badge).toString(36);

/** @returns the answer of `/overview/tags` for tags of these names */
export function tags(names, columns = {}) {
  const all = (value) => names.map(() => value);
  return {
    version: "v" + names.join(),
    names,
    descriptions: all(""),
    units: all("bar"),
    states: all(null),
    kinds: all("value"),
    groups: all(""),
    types: all("analog"),
    spans: all([0, 100]),
    widths: all(100),
    limits: all([null, null, null, null]),
    rule_states: all(0),
    badges: BADGES,
    alarms: ["NORMAL", "WARNING", "CRITICAL", "UNJUDGED"],
    qualities: ["GOOD", "SUSPECT", "BAD", "UNKNOWN"],
    rule_words: ["IN FORCE", "NO RULE", "RULE ERROR", "DISABLED"],
    reason_keys: ["missing", "span"],
    rule_notes: {},
    notices: [],
    hold: 86400,
    reference: 3600,
    look_back: 2_592_000,
    ...columns,
  };
}

/** @returns the answer of `/overview/frame` for n tags that are fresh and normal */
export function frame(n, columns = {}) {
  return {
    version: "v",
    build: "b1",
    behind: 0,
    replica: 0,
    rivals: false,
    now: 1_700_000_000_000,
    value: new Array(n).fill(50),
    digits: "b".repeat(n),
    age: new Array(n).fill(0),
    gap: new Array(n).fill(30),
    delta: new Array(n).fill(0),
    badge: code("NORMAL").repeat(n),
    alarm: "0".repeat(n),
    quality: "0".repeat(n),
    freshness: "0".repeat(n),
    reasons: {},
    crossed: {},
    clock: [],
    carried: {},
    reset: [],
    ...columns,
  };
}

/** @returns a model with these tags and a frame of theirs, taken in at this moment */
export function plant(names, columns = {}, tagColumns = {}) {
  const model = create({ zone: "Asia/Seoul", trend: "/trend", reference: 3600 });
  takeTags(model, tags(names, tagColumns));
  takeFrame(model, frame(names.length, columns), 0, performance.now());
  return model;
}
