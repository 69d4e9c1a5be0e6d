/**
 * The form as a question: parameters of an address. Works on what it is given; touches no node.
 * What a parameter may be is for the parser of the server to say.
 */

/** @typedef {Record<string, string[]>} Query parameter -> its texts */
/** @typedef {Record<string, *>} Values what the controls hold, by their name */
/** @typedef {{ query: Query, kind: string }} Asked */
/**
 * What is sent: the query as of an address, in pieces; `names`: how many a list has that is too
 * long.
 *
 * @typedef {{ query: string[], kind: string, n?: number, names?: number }} Sent
 */
/** @typedef {{ query: string[], more: number }} Chosen likewise; how many names it lacks */
/** @typedef {{ query: Query, defaults: Record<string, *> }} First of the page's address */

/** The ways in which tags are chosen, in the order of the file's tags. */
export const WAYS = ["tag", "tag_like", "group"];
/** Controls that hold one text, each the parameter of its name. */
const PLAIN = ["tz", "quality", "shape", "order", "decimal", "separator", "compare"];
/** Parameters that have a control; others stay as the address has them. */
const OWN = new Set([
  ...WAYS,
  ...PLAIN,
  ...["window", "start", "stop", "resolution", "columns", "excel", "format"],
]);

/** @param {Query} query @param {string} name @param {string | null | undefined} value */
function put(query, name, value) {
  if (value) query[name] = [value];
}

/** @param {string[]} one @param {string[]} other */
const isSame = (one, other) => one.length === other.length && one.every((e) => other.includes(e));

/**
 * The columns that an address must name: in the order of the form, or in that of the address where
 * they are those that it named.
 *
 * @param {string[]} chosen
 * @param {string[]} given those of a file that names none
 * @param {string[]} order of the form
 * @param {string[]} named by the address
 * @returns {string} empty: it need not name them
 */
export function columns(chosen, given, order, named) {
  if (named.length && isSame(chosen, named)) return named.join(",");
  if (isSame(chosen, given)) return "";
  return [...chosen].sort((a, b) => order.indexOf(a) - order.indexOf(b)).join(",");
}

/**
 * @param {Values} values
 * @param {Query} tags by the way they are chosen
 * @param {First} first
 * @param {Record<string, string[]>} orders of columns: of `readings` and `buckets`
 * @returns {Asked}
 */
export function question(values, tags, first, orders) {
  const { defaults } = first;
  const width = widthOf(values);
  const set = setOf(width);
  const named = (first.query.columns || []).join(",").split(",").filter(Boolean);
  /** @type {Query} */
  const query = {};
  for (const way of WAYS) if ((tags[way] || []).length) query[way] = tags[way];
  for (const name of ["window", "start", "stop"]) put(query, name, values[name]);
  putOther(query, "resolution", width, defaults.resolution);
  for (const name of PLAIN) putOther(query, name, values[name], defaults[name]);
  // With a decimal comma the parser takes another sign between cells unless one is named.
  if (values.decimal === ",") put(query, "separator", values.separator);
  put(query, "columns", columns(values[set], defaults[set], orders[set], named));
  put(query, "excel", values.excel[0]);
  const strange = Object.entries(first.query).filter(([name]) => !OWN.has(name));
  return { query: { ...query, ...Object.fromEntries(strange) }, kind: values.kind };
}

/** @param {Query} query @param {string} name @param {string} value @param {string} usual */
function putOther(query, name, value, usual) {
  if (value !== usual) put(query, name, value);
}

/** @param {Values} values @returns {string} */
export const widthOf = (values) => values.resolution || values.width || "raw";

/** @param {string} width @returns {"readings" | "buckets"} which columns a file of it can have */
export const setOf = (width) => (width === "raw" ? "readings" : "buckets");

/**
 * What else changes with a control: of two that say the same, the other one is empty.
 *
 * @param {string} control that changed
 * @param {*} value
 * @param {Values} held by all controls
 * @returns {Record<string, string | null>} what the others hold after that
 */
export function rest(control, value, held) {
  if (!value) return {};
  if (control === "decimal") return held.separator === value ? { separator: ";" } : {};
  if (control === "window") return { start: "", stop: "" };
  if (control === "start" || control === "stop") return { window: null };
  if (control === "resolution") return { width: null };
  return control === "width" ? { resolution: null } : {};
}

/** Controls that say the same as another, those first that are clicked: a click ends the typing. */
const CLICKED_FIRST = ["window", "resolution", "width", "start", "stop"];

/**
 * What else changes with controls that changed at once, as they do where a browser is busy. Of two
 * that say the same one stays.
 *
 * @param {[string, *][]} controls that changed, with their values
 * @param {Values} held by all controls
 * @returns {Record<string, string | null>} what the others hold after that
 */
export function rests(controls, held) {
  const place = (/** @type {[string, *]} */ [name]) => CLICKED_FIRST.indexOf(name);
  /** @type {Record<string, string | null>} */
  const changed = {};
  for (const [name, value] of [...controls].sort((a, b) => place(a) - place(b)))
    if (!(name in changed)) Object.assign(changed, rest(name, value, held));
  return changed;
}

/**
 * @param {Query} tags
 * @param {Query} more
 * @returns {Query} both, each name once
 */
export function added(tags, more) {
  return Object.fromEntries(
    WAYS.map((way) => [way, [...new Set([...(tags[way] || []), ...(more[way] || [])])]]),
  );
}

/**
 * @param {Query} tags
 * @param {string} index of the chip, JSON: pairs of a way and a name that go, or "all"
 * @returns {Query}
 */
export function without(tags, index) {
  const gone = JSON.parse(index);
  const keys = new Set(gone === "all" ? [] : gone.map(String));
  const keeps = (/** @type {string} */ way) =>
    (tags[way] || []).filter((name) => gone !== "all" && !keys.has(String([way, name])));
  return Object.fromEntries(WAYS.map((way) => [way, keeps(way)]));
}

/** @param {Query} query @param {string} [kind] @returns {string} such as `tag=D101&window=24h` */
export function text(query, kind) {
  const search = new URLSearchParams();
  for (const [name, texts] of Object.entries(query)) {
    for (const one of texts) search.append(name, one);
  }
  if (kind) search.append("format", kind);
  return search.toString();
}

/** No name of a tag is longer: what is, is a list. [characters] */
export const LONGEST_NAME = 2_000;

/**
 * A text as a call may hold it: none of its texts is longer than an address of a page.
 *
 * @param {string} text
 * @returns {string[]} that are the text when they are joined
 */
export const pieces = (text) => text.match(/.{1,4000}/gsu) || [];
