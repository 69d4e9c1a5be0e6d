/** Two months of days, of which one or two are picked. Days are texts such as 2026-11-20. */

const DAY = 86_400_000;

/**
 * @typedef {object} Calendar
 * @property {HTMLElement} node
 * @property {string} month the later one that is shown, such as 2026-11
 * @property {string} today
 * @property {string[]} range first and last day that are marked
 * @property {string | null} first the day that was picked, while the other is waited for
 * @property {function(string): void} picked is told of what is typed for it
 */

/** @param {string} day @returns {number} days since 1970 */
const number = (day) => Date.parse(day + "T00:00Z") / DAY;

/** @param {number} count days since 1970 @returns {string} */
const written = (count) => new Date(count * DAY).toISOString().slice(0, 10);

/**
 * @param {string} day
 * @param {number} by how many days later
 * @returns {string}
 */
export const later = (day, by) => written(number(day) + by);

/**
 * @param {string} month such as 2026-11
 * @param {number} by how many months later
 * @returns {string}
 */
export function monthLater(month, by) {
  const [year, count] = month.split("-").map(Number);
  return new Date(Date.UTC(year, count - 1 + by, 1)).toISOString().slice(0, 7);
}

/**
 * @param {string} month
 * @returns {(string | null)[]} its days, after an empty place for each weekday before the first
 */
export function daysOf(month) {
  const first = number(month + "-01");
  const count = number(monthLater(month, 1) + "-01") - first;
  const before = (first + 3) % 7; // 1970 began on a Thursday; weeks begin on Monday
  const days = [...Array(count).keys()].map((each) => written(first + each));
  return [...Array(before).fill(null), ...days];
}

/**
 * @param {string | null} first the day that waits for another
 * @param {string} day
 * @returns {string} what one types for both, or for one
 */
export function typedFor(first, day) {
  if (!first || first === day) return day;
  return first < day ? `${first}/${day}` : `${day}/${first}`;
}

/** @param {string} day @param {Intl.DateTimeFormatOptions} form @returns {string} */
const named = (day, form) =>
  new Date(number(day) * DAY).toLocaleDateString(document.documentElement.lang || "en", {
    ...form,
    timeZone: "UTC",
  });

/**
 * @param {string} tag
 * @param {string} name of its class
 * @param {string} [text]
 * @returns {HTMLElement}
 */
function element(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
}

/** @param {Calendar} calendar @param {string} day @returns {HTMLElement} */
function dayButton(calendar, day) {
  const node = /** @type {HTMLButtonElement} */ (element("button", "calendar-day"));
  const [first, last] = calendar.range;
  const isEdge = day === first || day === last;
  node.type = "button";
  node.textContent = String(Number(day.slice(8)));
  node.dataset.day = day;
  node.setAttribute("aria-label", named(day, { dateStyle: "long" }));
  node.setAttribute("aria-pressed", String(first <= day && day <= last));
  node.classList.toggle("calendar-day--edge", isEdge);
  node.classList.toggle("calendar-day--in", first < day && day < last);
  node.disabled = day > calendar.today;
  node.tabIndex = -1;
  return node;
}

/** @param {Calendar} calendar @param {string} month @returns {HTMLElement} */
function monthNode(calendar, month) {
  const node = element("div", "month");
  node.setAttribute("role", "group");
  const name = named(month + "-01", { year: "numeric", month: "long" });
  node.setAttribute("aria-label", name);
  node.append(element("b", "month__name", name));
  for (let each = 0; each < 7; each += 1) {
    // 2024-01-01 was a Monday.
    const word = element("i", "month__weekday", named(later("2024-01-01", each), WEEKDAY));
    word.setAttribute("aria-hidden", "true");
    node.append(word);
  }
  for (const day of daysOf(month))
    node.append(day ? dayButton(calendar, day) : element("span", ""));
  return node;
}

/** @type {Intl.DateTimeFormatOptions} */
const WEEKDAY = { weekday: "narrow" };

/** @param {Calendar} calendar */
export function paint(calendar) {
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement && calendar.node.contains(focused);
  const day = held ? focused.dataset.day : undefined;
  const months = [monthLater(calendar.month, -1), calendar.month];
  calendar.node.replaceChildren(...months.map((month) => monthNode(calendar, month)));
  const enabled = [...calendar.node.querySelectorAll("button:not(:disabled)")];
  const marked =
    enabled.find((each) => each.classList.contains("calendar-day--edge")) || enabled.at(-1);
  if (marked instanceof HTMLElement) marked.tabIndex = 0;
  if (day) focus(calendar, day);
}

/** @param {Calendar} calendar @param {string} day */
function focus(calendar, day) {
  const node = calendar.node.querySelector(`[data-day="${day}"]`);
  if (node instanceof HTMLElement) node.focus({ preventScroll: true });
}

/**
 * Show other months.
 *
 * @param {Calendar} calendar
 * @param {number} by how many later
 */
export function turn(calendar, by) {
  const month = monthLater(calendar.month, by);
  const newest = calendar.today.slice(0, 7);
  calendar.month = month > newest ? newest : month < "1970-02" ? "1970-02" : month;
  paint(calendar);
}

/**
 * Mark a range of days, and show where it ends.
 *
 * @param {Calendar} calendar
 * @param {string[]} range
 */
export function mark(calendar, range) {
  calendar.range = range;
  const last = range[1].slice(0, 7);
  const isSeen = last === calendar.month || last === monthLater(calendar.month, -1);
  if (!isSeen) calendar.month = last < "1970-02" ? "1970-02" : last;
  paint(calendar);
}

/** Mark no day: what is typed means none. @param {Calendar} calendar */
export function clear(calendar) {
  calendar.range = ["", ""];
  paint(calendar);
}

/** @type {Record<string, number>} key -> by how many days it moves the focus */
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** @param {Calendar} calendar @param {KeyboardEvent} event */
function move(calendar, event) {
  const { target, key } = event;
  const day = target instanceof HTMLElement ? target.dataset.day : undefined;
  if (!day || !(key in MOVES)) return;
  event.preventDefault();
  const next = later(day, MOVES[key]);
  if (next > calendar.today || next < "1970-01-01") return;
  const month = next.slice(0, 7);
  if (month > calendar.month) turn(calendar, 1);
  if (month < monthLater(calendar.month, -1)) turn(calendar, -1);
  focus(calendar, next);
}

/** @param {Calendar} calendar @param {string} day */
function pick(calendar, day) {
  const text = typedFor(calendar.first, day);
  calendar.first = calendar.first ? null : day;
  calendar.picked(text);
}

/**
 * @param {HTMLElement} node its place
 * @param {string} today
 * @param {function(string): void} picked
 * @returns {Calendar}
 */
export function create(node, today, picked) {
  /** @type {Calendar} */
  const calendar = { node, month: today.slice(0, 7), today, range: ["", ""], first: null, picked };
  node.addEventListener("keydown", (event) => move(calendar, event));
  node.addEventListener("click", ({ target }) => {
    const day = target instanceof HTMLElement ? target.dataset.day : undefined;
    if (day) pick(calendar, day);
  });
  return calendar;
}
