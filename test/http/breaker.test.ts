import { describe, expect, it } from "vitest";
import {
  admit,
  afterFailure,
  type Circuit,
  type Circuits,
  CLOSED,
  circuitOf,
  closedBy,
  type OpenCircuit,
  openFault,
  type Sign,
  signOf,
  withBreaker,
} from "../../src/http/breaker.ts";
import { type Call, type Http, TOO_LATE } from "../../src/http/http.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { faultOf, get, post } from "./servers.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 4, 1, 12);
const down = new Fault("unavailable", "The site failed.", { code: "no-answer" });
const guarded = new Fault("unavailable", "A guard wants a browser (ray id 8f2a-FRA).", {
  code: "challenge-page",
  hint: "Ask its owner.",
});

/** A site that does as it is told, a clock that is set by hand, and processes that share one circuit. */
function scene() {
  let circuit: Circuit = CLOSED;
  const site = { answer: async (): Promise<unknown> => "ok", asked: 0 };
  const time = { now: START };
  const clock: Clock = { now: () => time.now, sleep: async () => {} };
  const circuits: Circuits = {
    read: () => circuit,
    // As a database keeps it: as text.
    change: (change) => {
      circuit = circuitOf(JSON.parse(JSON.stringify(change(circuit))));
    },
  };
  const http: Http = {
    requests: () => site.asked,
    send: async (call) => {
      site.asked += 1;
      return { status: 200, headers: {}, value: call.decode(await site.answer()), serverTime: undefined };
    },
  };
  const process = (always = false) => withBreaker(http, { connection: "acme", circuits, clock, always });
  return { site, time, process, state: () => circuit };
}

const failing = (fault: Fault) => () => Promise.reject(fault);

