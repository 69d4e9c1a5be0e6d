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

  /** Take in the answer of `/overview/sparklines`, in the order of the tags. */
  function take(model, answer) {
    model.sparks = answer.names.reduce((sparks, name, k) => {
      const [low, high, mean, min, max] = answer.lines[k];
      if (mean) sparks[model.index.get(name)] = { low, high, mean, min: min || mean, max: max || mean };
      return sparks;
    }, new Array(model.n).fill(null));
    model.sparkSeq = (model.sparkSeq || 0) + 1;
  }

  overview.spark = { build, paint, take };
})();
