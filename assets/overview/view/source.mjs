/**
 * What the page says of where its values come from: clock, replica, servers, and the last hour,
 * which comes apart from the values.
 */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { MOST_LAG } from "../model/model.mjs";

/** @import { Model, Notice } from "../../types.mjs" */

/** A replica is looked at each second: less is no lag [s]. */
const LEAST_LAG = 2;

/** @param {Model} model @returns {(Notice | null)[]} what is to be said of each */
export const ofTheSource = (model) => [
  ofTheClock(model),
  ofTheReplica(model),
  ofTheServers(model),
  ofTheHour(model),
];

/**
 * @param {Model} model
 * @returns {Notice | null} that the database's clock went back
 */
function ofTheClock({ behind }) {
  if (!behind) return null;
  const text = t(
    "The database's clock has fallen behind by %(span)s: what is newer by it is not shown. " +
      "Ages go on by a steady clock. Set the clock of the database's machine.",
    { span: format.span(behind * 1000) },
  );
  return { level: "warning", key: "behind", text };
}

/**
 * @param {Pick<Model, "replica">} model
 * @returns {Notice | null} that the replica that is read is behind its primary
 */
export function ofTheReplica({ replica }) {
  if (replica === null) {
    const text = t(
      "Replica behind, nobody knows how far: no other server answers, newer readings are " +
        "not shown, and every tag is LATE or STALE.",
    );
    return { level: "warning", key: "replica", text };
  }
  if (replica < LEAST_LAG) return null;
  const span = format.span(replica * 1000);
  if (replica <= MOST_LAG) {
    const text = t("Replica %(span)s behind: newer readings are not shown yet.", { span });
    return { level: "note", key: "replica", text };
  }
  const text = t(
    "Replica %(span)s behind: no other server answers, newer readings are not shown, " +
      "and every tag is LATE or STALE.",
    { span },
  );
  return { level: "warning", key: "replica", text };
}

/**
 * @param {Pick<Model, "rivals">} model
 * @returns {Notice | null} that nobody can tell which server the plant writes to
 */
export function ofTheServers({ rivals }) {
  if (!rivals) return null;
  const text = t(
    "Several servers of the historian say that they are the primary: the first that answers is " +
      "read, and newer readings may be in another. Status says what to do.",
  );
  return { level: "warning", key: "rivals", text };
}

/**
 * @param {Model} model
 * @returns {Notice | null} why the last hour of the tags lacks; their values come without it
 */
export function ofTheHour({ hour, hourTrouble: trouble, error, zone }) {
  if (!trouble || error) return null;
  const { message: why = "", as_of: moment } = trouble;
  const text =
    hour && moment
      ? t("The last hour of the tags is of %(time)s: %(why)s", {
          time: format.stamp(moment, zone),
          why,
        })
      : t("The last hour of the tags is missing: %(why)s", { why });
  return { level: "warning", key: "hour", text };
}