describe("a connection whose site does not answer", () => {
  it("is left alone after three calls in a row, with cause, since when and until when", async () => {
    const { site, process, time } = scene();
    site.answer = failing(down);
    for (let call = 0; call < 3; call += 1)
      expect((await faultOf(process().send(get("/")))).code).toBe("no-answer");
    time.now += 1000;
    const fault = await faultOf(process().send(get("/")));
    expect(site.asked).toBe(3);
    expect(fault).toMatchObject({
      kind: "unavailable",
      code: "circuit-open",
      scope: "connection",
      retryAfterMs: 29_000,
    });
    expect(fault.message).toBe(
      "acme is left alone since 2026-05-01T12:00:00Z and tried again at 2026-05-01T12:00:30Z. The cause: The site failed.",
    );
    expect(fault.hint).toContain("ainstein-cms connections test acme");
  });

  it("is asked on as long as an answer comes in between", async () => {
    const { site, process } = scene();
    for (let round = 0; round < 4; round += 1) {
      site.answer = failing(down);
      for (let call = 0; call < 2; call += 1) await faultOf(process().send(get("/")));
      site.answer = round % 2 === 0 ? async () => "ok" : failing(new Fault("not-found", "nothing there"));
      await process()
        .send(get("/"))
        .catch(() => {});
    }
    expect(site.asked).toBe(12);
  });

  it("is tried by one call when its time has come; others are refused meanwhile", async () => {
    const { site, process, time, state } = scene();
    site.answer = failing(guarded);
    await faultOf(process().send(get("/")));
    time.now += 5 * MINUTE;
    let release = (_: unknown): void => {};
    site.answer = () => new Promise((resolve) => (release = resolve));
    const probe = process().send(get("/"));
    const other = await faultOf(process().send(get("/")));
    expect(other).toMatchObject({ code: "circuit-open", hint: expect.stringContaining("Ask its owner.") });
    expect(other.message).toContain("is being tried just now");
    expect(site.asked).toBe(2);
    release("ok");
    await probe;
    expect(state()).toEqual(CLOSED);
    site.answer = async () => "ok";
    expect((await process().send(get("/"))).value).toBe("ok");
  });

  it("is not said to be tried while nobody does that", () => {
    const cause = { code: "no-answer", message: "No answer." };
    const circuit: OpenCircuit = { state: "open", cause, since: START, until: START + 5 * MINUTE, times: 1 };
    const told = (now: number, probe?: OpenCircuit["probe"]) =>
      openFault("wp", probe === undefined ? circuit : { ...circuit, probe }, now).message;
    const due = START + 5 * MINUTE;
    expect(told(START)).toContain("and tried again at 2026-05-01T12:05:00Z.");
    expect(told(due)).toContain("its time has come: the next command tries it.");
    expect(told(due, { holder: "p", until: due + MINUTE })).toContain("is being tried just now.");
    expect(told(due + MINUTE, { holder: "dead", until: due + MINUTE })).toContain(
      "the next command tries it.",
    );
  });

  it("is tried by one call of a process, which those beside it wait for", async () => {
    const { site, process, time } = scene();
    site.answer = failing(guarded);
    await faultOf(process().send(get("/")));
    time.now += 5 * MINUTE;
    site.answer = async () => "ok";
    const own = process();
    const replies = await Promise.all([own.send(get("/a")), own.send(get("/b")), own.send(get("/c"))]);
    expect(replies.map(({ value }) => value)).toEqual(["ok", "ok", "ok"]);
    expect(site.asked).toBe(4);
  });

  it("is asked by one call of a process when it is still away, and the others are refused", async () => {
    const { site, process, time } = scene();
    site.answer = failing(guarded);
    await faultOf(process().send(get("/")));
    time.now += 5 * MINUTE;
    const own = process();
    const faults = await Promise.all(["/a", "/b", "/c"].map((path) => faultOf(own.send(get(path)))));
    expect(faults.map(({ code }) => code)).toEqual(["challenge-page", "circuit-open", "circuit-open"]);
    expect(site.asked).toBe(2);
  });

  it("is left alone twice as long each time it fails again, and never longer than half an hour", async () => {
    const { site, process, time, state } = scene();
    site.answer = failing(down);
    const waits: number[] = [];
    for (let call = 0; call < 12; call += 1) {
      await faultOf(process().send(get("/")));
      const circuit = state();
      if (circuit.state === "closed") continue;
      waits.push((circuit.until - time.now) / 1000);
      expect(circuit.since).toBe(START);
      time.now = circuit.until;
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800, 1800]);
  });

  it("is tried by another process when the one that tried it has died", async () => {
    const { site, process, time } = scene();
    site.answer = failing(guarded);
    await faultOf(process().send(get("/")));
    time.now += 5 * MINUTE;
    site.answer = () => new Promise(() => {});
    void process().send(get("/"));
    site.answer = async () => "ok";
    expect((await faultOf(process().send(get("/")))).code).toBe("circuit-open");
    time.now += 90_000;
    expect((await process().send(get("/"))).value).toBe("ok");
  });

  it("is tried again at once when the call that tried it was interrupted", async () => {
    const { site, process, time } = scene();
    site.answer = failing(guarded);
    await faultOf(process().send(get("/")));
    time.now += 5 * MINUTE;
    site.answer = failing(new Fault("interrupted", "stopped"));
    await faultOf(process().send(get("/")));
    site.answer = async () => "ok";
    expect((await process().send(get("/"))).value).toBe("ok");
  });

  it("is asked by who looks whether it is back, which closes the circuit and never opens it", async () => {
    const { site, process, state } = scene();
    site.answer = failing(guarded);
    for (let call = 0; call < 4; call += 1) await faultOf(process(true).send(get("/")));
    expect(state()).toEqual(CLOSED);
    await faultOf(process().send(get("/")));
    const before = state();
    await faultOf(process(true).send(get("/")));
    expect(state()).toEqual(before);
    site.answer = async () => "ok";
    await process(true).send(get("/"));
    expect(state()).toEqual(CLOSED);
  });

  it("keeps what a call brought when the circuit cannot be kept", async () => {
    const { site } = scene();
    const circuits: Circuits = {
      read: () => ({ state: "closed", failures: 1 }),
      change: () => {
        throw new Error("the disk is full");
      },
    };
    const http: Http = {
      requests: () => 0,
      send: async () => ({ status: 200, headers: {}, value: 1 }) as never,
    };
    const clock: Clock = { now: () => START, sleep: async () => {} };
    const broken = withBreaker(http, { connection: "acme", circuits, clock });
    expect((await broken.send(post("/"))).value).toBe(1);
    expect(site.asked).toBe(0);
  });

  it("is asked when its circuit cannot be looked at, and left alone when just its probe cannot be kept", async () => {
    const { site, time, process, state } = scene();
    site.answer = failing(down);
    for (let call = 0; call < 3; call += 1) await faultOf(process().send(get("/")));
    site.answer = async () => "ok";
    const full = (): never => {
      throw new Error("the disk is full");
    };
    const clock: Clock = { now: () => time.now, sleep: async () => {} };
    const http: Http = {
      requests: () => 0,
      send: async () => ({ status: 200, headers: {}, value: 1 }) as never,
    };
    const guardedBy = (circuits: Circuits) => withBreaker(http, { connection: "acme", circuits, clock });
    expect((await guardedBy({ read: full, change: full }).send(post("/"))).value).toBe(1);
    const readOnly: Circuits = {
      read: state,
      change: (change) => {
        change(state());
        full();
      },
    };
    expect((await faultOf(guardedBy(readOnly).send(post("/")))).code).toBe("circuit-open");
    time.now += 30 * MINUTE;
    expect((await guardedBy(readOnly).send(post("/"))).value).toBe(1);
  });
});

