import { describe, expect, test } from "vitest";
import { contractSuite, mustFail, RULES, type Rule, withTarget } from "./contract.ts";
import { type Faults, memoryTarget } from "./memory.ts";

/** Each fault, and the rule that is there to find it. Others may fail too. */
const FINDS: Readonly<Record<keyof Faults, string>> = {
  listsGhost: "an empty site lists nothing",
  anonymousSite: "whoami names the account, the site and what it may do, the same each time",
  kindMissing: "the model names every kind of the samples, and the codec its fields",
  unknownIdThrows: "an unknown id reads as missing, beside entries that are there",
  listingDoubled: "every entry is listed exactly once, over pages",
  listingStale: "a listing's row agrees with the entry read",
  recallsOther: "an entry that is recalled is the entry read",
  readWrites: "reading sends no writes",
  createAnswersDraft: "what create answers is what read returns",
  createNotFound: "a create is found by its intent afterwards, and not before",
  lostAnswerMadeTwo: "a create whose answer is lost made one entry, and find returns it",
  takenSlugRenamed: "a slug that is taken is refused before anything is written",
  revisionByRead: "the revision stays over reads and listings and changes with an update",
  staleCheckDropped: "an update that somebody else's edit made stale is a conflict and changes nothing",
  updateReplacesAll: "an update of one part leaves the others",
  unknownPartsDropped: "a part the platform does not know is refused, never dropped",
  stateDropsExcerpt: "a change of state alone keeps the content",
  schedulesAtOnce: "a scheduled entry is scheduled, where the platform can",
  secondRemoveThrows: "a removed entry is gone as the traits say, and removing it twice is fine",
  staleRemoveRemoves: "a stale removal is a conflict and removes nothing",
  parallelWritesLost: "as many writes at one time as the traits allow all arrive",
  staleCheckRaces: "of several updates from one revision the server takes one",
  restoreDropsExcerpt: "an entry that is removed and restored is as before, and listed once",
  restoreOverwrites: "restoring what is not in the trash is a conflict and changes nothing",
  restoreMakesNew: "restoring what is gone for good is refused",
  restoreTakesSlug: "restoring under a slug that another entry has now is a conflict and changes nothing",
  revisionsOldestFirst: "revisions tell what an entry said before somebody else edited it, newest first",
  languagesShareSlugs: "one slug in two languages is two entries, and a write to one leaves the other",
  secretInFault: "no secret is in a fault or an address",
  decodeDropsExcerpt: "a document comes back as it went",
  serverTrimsBody: "a document comes back as it went",
  lossUntold: "the server's values say the same as what was sent, and every loss was told",
  sameIgnoresCase: "values that say something else are not the same",
  patchRewrites: "a body that says the same keeps both sides' bytes",
  encodeRewrites: "a body that says the same keeps both sides' bytes",
  decodeShouts: "what is decoded encodes to the same again",
  patchIgnored: "a changed block is the only one that changes in the file",
  foreignStripped: "markup that Markdown cannot hold survives an update of another part",
  encodeFillsIn: "a document without a field says nothing about it",
  termTwice: "a term is created once and found again",
  termParentIgnored: "terms of one name below two parents are two, and know their path",
  termGetAll:
    "terms that are asked for by id are those of the listing, and ids that are not there are left out",
  uploadTwice: "a file is uploaded once and found by its digest",
  uploadByName: "different bytes are different files, though their names are equal",
};

contractSuite(memoryTarget({}));

describe("a connector with one fault breaks the rule about it", () => {
  for (const [fault, name] of Object.entries(FINDS)) {
    test(`${fault}: ${name}`, async () => {
      await expect(withTarget(memoryTarget({ [fault]: true }), ruleNamed(name).check)).rejects.toThrow();
    });
  }

  test("every rule has found a fault", () => {
    const proven = new Set(Object.values(FINDS));
    expect(RULES.map((rule) => rule.name).filter((name) => !proven.has(name))).toEqual([]);
  });
});

test("an exemption stands only while its rule is broken", async () => {
  const rule = ruleNamed(FINDS.secondRemoveThrows);
  await withTarget(memoryTarget({ secondRemoveThrows: true }), (world) => mustFail(rule, world));
  await expect(withTarget(memoryTarget({}), (world) => mustFail(rule, world))).rejects.toThrow("not needed");
});

function ruleNamed(name: string): Rule {
  const rule = RULES.find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`no rule: ${name}`);
  return rule;
}
