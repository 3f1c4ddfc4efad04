// How it starts, what it tells of itself, and how it ends.
import { request } from "node:http";
import { type Asked, ask, type Reply } from "./ask.ts";
import { type Probe, type Seen, seen, seenStatus } from "./probe.ts";
import { type Ended, type Env, runNode, type Service } from "./service.ts";
import { asNew, environment, goodRequest, type Trial } from "./trial.ts";

/** Before the migrations were carried out. */
export function configurationProbes(trial: Trial): readonly Probe[] {
  const { has } = trial.wanted;
  const refused = (what: string, variable: string, change: Env): Probe => ({
    name: `it does not start with ${what}`,
    about: "configuration",
    expected: `exit code 2 and a line that names ${variable}`,
    look: async () =>
      told(await runNode(trial.dir, ["server.js"], { ...environment(trial), ...change }), variable),
  });
  const secrets = [
    ...(has("api_key")
      ? [["API_KEYS", "site:short", "site:change-me-change-me-change-me-change-me"] as const]
      : []),
    ...(has("jwt_token") || has("login")
      ? [["JWT_SECRET", "short", "change-me-change-me-change-me-change-me"] as const]
      : []),
    ...(has("webhook")
      ? [["WEBHOOK_SECRET", "short", "change-me-change-me-change-me-change-me"] as const]
      : []),
  ];
  return [
    refused("no address of a database", "DATABASE_URL", { DATABASE_URL: undefined }),
    refused("a port that is none", "PORT", { PORT: "http" }),
    refused("`false` for the number of proxies", "TRUST_PROXY", { TRUST_PROXY: "false" }),
    ...secrets.flatMap(([name, short, sample]) => [
      refused(`no ${name}`, name, { [name]: undefined }),
      refused(`a short ${name}`, name, { [name]: short }),
      refused(`the sample of ${name}`, name, { [name]: sample }),
    ]),
    refused("a database without its tables", "migrate", {}),
  ];
}

function told({ code, output }: Ended, variable: string): Seen {
  const names = output.includes(variable);
  return seen(
    code === 2 && names,
    `exit code ${code ?? "none"}${names ? "" : `, and ${variable} is not named`}: ${output.trim().slice(0, 200)}`,
  );
}

export function healthProbes(trial: Trial, base: string): readonly Probe[] {
  return [
    {
      name: "GET /healthz",
      about: "health",
      expected: '200 {"status":"ok"}',
      look: async () => {
        const reply = await ask(base, { path: "/healthz" });
        return seen(
          reply.status === 200 && reply.text === '{"status":"ok"}',
          `${reply.status} ${reply.text}`,
        );
      },
    },
    {
      name: "GET /metrics counts requests",
      about: "health",
      expected: "http_requests_total grows with each request; 401 to other machines",
      look: () => metrics(trial, base),
    },
    {
      name: "headers that browsers heed are there",
      about: "security",
      expected: "nosniff, a policy that nothing may be loaded or framed, and no x-powered-by",
      look: async () => headersOf(await asNew(trial, base, { path: "/openapi.json" })),
    },
    {
      name: "a path that is not there",
      about: "input",
      expected: "404",
      look: async () => seenStatus(await asNew(trial, base, { path: "/nothing/is/here" }), 404),
    },
    ...corsProbes(trial, base),
  ];
}

async function metrics(trial: Trial, base: string): Promise<Seen> {
  const read = async () => {
    const { text, status } = await ask(base, { path: "/metrics" });
    const counts = [...text.matchAll(/^http_requests_total\{[^}]*\} (\d+)/gm)].map(([, n]) => Number(n));
    return { status, sum: counts.reduce((total, n) => total + n, 0) };
  };
  const before = await read();
  for (let n = 0; n < 3; n += 1) await asNew(trial, base, { path: "/openapi.json" });
  const after = await read();
  const stranger = await asNew(trial, base, { path: "/metrics" });
  const words = `${before.status}, ${after.sum - before.sum} more after 3 requests; ${stranger.status} to another machine`;
  return seen(after.status === 200 && after.sum - before.sum >= 3 && stranger.status === 401, words);
}

