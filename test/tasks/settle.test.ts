import { describe, expect, test } from "vitest";
import { Fault } from "../../src/lib/fault.ts";
import type { ProbeResult } from "../../src/tasks/answer.ts";
import { readTaskFile } from "../../src/tasks/read.ts";
import { answerOf, isSecure, NOTHING_MADE, NOTHING_PROVEN, type Proven } from "../../src/tasks/settle.ts";

const proof = (about: string, result: ProbeResult["result"]): ProbeResult => ({
  ...{ name: `${about} ${result}`, about, expected: "", seen: "", result },
});
const SAFE = proof("security", "passed");

const [one] = readTaskFile(
  Buffer.from("task_id: t\ntask_type: connect\nspecifications:\n  connection: {platform: local, name: x}\n"),
  "t.yaml",
).tasks;
if (one === undefined) throw new Error("the task is not understood");
const task = one;

function answered(proofs: readonly ProbeResult[]) {
  const metadata = { database_version: "15", security_level: "production_ready" as const };
  const proven: Proven = { ...NOTHING_PROVEN, proofs, output: { metadata } };
  return answerOf(task, "out/t", { making: NOTHING_MADE, proven, changes: [] });
}

describe("ready for production", () => {
  test.each([
    ["nothing tried", [], false],
    ["nothing about security tried", [proof("input", "passed")], false],
    ["security alone", [SAFE], true],
    ["security, and something that could not be tried", [SAFE, proof("resilience", "skipped")], true],
    ["security that could not be tried", [SAFE, proof("security", "skipped")], false],
    ["security, but it does not start", [SAFE, proof("configuration", "failed")], false],
  ] as const)("%s", (_, proofs, secure) => expect(isSecure(proofs)).toBe(secure));

  test("is nothing that has failed, whoever says so", () => {
    expect(answered([SAFE]).output.metadata).toHaveProperty("security_level");
    const failed = answered([SAFE, proof("target", "failed")]);
    expect([failed.status, failed.output.metadata]).toEqual(["failed", { database_version: "15" }]);
  });
});

test("what a person has to say is told with its line, and what the machine lacks is not", () => {
  const need = { field: "connection.name", message: "is not there", hint: "Make it." };
  const making = { ...NOTHING_MADE, needs: [need, { ...need, hint: "Connect it.", here: true as const }] };
  const { status, next_steps: steps } = answerOf(task, "o", { making, proven: NOTHING_PROVEN, changes: [] });
  expect([status, steps]).toEqual([
    "needs_specification",
    ["t.yaml:4:33 (specifications.connection.name): Make it.", "Connect it."],
  ]);
});

test("what ended it before the rest was proven takes no proof away", () => {
  const missing = new Fault("auth", "it needs a key", {
    code: "services.credentials-missing",
    hint: "Give it.",
  });
  const ended = (fault: Fault) => {
    const proven: Proven = { ...NOTHING_PROVEN, proofs: [SAFE], output: { endpoints: [] }, fault };
    return answerOf(task, "o", { making: NOTHING_MADE, proven, changes: [] });
  };
  expect(ended(missing)).toMatchObject({
    status: "needs_specification",
    reason: { code: "services.credentials-missing", hint: "Give it." },
    proofs: [SAFE],
    output: { endpoints: [] },
  });
  expect(ended(new Fault("unavailable", "away")).status).toBe("failed");
});

test("a proof that fails beside a file that its owner holds names that file", () => {
  const changes = [{ path: "schema.sql", what: "edited" as const, file: undefined }];
  const proven = { ...NOTHING_PROVEN, proofs: [proof("migrations", "failed")] };
  const { status, reason } = answerOf(task, "o", { making: NOTHING_MADE, proven, changes });
  expect([status, reason?.code]).toEqual(["failed", "not-proven"]);
  expect(reason?.hint).toContain("schema.sql would have to change, too");
});
