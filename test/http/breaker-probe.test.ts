import { expect, it } from "vitest";
import { type Circuit, type Circuits, withBreaker } from "../../src/http/breaker.ts";
import type { Call, Http } from "../../src/http/http.ts";
import { Fault } from "../../src/lib/fault.ts";

const START = Date.UTC(2026, 0, 1);
const open: Circuit = {
  state: "open",
  cause: { code: "no-answer", message: "no answer" },
  since: START - 60_000,
  until: START,
  times: 1,
};
const call = (path: string): Call<unknown> => ({
  method: "GET",
  path,
  repeatable: true,
  decode: (value) => value,
});

/** A site that a breaker guards, tried again just now. Calls wait until `answer` is called. */
function tried() {
  let circuit = open;
  const asked: string[] = [];
  const waiting: ((fault: Fault | undefined) => void)[] = [];
  const circuits: Circuits = {
    read: () => circuit,
    change: (change) => {
      circuit = change(circuit) as typeof circuit;
    },
  };
  const http: Http = {
    requests: () => asked.length,
    send: ({ path }) => {
      asked.push(path);
      return new Promise((resolve, reject) =>
        waiting.push((fault) =>
          fault === undefined ? resolve({ status: 200, headers: {}, value: path } as never) : reject(fault),
        ),
      );
    },
  };
  const clock = { now: () => START, sleep: async () => {} };
  const { send } = withBreaker(http, { connection: "acme", circuits, clock });
  return { send, asked, answer: (fault?: Fault) => waiting.shift()?.(fault) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("what is sent beside the call that finds the site back waits for it, and goes through", async () => {
  const { send, asked, answer } = tried();
  const both = Promise.all([send(call("/me")), send(call("/root"))]);
  await turn();
  expect(asked).toEqual(["/me"]);
  answer();
  await turn();
  expect(asked).toEqual(["/me", "/root"]);
  answer();
  expect((await both).map(({ value }) => value)).toEqual(["/me", "/root"]);
});

it("what is sent beside a call that finds the site still away is not sent", async () => {
  const { send, asked, answer } = tried();
  const both = Promise.allSettled([send(call("/me")), send(call("/root"))]);
  await turn();
  answer(new Fault("unavailable", "no answer", { code: "no-answer" }));
  const [first, second] = await both;
  expect(asked).toEqual(["/me"]);
  expect(first).toMatchObject({ status: "rejected", reason: { code: "no-answer" } });
  expect(second).toMatchObject({ status: "rejected", reason: { code: "circuit-open" } });
});
