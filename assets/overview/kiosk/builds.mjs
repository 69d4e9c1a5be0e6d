/** Notices that the server runs another build than the one this page came from. */
import { build as own } from "../../dash.mjs";

/**
 * @typedef {object} Builds
 * @property {string} own the build that this page came from
 * @property {string} other the build that answered last, if it is not ours
 * @property {number} frames how many frames in a row were of it
 * @property {boolean} newer whether the viewer is to be told
 */

/** A wall screen reloads after so many frames of another build, one after the other … */
const SEEN_FRAMES = 3;
/** … and after so many milliseconds of life: at most one reload a minute. */
const LIFE = 60000;

/** @returns {Builds} */
export const create = () => ({ own: own(), other: "", frames: 0, newer: false });

/**
 * Take note of the build that answered. While two builds answer in turn nothing is gained by a
 * reload: it may get the older one again.
 *
 * @param {Builds} builds
 * @param {string} build
 * @param {boolean} kiosk whether nobody is there to press a button
 * @param {number} age of the page [ms]: performance.now() counts from the last reload
 * @returns {boolean} whether the page is to load anew by itself
 */
export function answered(builds, build, kiosk, age) {
  if (!build || build === builds.own) {
    builds.frames = 0;
    return false;
  }
  builds.frames = builds.other === build ? builds.frames + 1 : 1;
  builds.other = build;
  if (!kiosk) builds.newer = true;
  return kiosk && builds.frames >= SEEN_FRAMES && age > LIFE;
}
