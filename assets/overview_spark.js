/**
 * Sparklines of the last hour: min-max envelope, mean, limits; a gap stays a gap.
 *
 * They come once a minute and apart from the frame. A height is one letter of 64 (0 at the bottom of
 * the hour's range), a blank is a bucket without readings.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const HEIGHT = new Map([...LETTERS].map((letter, height) => [letter, height]));
  const TOP = LETTERS.length - 1;
  const MINUTE = 60000;

  /** @returns {number[][]} runs of neighbouring buckets that have readings */
  function runs(line) {
    const found = [];
    for (let x = 0; x < line.length; x++) {
      if (line[x] === " ") continue;
      if (x === 0 || line[x - 1] === " ") found.push([]);
      found[found.length - 1].push(x);
    }
    return found;
  }

  const y = (letter) => TOP - HEIGHT.get(letter);

  /** @returns {string} path data of the mean; a lone bucket is a short dash */
  function meanPath(spark) {
    return runs(spark.mean).map((run) => {
      const line = run.map((x) => x + "," + y(spark.mean[x])).join("L");
      return "M" + line + (run.length === 1 ? "h.6" : "");
    }).join("");
  }

  /** @returns {string} path data of the envelope */
  function bandPath(spark) {
    return runs(spark.mean).map((run) => {
      const top = run.map((x) => x + "," + y(spark.max[x]));
      const bottom = run.map((x) => x + "," + y(spark.min[x])).reverse();
      return "M" + top.concat(bottom).join("L") + "Z";
    }).join("");
  }

  /** @returns {string} path data of the limits that lie within the hour's range */
  function limitPath(spark, limits) {
    return (limits || []).filter((limit) => limit !== null && limit > spark.low && limit < spark.high)
      .map((limit) => {
        const at = TOP - ((limit - spark.low) / (spark.high - spark.low)) * TOP;
        return "M0," + at.toFixed(1) + "H" + (spark.mean.length - 1);
      }).join("");
  }

  /** @returns {object} node and paths of a sparkline */
  function build(buckets) {
    const { svg } = overview.dom;
    const band = svg("path", { class: "spark__band" });
    const mean = svg("path", { class: "spark__mean" });
    const limit = svg("path", { class: "spark__limit" });
    const node = svg("svg", {
      class: "spark", viewBox: "0 -2 " + (buckets - 1) + " " + (TOP + 4),
      preserveAspectRatio: "none", "aria-hidden": "true",
    }, band, limit, mean);
    return { node, band, mean, limit };
  }

  /** Paint one sparkline. */
  function paint(parts, spark, limits) {
    const { attribute } = overview.dom;
    attribute(parts.mean, "d", spark ? meanPath(spark) : null);
    attribute(parts.band, "d", spark ? bandPath(spark) : null);
    attribute(parts.limit, "d", spark ? limitPath(spark, limits) || null : null);
  }

  /** Take in the answer of `/overview/sparklines`. */
  function take(model, answer) {
    model.hour = answer;
    model.minute = null;
    move(model);
  }

  /** Move the lines to the left as time goes on without newer ones. @returns {boolean} true if they moved */
  function move(model) {
    if (!model.hour) return false;
    const minute = Math.max(0, Math.floor((overview.model.now(model) - model.hour.newest) / MINUTE));
    if (minute === model.minute) return false;
    model.minute = minute;
    model.sparks = new Array(model.n).fill(null);
    model.hour.names.forEach((name, k) => {
      const [low, high, ...lines] = model.hour.lines[k];
      const i = model.index.get(name);
      if (!lines.length || i === undefined) return;
      const [mean, min = mean, max = mean] = lines.map((line) => line.slice(minute).padEnd(line.length));
      model.sparks[i] = { low, high, mean, min, max };
    });
    model.sparkSeq += 1;
    return true;
  }

  overview.spark = { build, paint, take, move };
})();
