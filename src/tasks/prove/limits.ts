// How much one client may ask for, on a service that nobody has asked anything yet.
import { Agent } from "node:http";
import { type Asked, ask, type Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type Probe, type Seen, seen, seenStatus, skipped } from "./probe.ts";
import { goodRequest, startTrial, type Trial } from "./trial.ts";

/** Requests beyond that take longer than anybody waits for a proof. */
export const PROVABLE = 20_000;
const AT_ONCE = 20;
const LOGINS = 10;
const LOGIN_WINDOW_MS = 60_000;

/** Each in a service of its own that counts anew. */
export function limitProbes(trial: Trial): readonly Probe[] {
  const { max, windowMs } = trial.wanted.rate;
  const kinds = [
    { what: "unknown paths", asked: { path: "/nothing/is/here" } },
    ...trial.wanted.endpoints
      .filter(({ authentication }) => authentication !== "none")
      .slice(0, 1)
      .map(({ method, path }) => ({ what: "callers who are not let in", asked: { method, path } })),
  ];
  const login = trial.wanted.endpoints.find(({ handler }) => handler === "login");
  return [
    ...kinds.map(({ what, asked }) => limit(trial, max, windowMs, what, asked)),
    ...(login === undefined || max < LOGINS ? [] : [loginLimit(trial, login)]),
  ];
}

function limit(trial: Trial, max: number, windowMs: number, what: string, asked: Asked): Probe {
  return {
    name: `the limit holds for ${what}`,
    about: "security",
    expected: `${max} answers within ${windowMs / 1000} s, then 429 with retry-after, whatever x-forwarded-for says`,
    look: async () => {
      if (max > PROVABLE) return skipped(`${max} requests for one probe would take too long`);
      return withFresh(trial, (base) => upToLimit(base, asked, { max, windowMs }));
    },
  };
}

async function upToLimit(
  base: string,
  asked: Asked,
  { max, windowMs }: Trial["wanted"]["rate"],
): Promise<Seen> {
  // Connections that are kept: so many requests have to fit into the window.
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    const began = Date.now();
    const replies = await several(max, () => ask(base, { ...asked, agent }));
    const early = replies.filter(({ status }) => status === 429).length;
    const elsewhere = { ...asked, headers: { "x-forwarded-for": "203.0.113.9" } };
    const [next, spoofed] = [await ask(base, asked), await ask(base, elsewhere)];
    const took = Date.now() - began;
    if (took >= windowMs) return skipped(`${max} requests took ${took} ms here, longer than the window`);
    return limited(early, next, spoofed, await ask(base, { path: "/healthz" }));
  } finally {
    agent.destroy();
  }
}

function limited(early: number, next: Reply, spoofed: Reply, health: Reply): Seen {
  const after = Number(next.headers["retry-after"]);
  const words = `${early} refused early, then ${next.status} with retry-after ${next.headers["retry-after"] ?? "missing"}, ${spoofed.status} for another x-forwarded-for, /healthz ${health.status}`;
  const held = early === 0 && seenStatus(next, 429).ok && Number.isInteger(after) && after >= 1;
  return seen(held && spoofed.status === 429 && health.status === 200, words);
}

function loginLimit(trial: Trial, login: Expectation): Probe {
  return {
    name: `passwords are tried ${LOGINS} times a minute at most`,
    about: "security",
    expected: `${LOGINS} answers of 401, then 429`,
    look: () =>
      withFresh(trial, async (base) => {
        const asked = await goodRequest(trial, login);
        const began = Date.now();
        const first = await several(LOGINS, () => ask(base, asked));
        const refused = first.filter(({ status }) => status === 401).length;
        const next = await ask(base, asked);
        const took = Date.now() - began;
        if (took >= LOGIN_WINDOW_MS)
          return skipped(`${LOGINS} sign-ins took ${took} ms here, longer than the window`);
        return seen(refused === LOGINS && next.status === 429, `${refused} of 401, then ${next.status}`);
      }),
  };
}

async function withFresh(trial: Trial, look: (base: string) => Promise<Seen>): Promise<Seen> {
  const service = await startTrial(trial, {});
  if (!("url" in service)) return seen(false, `it does not start: ${service.output.slice(-300)}`);
  try {
    return await look(service.url);
  } finally {
    service.signal("TERM");
    await service.ended;
  }
}

async function several(count: number, send: () => Promise<Reply>): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const part = Math.min(AT_ONCE, count - sent);
    replies.push(...(await Promise.all(Array.from({ length: part }, send))));
  }
  return replies;
}
