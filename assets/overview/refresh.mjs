/** One refresh of the overview: asks for a frame, and for the tags where they are others. */
import { announce, arrange } from "./arrange.mjs";
import * as builds from "./kiosk/builds.mjs";
import { answer } from "./model/answers.mjs";
import * as models from "./model/model.mjs";
import { moves } from "./model/sorting.mjs";
import * as sparks from "./model/sparks.mjs";
import * as details from "./view/details.mjs";
import * as keys from "./view/keys.mjs";
import * as notices from "./view/notices.mjs";
import * as strip from "./view/strip.mjs";

/** @import { Frame, Page, Tags, Trouble } from "../types.mjs" */
/** @typedef {{ body: Frame, kept: number, asked: number }} FrameAnswer */

/** Milliseconds between two questions for the last hour. */
const SPARK_PERIOD = 60000;

/**
 * At most one request after the other, never two at once. Tags are taken in only together with a
 * frame of theirs: until then, what is shown stays and its ages go on.
 *
 * @param {Page} page
 * @param {AbortSignal} signal
 * @param {function(): void} heard is called as soon as the server has answered
 * @returns {Promise<boolean>} true if the historian was well
 */
export async function ask(page, signal, heard) {
  const { model } = page;
  const { tags, frame } = await bothOf(page, signal);
  if (!page.clock.state.alive) return true;
  heard();
  const { version } = frame.body;
  if (!version || version !== (tags ? tags.version : model.version)) {
    return trouble(page, frame.body);
  }
  take(page, tags, frame);
  if (performance.now() - model.hourAt > SPARK_PERIOD) await askSparks(page, signal);
  return !frame.body.error;
}

/**
 * @param {Page} page
 * @param {AbortSignal} signal
 * @returns {Promise<{ tags: Tags | null, frame: FrameAnswer }>} a frame, and the tags it is of
 *   where they are not known
 */
async function bothOf({ root, model }, signal) {
  const { version: known } = model;
  let tags = known ? null : (await answer(root, "tags", signal, known)).body;
  let frame = await answer(root, "frame", signal, known);
  const { version } = frame.body;
  if (version && version !== (tags ? tags.version : known)) {
    tags = (await answer(root, "tags", signal, version)).body;
    if (tags.version !== version) frame = await answer(root, "frame", signal, known);
  }
  return { tags, frame };
}

/**
 * @param {Page} page
 * @param {AbortSignal} signal
 */
async function askSparks(page, signal) {
  const { root, model } = page;
  const { body } = await answer(root, "sparklines", signal, model.version);
  if (!page.clock.state.alive || !body.lines) return;
  sparks.take(model, body);
  page.board.paint();
}

/**
 * Take in other tags; the card that has the focus keeps it under its new number.
 *
 * @param {Page} page
 * @param {Tags} tags
 */
function takeTags({ model, keys: places }, tags) {
  const focused = places.focused === undefined ? "" : model.names[places.focused];
  models.takeTags(model, tags);
  places.focused = model.index.get(focused);
}

/**
 * Take a frame in, with the tags it is of where they are others, and show it.
 *
 * @param {Page} page
 * @param {Tags | null} tags
 * @param {FrameAnswer} answer
 */
function take(page, tags, { body: frame, kept, asked }) {
  const { model, root, board, view } = page;
  const first = model.seq === 0;
  const held = board.node.contains(document.activeElement);
  if (tags) takeTags(page, tags);
  models.takeFrame(model, frame, kept, asked);
  sparks.move(model);
  model.error = frame.error ? frame : null;
  root.dataset.answers = String(Number(root.dataset.answers || 0) + 1);
  const { changed, turned } = models.judge(model);
  if (changed.length || tags || moves(view)) arrange(page);
  keys.hold(page, held);
  board.paint();
  if (!first) announce(page, turned);
  if (builds.answered(page.builds, frame.build, view.kiosk, performance.now())) {
    window.location.reload();
  }
  strip.paintClock(page.strip, model, page.clock.state);
  notices.paint(page);
  if (first) details.restore(page);
  details.paint(page);
}

/**
 * There is no frame to show: say why, if the answer does.
 *
 * @param {Page} page
 * @param {Trouble} body
 * @returns {boolean}
 */
function trouble(page, body) {
  page.model.error = body.error ? body : page.model.error;
  notices.paint(page);
  return false;
}