function headersOf({ headers }: Reply): Seen {
  const policy = headers["content-security-policy"] ?? "";
  const ok =
    headers["x-content-type-options"] === "nosniff" &&
    policy.includes("default-src 'none'") &&
    policy.includes("frame-ancestors 'none'") &&
    headers["x-powered-by"] === undefined;
  return seen(
    ok,
    `x-content-type-options: ${headers["x-content-type-options"] ?? "missing"}; content-security-policy: ${policy || "missing"}`,
  );
}

const FOREIGN = "https://evil.example";

function corsProbes(trial: Trial, base: string): readonly Probe[] {
  const { origins, endpoints } = trial.wanted;
  const [endpoint] = endpoints;
  const path = endpoint?.path ?? "/openapi.json";
  const allowedFor = async (origin: string, method = "OPTIONS") => {
    const headers = { origin, "access-control-request-method": endpoint?.method ?? "GET" };
    const reply = await asNew(trial, base, {
      method,
      path: method === "GET" ? "/openapi.json" : path,
      headers,
    });
    return reply.headers["access-control-allow-origin"];
  };
  const probe = (origin: string, allowed: boolean): Probe => ({
    name: `CORS: ${origin} ${allowed ? "may" : "may not"} call`,
    about: "security",
    expected: allowed ? `access-control-allow-origin: ${origin}` : "no access-control-allow-origin",
    look: async () => {
      const [asked, called] = [await allowedFor(origin), await allowedFor(origin, "GET")];
      const right = (value: string | undefined) =>
        allowed ? value === origin : value !== origin && value !== "*";
      return seen(
        right(asked) && right(called),
        `${asked ?? "none"} when asked, ${called ?? "none"} when called`,
      );
    },
  });
  const known = (origins ?? []).map((origin) => probe(new URL(origin).origin, true));
  return [probe(FOREIGN, false), ...known];
}

const BEGUN = 10;

/** Ends it. */
export function endProbes(trial: Trial, service: Service): readonly Probe[] {
  return [
    {
      name: "SIGTERM while requests are under way",
      about: "resilience",
      expected: `exit code 0, and all ${BEGUN} requests that were begun are answered as ever`,
      look: async () => {
        const begun: Finish[] = [];
        while (begun.length < BEGUN)
          begun.push(await beginRequest(service.url, await requestToEnd(trial), trial.next()));
        service.signal("TERM");
        await new Promise((resolve) => setTimeout(resolve, 100));
        const ends = await Promise.allSettled(begun.map((finish) => finish()));
        const answered = ends.filter((end) => end.status === "fulfilled" && end.value < 500).length;
        const { code } = await service.ended;
        return seen(code === 0 && answered === BEGUN, `exit code ${code ?? "none"}, ${answered} answered`);
      },
    },
  ];
}

/** One whose answer needs the database, where there is one: that, too, has to be there until the last answer. */
async function requestToEnd(trial: Trial): Promise<Asked> {
  const stored = trial.wanted.endpoints.find(
    ({ handler }) => handler === "contact" || handler === "register",
  );
  if (stored !== undefined) return goodRequest(trial, stored);
  return { method: "POST", path: "/nothing/is/here", json: { nothing: true } };
}

type Finish = () => Promise<number>;

/** Resolves once the service has said that it waits for the body; what it resolves to sends that, and gives the status. */
function beginRequest(base: string, { method, path, headers, json }: Asked, nth: number): Promise<Finish> {
  const body = JSON.stringify(json);
  const client = `10.250.${(nth >> 8) & 255}.${nth & 255}`;
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, base), {
      method,
      agent: false,
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        expect: "100-continue",
        "x-forwarded-for": client,
      },
    });
    const answered = new Promise<number>((told, failed) => {
      sent.once("response", (answer) => {
        answer.resume();
        told(answer.statusCode ?? 0);
      });
      sent.once("error", failed);
    });
    answered.catch(reject);
    sent.once("continue", () =>
      resolve(() => {
        sent.end(body);
        return answered;
      }),
    );
    sent.flushHeaders();
  });
}
