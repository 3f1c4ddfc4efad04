import { describe, expect, it } from "vitest";
import { type Joining, joined, joinedFor } from "../../src/connectors/joined.ts";
import { Fault } from "../../src/lib/fault.ts";

/** Answers each item with itself in capitals; what throws is told by its name. */
function recorder(more: Partial<Joining<string, string>> = {}) {
  const sent: (readonly string[])[] = [];
  const call = joined<string, string>({
    most: () => 3,
    send: async (items) => {
      sent.push(items);
      return Promise.allSettled(
        items.map(async (item) => {
          if (item.startsWith("bad")) throw new Fault("invalid", item);
          if (item.startsWith("gone")) throw new Fault("unavailable", item);
          return item.toUpperCase();
        }),
      );
    },
    ...more,
  });
  return { call, sent };
}

const outcomes = async (calls: readonly Promise<string>[]) =>
  (await Promise.allSettled(calls)).map((result) =>
    result.status === "fulfilled" ? result.value : (result.reason as Error).message,
  );

describe("calls of one tick", () => {
  it("travel together, as many as one request takes, and each gets its own answer", async () => {
    const { call, sent } = recorder();
    const late = Promise.resolve()
      .then(() => {})
      .then(() => call("d"));
    expect(await outcomes([call("a"), call("b"), call("c"), late])).toEqual(["A", "B", "C", "D"]);
    expect(sent).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("do not wait for calls of a later tick", async () => {
    const { call, sent } = recorder();
    await call("a");
    await call("b");
    expect(sent).toEqual([["a"], ["b"]]);
  });

  it("fail one by one", async () => {
    const { call } = recorder();
    expect(await outcomes(["a", "bad b", "c"].map(call))).toEqual(["A", "bad b", "C"]);
  });

  it("all fail with what the request failed with", async () => {
    const { call } = recorder({ send: () => Promise.reject(new Fault("ambiguous", "lost")) });
    expect(await outcomes(["a", "b"].map(call))).toEqual(["lost", "lost"]);
  });

  it("are not sent any more once the connection is given up", async () => {
    const { call, sent } = recorder({ most: () => 1 });
    expect(await outcomes(["a", "bad", "gone", "b", "c"].map(call))).toEqual([
      "A",
      "bad",
      "gone",
      "gone",
      "gone",
    ]);
    expect(sent.flat()).toEqual(["a", "bad", "gone"]);
  });

  it("stay apart by group", async () => {
    const { call, sent } = recorder({ group: (item) => item.slice(0, 1) });
    await outcomes(["a1", "b1", "a2"].map(call));
    expect(sent).toEqual([["a1", "a2"], ["b1"]]);
  });

  it("are cut by what they weigh, and what is too heavy by itself goes alone", async () => {
    const weight = { of: (item: string) => item.length, most: () => 5 };
    const { call, sent } = recorder({ weight });
    await outcomes(["aa", "bbb", "c", "dddddddd", "e"].map(call));
    expect(sent).toEqual([["aa", "bbb"], ["c"], ["dddddddd"], ["e"]]);
  });

  it("are told by a limit that may change from request to request", async () => {
    let limit = 2;
    const { call, sent } = recorder({ most: () => limit-- });
    await outcomes(["a", "b", "c", "d"].map(call));
    expect(sent.map((items) => items.length)).toEqual([2, 1, 1]);
  });

  it("go out side by side as far as the platform likes it", async () => {
    let [under, highest] = [0, 0];
    const { call } = recorder({
      most: () => 1,
      abreast: 2,
      send: async (items) => {
        under += 1;
        highest = Math.max(highest, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
        return items.map((item) => ({ status: "fulfilled", value: item.toUpperCase() }));
      },
    });
    expect(await outcomes(["a", "b", "c", "d", "e"].map(call))).toEqual(["A", "B", "C", "D", "E"]);
    expect(highest).toBe(2);
  });

  it("wait for those that came before where the platform takes so many requests, and travel together then", async () => {
    const answers: (() => void)[] = [];
    const sent: string[] = [];
    const { call } = recorder({
      abreast: 1,
      send: async (items) => {
        sent.push(items.join(""));
        await new Promise<void>((resolve) => answers.push(resolve));
        return items.map((item) => ({ status: "fulfilled", value: item }));
      },
    });
    const ended: Promise<string>[] = [];
    for (const names of ["abcd", "ef"]) {
      for (const name of names) ended.push(call(name));
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const expected of [["abc"], ["abc", "def"]]) {
      expect(sent).toEqual(expected);
      answers.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await outcomes(ended)).toEqual([..."abcdef"]);
  });

  it("that were not sent any more are known not to have been", async () => {
    const { call } = recorder({ most: () => 1 });
    const results = await Promise.allSettled(["gone", "b"].map(call));
    expect(results.map((result) => result.status === "rejected" && result.reason.unsent)).toEqual([
      false,
      true,
    ]);
  });

  it("are joined for each owner by itself", async () => {
    const sent: string[] = [];
    const call = joinedFor((owner: { readonly name: string }) => ({
      most: () => 9,
      send: async (items: readonly string[]) => {
        sent.push(`${owner.name}: ${items.join()}`);
        return Promise.allSettled(items.map(async (item) => item));
      },
    }));
    const [one, two] = [{ name: "one" }, { name: "two" }];
    await Promise.all([call(one, "a"), call(two, "b"), call(one, "c")]);
    expect(sent).toEqual(["one: a,c", "two: b"]);
  });
});
