// Who is let in: keys, tokens, passwords.
import type { Asked, Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type Probe, type Seen, seen, seenStatus } from "./probe.ts";
import { runNode } from "./service.ts";
import { addUser, asNew, type Claims, environment, goodRequest, type Trial, tokenFor } from "./trial.ts";

export function accessProbes(trial: Trial, base: string): readonly Probe[] {
  const { endpoints } = trial.wanted;
  const login = endpoints.find(({ handler }) => handler === "login");
  return [
    ...endpoints
      .filter(({ authentication }) => authentication === "api_key")
      .flatMap((one) => keyProbes(trial, base, one)),
    ...endpoints
      .filter(({ authentication }) => authentication === "jwt_token")
      .flatMap((one) => tokenProbes(trial, base, one)),
    ...(login === undefined ? [] : loginProbes(trial, base, login)),
  ];
}

const nameOf = ({ method, path }: Expectation, what: string): string => `${method} ${path}: ${what}`;

/** 401 says how one gets in (RFC 9110, 11.6.1). */
function turnedAway(reply: Reply): Seen {
  const said = seenStatus(reply, 401);
  if (!said.ok || reply.headers["www-authenticate"] !== undefined) return said;
  return seen(false, `${said.seen}, without www-authenticate`);
}

function attempt(
  trial: Trial,
  base: string,
  endpoint: Expectation,
  what: string,
  headers: () => Promise<Record<string, string>> | Record<string, string>,
  body?: Partial<Asked>,
): Probe {
  return {
    name: nameOf(endpoint, what),
    about: "security",
    expected: "401 with www-authenticate",
    look: async () => {
      const asked = await goodRequest(trial, endpoint);
      return turnedAway(await asNew(trial, base, { ...asked, ...body, headers: await headers() }));
    },
  };
}

function keyProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const { apiKey } = trial.settings;
  const probe = (what: string, key: string | undefined, body?: Partial<Asked>) =>
    attempt(trial, base, endpoint, what, () => (key === undefined ? {} : { "x-api-key": key }), body);
  return [
    probe("no key is let in nowhere", undefined),
    probe("a wrong key is refused", `${apiKey.slice(0, -1)}${apiKey.endsWith("0") ? "1" : "0"}`),
    probe("a part of the key is refused", apiKey.slice(0, 32)),
    probe("an empty key is refused", ""),
    probe("without a key nothing is said of the body", undefined, { json: { nonsense: true } }),
  ];
}

function tokenProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const flawed = (what: string, claims: Partial<Claims>, how?: Parameters<typeof tokenFor>[2]) =>
    attempt(trial, base, endpoint, what, async () => {
      const { id } = await addUser(trial);
      return bearer(tokenFor(trial, { sub: id, ...claims }, how));
    });
  return [
    {
      name: nameOf(endpoint, "a good token is let in"),
      about: "security",
      expected: "no 401",
      look: async () => {
        const reply = await asNew(trial, base, await goodRequest(trial, endpoint));
        return seen(reply.status !== 401 && reply.status < 500, String(reply.status));
      },
    },
    attempt(trial, base, endpoint, "no token is let in nowhere", () => ({})),
    attempt(trial, base, endpoint, "what is no token is refused", () => bearer("abc.def.ghi")),
    flawed("a token of another secret is refused", {}, { secret: "another secret of 32 characters!!" }),
    flawed("a token that is not signed is refused", {}, { alg: "none" }),
    flawed("a token of another algorithm is refused", {}, { alg: "HS512" }),
    flawed("a token that has ended is refused", { lives: -60 }),
    flawed("a token of another issuer is refused", { iss: "somebody-else" }),
    flawed("a token for another API is refused", { aud: "somebody-else" }),
    flawed("a token of somebody who was deleted is refused", { sub: "987654321" }),
    attempt(trial, base, endpoint, "a token that was changed is refused", async () => {
      const [user, other] = [await addUser(trial), await addUser(trial)];
      const [head, , signature] = tokenFor(trial, { sub: user.id }).split(".");
      const [, claims] = tokenFor(trial, { sub: other.id }).split(".");
      return bearer(`${head}.${claims}.${signature}`);
    }),
  ];
}

const PASSWORD = "Correct-horse-9-battery";
/** Of so many the quickest is taken, as a machine that is busy only makes slower: a way without a hash is far quicker. */
const ROUNDS = 5;
const FACTOR = 3;
/** What load makes of one series it does not make of all. */
const SERIES = 3;

