import { describe, expect, it } from "vitest";
import { type Check, lookAt, trouble, well } from "../../../src/commands/doctor/checks.ts";
import { Fault } from "../../../src/lib/fault.ts";
import type { Finding } from "../../../src/report/findings.ts";
import { faultOf } from "../../http/servers.ts";

const fine = (id: string, after: readonly string[] = []): Check<undefined> => ({
  id,
  after,
  look: () => [well(id, "fine")],
});

function throwing(id: string, fault: Fault): Check<undefined> {
  return {
    id,
    look: () => {
      throw fault;
    },
  };
}

async function told(...checks: readonly Check<undefined>[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const tell = ({ check, state, seen }: Finding): unknown => lines.push(`${check} ${state}: ${seen}`);
  await lookAt(checks, undefined, { tell, signal: new AbortController().signal });
  return lines;
}

describe("checks", () => {
  it("that build on a broken one are skipped, and so are those that build on them", async () => {
    const fault = new Fault("unavailable", "No such name.", { code: "name-not-found", hint: "Look." });
    expect(
      await told(throwing("name", fault), fine("answer", ["name"]), fine("rights", ["answer"]), fine("disk")),
    ).toEqual([
      "name broken: No such name.",
      "answer skipped: not looked at, because of: name",
      "rights skipped: not looked at, because of: answer",
      "disk ok: fine",
    ]);
  });

  it("that only warn keep none from its turn", async () => {
    const warns: Check<undefined> = {
      id: "clock",
      look: async () => [trouble("clock", "warning", { code: "clock-skew", seen: "Off." })],
    };
    expect(await told(warns, fine("answer", ["clock"]))).toEqual(["clock warning: Off.", "answer ok: fine"]);
  });

  it("say in which file and line the cause is", async () => {
    const place = { file: "ainstein.yaml", line: 3, column: 1 };
    expect(await told(throwing("roots", new Fault("usage", "is no list", { place })))).toEqual([
      "roots broken: ainstein.yaml:3:1: is no list",
    ]);
  });

  it.each(["interrupted", "defect", "deadline"] as const)("end where one ends by %s", async (kind) => {
    const fault = await faultOf(told(throwing("name", new Fault(kind, "no")), fine("disk")));
    expect(fault.kind).toBe(kind);
  });

  it("are not begun any more after Ctrl-C", async () => {
    const lines: string[] = [];
    const stop = new AbortController();
    const tell = ({ check }: Finding): void => {
      lines.push(check);
      stop.abort();
    };
    const looking = lookAt([fine("name"), fine("disk")], undefined, { tell, signal: stop.signal });
    expect(await faultOf(looking)).toMatchObject({ kind: "interrupted" });
    expect(lines).toEqual(["name"]);
  });
});
