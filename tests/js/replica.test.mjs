import assert from "node:assert/strict";
import test from "node:test";
import { code, plant } from "./support.mjs";
import { judge, statesOf, wordsOf } from "../../assets/overview/model/model.mjs";
import { quietText } from "../../assets/overview/model/texts.mjs";
import { ofTheReplica, ofTheServers } from "../../assets/overview/view/source.mjs";

const said = (replica) => {
  const notice = ofTheReplica(plant(["A"], { replica }));
  return notice && [notice.level, notice.text.split(":")[0]];
};

test("a replica that is behind is told: a note while tags are fresh by it, else a warning", () => {
  assert.equal(said(0), null);
  assert.equal(said(1.9), null);
  assert.deepEqual(said(12), ["note", "Replica 12 s behind"]);
  assert.deepEqual(said(30), ["note", "Replica 30 s behind"]);
  assert.deepEqual(said(30.1), ["warning", "Replica 30 s behind"]);
  assert.deepEqual(said(null), ["warning", "Replica behind, nobody knows how far"]);
});

test("a tag that was sent as late stays so, however young its reading is", () => {
  const model = plant(["A"], { freshness: "1", badge: code("LATE"), gap: [300], replica: 45 });
  judge(model);
  assert.equal(model.badges[model.shown[0]], "LATE");
  assert.equal(model.fresh[0], 1);
});

test("a tag that is late by a replica says so, and no gap that it did not pass", () => {
  const late = { freshness: "1", badge: code("LATE"), gap: [300] };
  const whys = [45, 30, 0, null].map((replica) => {
    const model = plant(["A"], { ...late, replica });
    judge(model);
    return [wordsOf(model, 0).join(), quietText(model, 0, statesOf(model, 0))];
  });
  const own = ["", "late after 5 min"];
  assert.deepEqual(whys, [["replica behind", ""], own, own, ["replica behind", ""]]);
});

test("a tag whose readings are all of the future is not said to have none", () => {
  const none = { freshness: "3", badge: code("NO DATA"), age: [null], value: [null] };
  const whys = [[], [0]].map((clock) => {
    const model = plant(["A"], { ...none, clock });
    judge(model);
    return quietText(model, 0, statesOf(model, 0));
  });
  assert.deepEqual(whys, ["no readings stored", "only readings of the future"]);
});

test("a lag is the reason of those tags alone whose gap it passes", () => {
  const model = plant(["A", "B"], {
    ...{ freshness: "01", badge: code("NORMAL") + code("LATE"), gap: [300, 8], replica: 12 },
  });
  judge(model);
  assert.deepEqual(wordsOf(model, 0), []);
  assert.deepEqual(wordsOf(model, 1), ["replica behind"]);
});

test("servers of which nobody can tell who is the primary are told, and only those", () => {
  assert.equal(ofTheServers(plant(["A"])), null);
  assert.equal(ofTheServers(plant(["A"], { rivals: true })).level, "warning");
});
