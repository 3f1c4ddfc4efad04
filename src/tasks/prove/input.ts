// Whether what is right is stored as it was sent, and what is wrong is refused and stored nowhere.
import type { Row } from "../database/connection.ts";
import type { Reply } from "./ask.ts";
import type { Expectation, Handler } from "./expect.ts";
import { type Probe, seen, seenStatus } from "./probe.ts";
import { asNew, countOf, find, goodRequest, type Trial } from "./trial.ts";
import { awkwardBody, type Body, badBodies, goodBody } from "./values.ts";

interface Kept {
  readonly table: string;
  readonly status: number;
}

/** Where what an endpoint takes is found again. */
const KEPT: Readonly<Partial<Record<Handler, Kept>>> = {
  contact: { table: "contact_messages", status: 201 },
  newsletter: { table: "newsletter_subscribers", status: 202 },
  register: { table: "users", status: 201 },
};

/** What is never kept as it was sent. */
const TRANSFORMED: readonly string[] = ["password"];
const TOO_LARGE = 70 * 1024;

export function inputProbes(trial: Trial, base: string): readonly Probe[] {
  return trial.wanted.endpoints
    .filter(({ fields }) => fields.length > 0)
    .flatMap((endpoint) => [
      ...storageProbes(trial, base, endpoint),
      ...badBodies(endpoint.fields).map(({ what, body }) => refused(trial, base, endpoint, what, body)),
      ...formProbes(trial, base, endpoint),
    ]);
}

const nameOf = ({ method, path }: Expectation, what: string): string => `${method} ${path}: ${what}`;

function storageProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const kept = KEPT[endpoint.handler];
  if (kept === undefined) return [];
  const stored = (what: string, make: (nth: number) => Body): Probe => ({
    name: nameOf(endpoint, what),
    about: "storage",
    expected: `${kept.status}, and one row more in ${kept.table} that says the same`,
    look: async () => {
      const body = make(trial.next());
      const before = await countOf(trial, kept.table);
      const reply = await asNew(trial, base, await goodRequest(trial, endpoint, body));
      if (reply.status !== kept.status) return seenStatus(reply, kept.status);
      const more = (await countOf(trial, kept.table)) - before;
      const wrong = different(body, await newest(trial, kept.table, body, reply));
      return seen(
        more === 1 && wrong === undefined,
        `${reply.status}, ${more} more${wrong === undefined ? "" : `, ${wrong}`}`,
      );
    },
  });
  return [
    stored("what is right is stored", (nth) => goodBody(endpoint.fields, nth)),
    stored("text that looks like SQL or HTML is stored as it is", (nth) => awkwardBody(endpoint.fields, nth)),
  ];
}

async function newest(trial: Trial, table: string, body: Body, { json }: Reply): Promise<Row | undefined> {
  const id = typeof json === "object" && json !== null && "id" in json ? String(json.id) : undefined;
  const [row] =
    id === undefined
      ? await find(trial, table, "email", String(body.email))
      : await find(trial, table, "id", id);
  return row;
}

function different(body: Body, row: Row | undefined): string | undefined {
  if (row === undefined) return "but it is not found";
  const wrong = Object.entries(body).find(
    ([name, value]) => !TRANSFORMED.includes(name) && !alike(value, row[name]),
  );
  return wrong === undefined ? undefined : `but ${wrong[0]} is ${JSON.stringify(row[wrong[0]])}`;
}

function alike(sent: unknown, kept: unknown): boolean {
  if (typeof sent === "boolean") return kept === sent || kept === Number(sent);
  if (kept instanceof Date) return kept.toISOString().startsWith(String(sent));
  return String(kept) === String(sent);
}

function refused(trial: Trial, base: string, endpoint: Expectation, what: string, body: unknown): Probe {
  const table = KEPT[endpoint.handler]?.table;
  return {
    name: nameOf(endpoint, `${what} is refused`),
    about: "input",
    expected: "400, and nothing stored",
    look: async () => {
      const before = table === undefined ? 0 : await countOf(trial, table);
      const asked = await goodRequest(trial, endpoint);
      const reply = await asNew(trial, base, { ...asked, json: body });
      const more = table === undefined ? 0 : (await countOf(trial, table)) - before;
      const { ok, seen: words } = seenStatus(reply, 400);
      return seen(ok && more === 0, more === 0 ? words : `${words}, but ${more} stored`);
    },
  };
}

function formProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const probe = (what: string, status: number, raw: string, type = "application/json"): Probe => ({
    name: nameOf(endpoint, what),
    about: "input",
    expected: String(status),
    look: async () => {
      const { json: _json, ...asked } = await goodRequest(trial, endpoint);
      const headers = { ...asked.headers, "content-type": type };
      return seenStatus(await asNew(trial, base, { ...asked, headers, raw }), status);
    },
  });
  const good = JSON.stringify(goodBody(endpoint.fields, 0));
  return [
    probe("JSON that breaks off is refused", 400, good.slice(0, -2)),
    probe("an empty body is refused", 400, ""),
    probe("text/plain is refused", 415, good, "text/plain"),
    probe("a form is refused", 415, "name=a", "application/x-www-form-urlencoded"),
    probe("a body over 64 KiB is refused", 413, JSON.stringify({ filler: "x".repeat(TOO_LARGE) })),
  ];
}
