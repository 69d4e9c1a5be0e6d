/** What the overview knows from the start, and of its tags: what changes rarely. */

/** @import { Model, TagColumns } from "../../types.mjs" */

/** Columns of which a card is built. @type {(keyof TagColumns)[]} */
const RARE = [
  "descriptions",
  "units",
  "states",
  "kinds",
  "groups",
  "types",
  "spans",
  "widths",
  "limits",
  "rule_states",
];

/** Letters of a name for which a card always has room, and of its end that are seen at least. */
const [WHOLE, SEEN] = [24, 10];

/** @returns {TagColumns} no tags */
const noTags = () => ({
  version: "",
  names: [],
  descriptions: [],
  units: [],
  states: [],
  kinds: [],
  groups: [],
  types: [],
  spans: [],
  widths: [],
  limits: [],
  rule_states: [],
  badges: [],
  alarms: [],
  qualities: [],
  rule_words: [],
  reason_keys: [],
  rule_notes: {},
  notices: [],
  hold: NaN,
  reference: NaN,
  look_back: NaN,
});

/** @param {number} n @returns columns of numbers and codes of n tags, of which nothing is known */
const blank = (n) => ({
  value: /** @type {(number | null)[]} */ (new Array(n).fill(null)),
  digits: new Int8Array(n),
  delta: /** @type {(number | null)[]} */ (new Array(n).fill(null)),
  time: new Float64Array(n).fill(NaN),
  turned: new Float64Array(n).fill(-Infinity),
  carried: new Float64Array(n),
  gaps: /** @type {number[]} */ (new Array(n).fill(NaN)),
  sent: new Uint8Array(n),
  shown: new Uint8Array(n),
  fresh: new Uint8Array(n),
  alarm: new Uint8Array(n),
  quality: new Uint8Array(n),
  freshness: new Uint8Array(n),
  whole: new Int32Array(n).fill(-1),
  reasons: {},
  crossed: {},
});

/**
 * @param {{ zone: string, trend: string, reference: number }} site what the page tells of its site
 * @returns {Model} a model without tags
 */
export function create(site) {
  return {
    ...noTags(),
    ...blank(0),
    ...site,
    n: 0,
    index: new Map(),
    found: [],
    told: [],
    seq: 0,
    now: NaN,
    at: 0,
    said: NaN,
    slept: 0,
    behind: 0,
    replica: 0,
    rivals: false,
    error: null,
    clock: new Set(),
    reset: new Set(),
    code: {},
    hour: null,
    hourAt: -Infinity,
    hourTrouble: null,
    minute: null,
    sparks: null,
    days: null,
    hours: {},
    held: {},
    arcs: {},
    sparkSeq: 0,
  };
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} all that changes rarely of one tag: a card built from the same stays
 */
export function build(model, i) {
  const columns = RARE.map((column) => /** @type {Record<number, *>} */ (model[column])[i]);
  return JSON.stringify([model.names[i], model.told[i], model.rule_notes[i], ...columns]);
}

/** @param {string} one @param {string} other @returns {number} how many letters both end with */
function endsAlike(one, other) {
  let count = 0;
  while (count < one.length && one.at(-1 - count) === other.at(-1 - count)) count += 1;
  return count;
}

/**
 * Long names that end alike cannot be told apart by their ends, which alone have room.
 *
 * @param {string[]} names
 * @returns {number[]} after how many letters each ends as another does; 0 of a name that is seen
 *   whole, or whose end no other has
 */
export function toldAfter(names) {
  const told = new Array(names.length).fill(0);
  const backwards = names.map((name) => [...name].reverse().join(""));
  // Sorted from their ends, those that end most alike stand side by side.
  const long = [...names.keys()].filter((i) => names[i].length > WHOLE);
  long.sort((i, j) => (backwards[i] < backwards[j] ? -1 : 1));
  long.forEach((i, k) => {
    const beside = [long[k - 1], long[k + 1]].filter((j) => j !== undefined);
    const alike = Math.max(0, ...beside.map((j) => endsAlike(names[i], names[j])));
    if (alike >= SEEN) told[i] = names[i].length - alike;
  });
  return told;
}

/**
 * Take in what changes rarely. What was shown of a tag stays known, so that only a true change of
 * its state is told.
 *
 * @param {Model} model
 * @param {TagColumns} tags the answer of `/overview/tags`
 */
export function takeTags(model, tags) {
  const { index, shown, time, turned, carried } = model;
  const n = tags.names.length;
  const lines = { sparks: null, days: null, hours: {}, held: {}, arcs: {} };
  const past = { ...lines, hour: null, hourAt: -Infinity, hourTrouble: null };
  Object.assign(model, tags, blank(n), past, { n });
  model.sparkSeq += 1;
  model.index = new Map(tags.names.map((name, i) => [name, i]));
  model.found = tags.names.map((name, i) => (name + "\n" + tags.descriptions[i]).toLowerCase());
  model.told = toldAfter(tags.names);
  model.code = Object.fromEntries(tags.badges.map((badge, code) => [badge, code]));
  tags.names.forEach((name, i) => {
    const place = index.get(name);
    model.shown[i] = place === undefined ? model.code.NORMAL : shown[place];
    if (place === undefined) return;
    model.time[i] = time[place];
    model.turned[i] = turned[place];
    model.carried[i] = carried[place];
  });
}
