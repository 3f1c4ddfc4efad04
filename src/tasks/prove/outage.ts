// What becomes of calls while the database is away, and of those that wait for it when it goes.
import { connect, isPostgresUrl } from "../database/connection.ts";
import { type Asked, ask } from "./ask.ts";
import type { Expectation, Handler } from "./expect.ts";
import { type Probe, type Seen, seen, skipped, until } from "./probe.ts";
import { asNew, goodRequest, type Trial } from "./trial.ts";

type Server = NonNullable<Trial["server"]>;

const BACK_MS = 60_000;
/** More than anybody has connections. */
const WAITING = 25;

/** Handlers that ask the database whatever they are sent, those first that write: they hold a connection for longer. */
const ASKS: readonly Handler[] = ["contact", "newsletter", "register", "login", "profile", "list"];

/** The database goes away and comes back. */
export function outageProbes(trial: Trial, base: string): readonly Probe[] {
  const { endpoints } = trial.wanted;
  const [endpoint] = [
    ...ASKS.flatMap((handler) => endpoints.filter((each) => each.handler === handler)),
    ...endpoints.filter(({ authentication }) => authentication === "jwt_token"),
  ];
  const stopping = (look: (server: Server) => Promise<Seen>) => async () =>
    trial.server === undefined
      ? skipped("the server of the database is not ours to stop")
      : await look(trial.server);
  const gone: Probe = {
    name: "the database goes away, and comes back",
    about: "resilience",
    expected: `503 from /healthz${endpoint === undefined ? "" : " and from a call"}, still alive, then as before`,
    look: stopping(async (server) => {
      const asked = endpoint === undefined ? [] : [await goodRequest(trial, endpoint)];
      return awayAndBack(trial, base, server, [{ path: "/healthz" }, ...asked]);
    }),
  };
  const table = endpoint === undefined ? undefined : tableOf(endpoint);
  if (endpoint === undefined || table === undefined) return [gone];
  const waiting: Probe = {
    name: "the database goes away while a call waits for it",
    about: "resilience",
    expected: "503, still alive, and 200 from /healthz once it is back",
    look: stopping(async (server) =>
      awayWhileWaiting(trial, base, server, await goodRequest(trial, endpoint), table),
    ),
  };
  const slow: Probe = {
    name: "the database keeps calls waiting",
    about: "resilience",
    expected: `503 to ${WAITING} calls at once, and an answer as before once the table is free`,
    look: () => keptWaiting(trial, base, endpoint, table),
  };
  // Our own connection, which holds up those calls, does not outlive the server.
  return [slow, waiting, gone];
}

function tableOf({ handler, table }: Expectation): string | undefined {
  if (handler === "contact") return "contact_messages";
  if (handler === "newsletter") return "newsletter_subscribers";
  return handler === "list" ? table : "users";
}

async function awayAndBack(
  trial: Trial,
  base: string,
  server: Server,
  asked: readonly Asked[],
): Promise<Seen> {
  const statuses = async () => {
    const all: number[] = [];
    for (const one of asked) all.push((await asNew(trial, base, one)).status);
    return all;
  };
  const before = await statuses();
  await server.stop();
  // Whatever the service does meanwhile: the next one to be tried needs the server.
  const away = await statuses().finally(() => server.start());
  const back = await isBack(base);
  const after = await statuses();
  const ok = away.every((status) => status === 503) && [...before, ...after].every((status) => status < 500);
  const words = [before, away, after].map((all) => all.join(" and ")).join(", then ");
  return seen(ok && back, words);
}

const isBack = (base: string): Promise<boolean> =>
  until(BACK_MS, async () => (await ask(base, { path: "/healthz" })).status === 200);

async function keptWaiting(trial: Trial, base: string, endpoint: Expectation, table: string): Promise<Seen> {
  const asked: Asked[] = [];
  while (asked.length <= WAITING) asked.push(await goodRequest(trial, endpoint));
  const [last, ...first] = asked;
  const release = await lock(trial, table);
  const replies = await Promise.all(first.map((one) => asNew(trial, base, one))).finally(release);
  const refused = replies.filter(({ status }) => status === 503).length;
  const back = await isBack(base);
  const { status } = await asNew(trial, base, last ?? { path: "/healthz" });
  return seen(
    refused === WAITING && back && status < 500,
    `503 to ${refused}, then ${back ? "200" : "no 200"} from /healthz and ${status}`,
  );
}

async function awayWhileWaiting(
  trial: Trial,
  base: string,
  server: Server,
  asked: Asked,
  table: string,
): Promise<Seen> {
  await lock(trial, table);
  const [answer] = await Promise.allSettled([
    asNew(trial, base, asked),
    somebodyWaits(trial).then(() => server.stop()),
  ]).finally(() => server.start());
  if (answer.status === "rejected") throw answer.reason;
  const back = await isBack(base);
  const { status } = answer.value;
  return seen(status === 503 && back, `${status}, then ${back ? "200" : "no 200"} from /healthz`);
}

/** Nobody else gets at the table until what is returned is called, or our connection ends. */
async function lock({ database, settings }: Trial, table: string): Promise<() => Promise<void>> {
  const [begin, end] = isPostgresUrl(settings.databaseUrl)
    ? [["BEGIN", `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`], "ROLLBACK"]
    : [[`LOCK TABLES ${table} WRITE`], "UNLOCK TABLES"];
  for (const statement of begin) await database.rows(statement);
  return async () => void (await database.rows(end));
}

/** As the service's own account sees it: that of somebody else may be hidden from us. */
async function somebodyWaits({ settings }: Trial): Promise<void> {
  const waiting = isPostgresUrl(settings.databaseUrl)
    ? "SELECT 1 FROM pg_locks WHERE NOT granted"
    : "SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for%lock'";
  const own = await connect(settings.databaseUrl);
  try {
    await until(BACK_MS, async () => (await own.rows(waiting)).length > 0);
  } finally {
    await own.close();
  }
}
