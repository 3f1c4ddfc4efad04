import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/cli/failure.ts";
import { asFault, Fault } from "../../src/lib/fault.ts";

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

describe("what nobody caught", () => {
  it("is left alone when it is a fault that says what it is", () => {
    const fault = new Fault("auth", "wrong password");
    expect(explain(fault, {})).toBe(fault);
  });

  it("is the system's refusal, with the way out, when the system refused", async () => {
    const thrown = await thrownBy(() => readFileSync("/nowhere/at/all"));
    const fault = explain(asFault(thrown), {});
    expect(fault).toMatchObject({ kind: "invalid", code: "ENOENT" });
    expect(fault.message).toContain("/nowhere/at/all");
    expect(fault.hint).toContain("Check the path");
  });

  it("is an interruption when Ctrl-C ended a wait", async () => {
    const thrown = await thrownBy(() => delay(1000, undefined, { signal: AbortSignal.abort() }));
    expect(explain(asFault(thrown), {}).kind).toBe("interrupted");
  });

  it("is a defect otherwise, told without the secrets of the environment", () => {
    const fault = explain(asFault(new TypeError("cannot use k3y-of-the-vault")), {
      AINSTEIN_KEY: "k3y-of-the-vault",
    });
    expect(fault).toMatchObject({ kind: "defect", code: "defect" });
    expect(fault.message).toBe("a defect of this program: cannot use [hidden]");
    expect(fault.hint).toContain("--verbose");
  });

  it("tells nothing of what connections from the environment sign in with", () => {
    const connection = {
      platform: "x",
      url: "https://x.example",
      password: "pass-w0rd",
      headers: { a: "d00r" },
    };
    const env = {
      AINSTEIN_CONNECTION_A: JSON.stringify(connection),
      AINSTEIN_CONNECTION_B: '{"token":"t0ken',
    };
    const fault = explain(asFault(new TypeError(`not pass-w0rd, d00r, {"token":"t0ken at x.example`)), env);
    expect(fault.message).toBe("a defect of this program: not [hidden], [hidden], [hidden] at x.example");
  });
});
