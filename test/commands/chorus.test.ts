// Several targets speak on one terminal.
import { describe, expect, it } from "vitest";
import { createChorus, type Voice } from "../../src/commands/chorus.ts";
import type { Context } from "../../src/commands/context.ts";
import type { Event } from "../../src/engine/events.ts";

interface Stage {
  readonly heard: string[];
  /** Questions that are open, each with what answers it. */
  readonly open: Map<string, (answer: boolean) => void>;
  readonly context: Context;
}

function stage(json = false): Stage {
  const heard: string[] = [];
  const open = new Map<string, (answer: boolean) => void>();
  const confirm = (question: string) =>
    new Promise<boolean>((resolve) => {
      heard.push(question);
      open.set(question, (answer) => {
        open.delete(question);
        resolve(answer);
      });
    });
  const ui = { json, columns: 80, out: (line: string) => heard.push(line), note: () => {}, confirm };
  const emit = (event: Event) => heard.push(event.type === "notice" ? event.message : event.type);
  return { heard, open, context: { ui, emit } as unknown as Context };
}

const says = ({ context }: Voice, message: string) =>
  context.emit({ type: "notice", level: "info", message });
const moves = ({ context }: Voice) => context.emit({ type: "phase", target: "t", phase: "list" });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("several targets on one terminal", () => {
  it("are heard one after another, each in one piece under its heading, the first as it speaks", () => {
    const { heard, context } = stage();
    const voice = createChorus(context);
    const [a, b, c] = [voice("A:"), voice("B:"), voice("C:")];
    says(a, "a1");
    says(b, "b1");
    says(c, "c1");
    a.context.ui.out("a2");
    expect(heard).toEqual(["A:", "a1", "a2"]);
    says(c, "c2");
    c.end();
    says(b, "b2");
    expect(heard).toEqual(["A:", "a1", "a2"]);
    a.end();
    expect(heard.slice(3)).toEqual(["C:", "c1", "c2", "B:", "b1", "b2"]);
    says(b, "b3");
    b.end();
    expect(heard.at(-1)).toBe("b3");
  });

  it("say nothing at all while they have nothing to say", () => {
    const { heard, context } = stage();
    const voice = createChorus(context);
    const [a, b] = [voice("A:"), voice("B:")];
    a.end();
    says(b, "b1");
    b.end();
    expect(heard).toEqual(["B:", "b1"]);
  });

  it("ask one question at a time, after what it is about, and keep silent while it is open", async () => {
    const { heard, open, context } = stage();
    const voice = createChorus(context);
    const [a, b, c] = [voice(undefined), voice(undefined), voice(undefined)];
    says(a, "a1");
    says(b, "plan of b");
    const first = b.context.ui.confirm("b?", "--yes");
    says(c, "plan of c");
    const second = c.context.ui.confirm("c?", "--yes");
    await turn();
    says(a, "a2");
    moves(a);
    expect(heard).toEqual(["a1", "plan of b", "b?"]);
    open.get("b?")?.(true);
    expect(await first).toBe(true);
    await turn();
    expect(heard).toEqual(["a1", "plan of b", "b?", "a2", "plan of c", "c?"]);
    open.get("c?")?.(false);
    expect(await second).toBe(false);
    moves(b);
    says(b, "b1");
    expect(heard.at(-1)).toBe("phase");
    a.end();
    expect(heard.at(-1)).toBe("b1");
  });

  it("tell scripts what they have to tell as it comes", () => {
    const { heard, context } = stage(true);
    const voice = createChorus(context);
    const [a, b] = [voice("A:"), voice("B:")];
    says(a, "a1");
    says(b, "b1");
    says(a, "a2");
    expect(heard).toEqual(["a1", "b1", "a2"]);
  });
});
