import { describe, expect, test } from "vitest";
import { graphFaults, graphOf, inOrder } from "../../src/tasks/graph.ts";
import { type ReadTask, readTaskFile } from "../../src/tasks/read.ts";

function tasks(
  ...wanted: readonly (readonly [id: string, needs: readonly string[], priority?: string])[]
): readonly ReadTask[] {
  const text = wanted.map(
    ([id, needs, priority = "normal"]) =>
      `task_id: ${id}\ntask_type: connect\nspecifications:\n  connection: {platform: local, name: x}\ndependencies: [${needs.join(", ")}]\npriority: ${priority}\n`,
  );
  const { tasks: read, faults } = readTaskFile(Buffer.from(text.join("---\n")), "t.yaml");
  expect(faults).toEqual([]);
  return read;
}

const NONE = { assumed: new Set<string>(), only: [], completed: new Set<string>() };
const ids = (read: readonly ReadTask[]) => read.map(({ task }) => task.task_id);

describe("what waits for what", () => {
  test("a circle is named in full, with its place", () => {
    const [fault] = graphFaults(tasks(["a", ["b"]], ["b", ["c"]], ["c", ["a"]], ["d", ["a"]]), NONE);
    expect(fault?.message).toBe("These tasks wait for each other: a → b → c → a");
    expect(fault?.place).toMatchObject({ file: "t.yaml", line: 5 });
  });

  test("a task that waits for itself is a circle", () => {
    expect(graphFaults(tasks(["a", ["a"]]), NONE)[0]?.message).toContain("a → a");
  });

  test("a dependency that is nowhere is refused with the nearest name and the flag; --assume satisfies it", () => {
    const read = tasks(["code_2025_001", []], ["b", ["code_2025_01"]]);
    const [fault] = graphFaults(read, NONE);
    expect(fault).toMatchObject({
      code: "task.missing-dependency",
      hint: "Did you mean code_2025_001? Where it is satisfied elsewhere: --assume code_2025_01",
      place: { line: 12 },
    });
    expect(graphFaults(read, { ...NONE, assumed: new Set(["code_2025_01"]) })).toEqual([]);
  });

  test("an assumption that is nearly the dependency is named; what is left out may wait for anything", () => {
    const read = tasks(["a", []], ["b", ["code_2025_001"]]);
    const [fault] = graphFaults(read, { ...NONE, assumed: new Set(["code_2025_01"]) });
    expect(fault?.hint).toContain("--assume names code_2025_01.");
    expect(graphFaults(read, { ...NONE, only: ["a"] })).toEqual([]);
    expect(graphFaults(read, { ...NONE, only: ["b"] })).toHaveLength(1);
  });

  test("ids that a file system takes for one are one", () => {
    const faults = graphFaults(tasks(["Forms", []], ["forms", []]), NONE);
    expect(faults.map(({ code }) => code)).toEqual(["task.twice"]);
    expect(faults[0]?.message).toContain("t.yaml:1");
  });

  test("--only takes what is waited for with it, unless that was completed before", () => {
    const read = tasks(["a", []], ["b", ["a"]], ["c", ["b"]], ["d", []]);
    expect(ids(graphOf(read, { ...NONE, only: ["c"] }).tasks)).toEqual(["a", "b", "c"]);
    const later = graphOf(read, { ...NONE, only: ["c"], completed: new Set(["b"]) });
    expect(ids(later.tasks)).toEqual(["c"]);
    expect(later.waits.get("c")).toEqual([]);
    expect(graphFaults(read, { ...NONE, only: ["e"] })[0]?.hint).toContain("There are: a, b, c, d.");
  });
});

describe("carrying out", () => {
  async function played(read: readonly ReadTask[], width: number, failing: readonly string[] = []) {
    const told: string[] = [];
    let most = 0;
    let now = 0;
    await inOrder(
      graphOf(read, NONE),
      width,
      async ({ task }) => {
        now += 1;
        most = Math.max(most, now);
        told.push(`+${task.task_id}`);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        told.push(`-${task.task_id}`);
        return failing.includes(task.task_id) ? "other" : "completed";
      },
      async ({ task }, because) => void told.push(`!${task.task_id} because of ${because}`),
    );
    return { told, most };
  }

  test("high priority begins first, then as written, so many at one time", async () => {
    const read = tasks(["a", [], "low"], ["b", []], ["c", [], "high"], ["d", []]);
    const { told, most } = await played(read, 2);
    expect(told.filter((one) => one.startsWith("+"))).toEqual(["+c", "+b", "+d", "+a"]);
    expect(most).toBe(2);
  });

  test("one begins only once what it waits for has ended", async () => {
    const { told } = await played(tasks(["b", ["a"], "high"], ["a", [], "low"]), 3);
    expect(told).toEqual(["+a", "-a", "+b", "-b"]);
  });

  test("a failure stops those that wait for it, over any distance, and no others", async () => {
    const read = tasks(["a", []], ["b", ["a"]], ["c", ["b"]], ["d", []]);
    const { told } = await played(read, 1, ["a"]);
    expect(told.filter((one) => one.startsWith("!"))).toEqual(["!b because of a", "!c because of b"]);
    expect(told).toContain("-d");
  });

  test("what ends everything is thrown once what is under way has ended", async () => {
    const read = tasks(["a", []], ["b", []], ["c", []]);
    const told: string[] = [];
    const work = async ({ task }: ReadTask) => {
      if (task.task_id === "a") throw new Error("over");
      await new Promise((resolve) => setTimeout(resolve, 20));
      told.push(task.task_id);
      return "completed" as const;
    };
    await expect(inOrder(graphOf(read, NONE), 2, work, async () => {})).rejects.toThrow("over");
    expect(told).toEqual(["b"]);
  });
});