function loginProbes(trial: Trial, base: string, login: Expectation): readonly Probe[] {
  const enter = (email: string, password: string) =>
    asNew(trial, base, { method: "POST", path: login.path, json: { email, password } });
  const register = trial.wanted.endpoints.find(({ handler }) => handler === "register");
  const person = register === undefined ? commandPerson(trial) : formPerson(trial, base, register);
  return [
    {
      name: nameOf(login, "somebody who is not known is refused"),
      about: "security",
      expected: "401",
      look: async () => seenStatus(await enter(`nobody${trial.next()}@example.test`, PASSWORD), 401),
    },
    ...withPeople(trial, base, login, person, enter),
  ];
}

/** `reply` where they made the account themselves. */
type Person = () => Promise<{ readonly email: string; readonly reply?: Reply }>;

function formPerson(trial: Trial, base: string, register: Expectation): Person {
  return async () => {
    const email = `person${trial.next()}@example.test`;
    const asked = await goodRequest(trial, register, { email, password: PASSWORD, name: "A person" });
    return { email, reply: await asNew(trial, base, asked) };
  };
}

/** Where nobody can register, accounts are made on the command line. */
function commandPerson(trial: Trial): Person {
  return async () => {
    const email = `person${trial.next()}@example.test`;
    const words = ["create-user.js"];
    const { code, output } = await runNode(trial.dir, words, environment(trial), `${email}\n${PASSWORD}\n`);
    if (code !== 0)
      throw new Error(`node create-user.js ends with ${code ?? "a signal"}: ${output.slice(0, 200)}`);
    return { email };
  };
}

function withPeople(
  trial: Trial,
  base: string,
  login: Expectation,
  person: Person,
  enter: Enter,
): readonly Probe[] {
  const profile = trial.wanted.endpoints.find(({ handler }) => handler === "profile");
  const tokenIn = ({ json }: Reply): string =>
    typeof json === "object" && json !== null && "token" in json ? String(json.token) : "";
  return [
    {
      name: nameOf(login, "somebody with an account gets a token that works"),
      about: "security",
      expected: "200 with a token, and the profile of the same person",
      look: async () => {
        const { email } = await person();
        const reply = await enter(email, PASSWORD);
        if (reply.status !== 200 || tokenIn(reply) === "")
          return seen(false, `${reply.status} ${Object.keys(Object(reply.json)).join(", ")}`);
        if (profile === undefined) return seen(true, "200 with a token");
        const headers = { authorization: `Bearer ${tokenIn(reply)}` };
        const own = await asNew(trial, base, { path: profile.path, headers });
        return seen(
          own.status === 200 && own.text.includes(email),
          `${own.status} ${own.text.slice(0, 120)}`,
        );
      },
    },
    {
      name: nameOf(login, "unknown person and wrong password are told apart by nothing"),
      about: "security",
      expected: `the same answer, in like time (the quickest of ${ROUNDS} within a factor of ${FACTOR})`,
      look: async () => alikeAnswers(await person(), enter),
    },
    {
      name: nameOf(login, "no answer holds the password's hash"),
      about: "security",
      expected: "neither hash nor its name in any answer",
      look: async () => {
        const { email, reply } = await person();
        const entered = await enter(email, PASSWORD);
        const headers = { authorization: `Bearer ${tokenIn(entered)}` };
        const own =
          profile === undefined ? undefined : await asNew(trial, base, { path: profile.path, headers });
        const [row] = await trial.database.rows(
          "SELECT password_hash FROM users WHERE password_hash <> 'scrypt$none' LIMIT 1",
        );
        const all = [reply, entered, own].map((one) => one?.text ?? "").join("\n");
        const leaks = /password|scrypt/i.test(all) || all.includes(String(row?.password_hash ?? "\0"));
        return seen(!leaks, leaks ? "one of them does" : "none");
      },
    },
  ];
}

type Enter = (email: string, password: string) => Promise<Reply>;

async function alikeAnswers({ email }: { readonly email: string }, enter: Enter): Promise<Seen> {
  let said = seen(false, "");
  for (let series = 0; series < SERIES && !said.ok; series += 1) said = await oneSeries(email, enter);
  return said;
}

async function oneSeries(email: string, enter: Enter): Promise<Seen> {
  const times = { known: [] as number[], unknown: [] as number[] };
  const texts = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const who of ["known", "unknown"] as const) {
      const began = performance.now();
      const reply = await enter(who === "known" ? email : `x${round}${email}`, `${PASSWORD}!`);
      times[who].push(performance.now() - began);
      texts.add(`${reply.status} ${reply.text}`);
    }
  }
  const [one, other] = [Math.min(...times.known), Math.min(...times.unknown)];
  const words = `${[...texts].join(" | ").slice(0, 200)}; ${Math.round(one)} ms known, ${Math.round(other)} ms unknown`;
  return seen(texts.size === 1 && Math.max(one, other) <= FACTOR * Math.min(one, other), words);
}