describe("what a fault says of its site", () => {
  const read: Pick<Call<unknown>, "body"> = {};
  const write = { body: { json: {} } };
  const page = (httpStatus: number) =>
    new Fault("unavailable", "a page", { code: "html-instead-of-json", httpStatus });
  const of = (kind: ConstructorParameters<typeof Fault>[0], code?: string, more = {}) =>
    new Fault(kind, "x", { ...(code === undefined ? {} : { code }), ...more });

  it.each([
    ["a challenge page", guarded, read],
    ["a web page for data", page(200), read],
    ["a firewall's page for data", page(403), read],
    ["a login page in answer to a write", page(200), write],
    [
      "maintenance until a given time",
      new Fault("unavailable", "x", { httpStatus: 503, retryAfterMs: 600_000 }),
      read,
    ],
    ["a quota that is spent", of("rate-limited", undefined, { retryAfterMs: 600_000 }), read],
  ])("%s: it is left alone at once", (_, fault, call) => {
    expect(signOf(fault, call)).toMatchObject({ was: "down", atOnce: true });
  });

  it.each([
    ["no answer", down, read],
    ["a write whose answer was lost", of("ambiguous", "answer-lost"), write],
    ["a firewall's page about what was sent", page(403), write],
  ])("%s: it counts", (_, fault, call) => {
    expect(signOf(fault, call)).toMatchObject({ was: "down", atOnce: false });
  });

  it.each([
    ["a wrong password", of("auth")],
    ["a page that is not there", page(404)],
    ["a login page of the web server", page(401)],
    ["a refused value", of("invalid")],
    ["JSON that is none", of("protocol", "not-json")],
    ["one document that cannot be had now", of("unavailable", "x", { scope: "item" })],
  ])("%s: it is up", (_, fault) => expect(signOf(fault, read)).toEqual({ was: "up" }));

  it.each([
    ["a name that is not found", of("unavailable", "name-not-found")],
    ["a certificate that is not trusted", of("unavailable", "certificate-untrusted")],
    ["Ctrl-C", of("interrupted")],
    ["a deadline", of("deadline")],
    ["a turn that came too late", of("unavailable", TOO_LATE, { scope: "item" })],
  ])("%s: nothing is known", (_, fault) => expect(signOf(fault, read)).toEqual({ was: "unknown" }));
});

describe("a circuit", () => {
  const sign: Sign = { was: "down", cause: { code: "no-answer", message: "x" }, atOnce: true };
  const call = { holder: "a", begun: START, now: START };
  const open = afterFailure(CLOSED, sign, call);

  it("is not changed by what was begun before it opened", () => {
    const late = { holder: "b", begun: START - 1, now: START + 1 };
    expect(afterFailure(open, sign, late)).toBe(open);
    expect(closedBy(open, START - 1)).toBe(open);
  });

  it("that a clock set back seems to keep open for days is tried", () => {
    expect(admit(open, START - 24 * 60 * MINUTE, "b").admitted).toBe(true);
    expect(admit(open, START, "b").admitted).toBe(false);
  });

  it("asks for no more than half an hour, whatever a server says", () => {
    const asked = afterFailure(CLOSED, { ...sign, askedMs: 365 * 24 * 3_600_000 }, call);
    expect(asked).toMatchObject({ state: "open", until: START + 30 * MINUTE });
    expect(afterFailure(CLOSED, { ...sign, askedMs: 40_000 }, call)).toMatchObject({ until: START + 40_000 });
  });

  it("is open no shorter because a server asks for less than it then needs", () => {
    expect(afterFailure(CLOSED, { ...sign, askedMs: 2_000 }, call)).toMatchObject({ until: START + 30_000 });
  });

  it.each([null, [], "x", {}, { state: "open" }, { state: "open", since: 1, until: 2, times: 3 }])(
    "kept as %j is taken for a closed one",
    (kept) => expect(circuitOf(kept)).toEqual(CLOSED),
  );
});
