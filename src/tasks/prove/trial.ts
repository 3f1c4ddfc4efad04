// What all probes of one trial share.
import { createHmac } from "node:crypto";
import { type Connected, isPostgresUrl, type Row } from "../database/connection.ts";
import { type Asked, ask, type Reply } from "./ask.ts";
import type { Expectation, Expectations } from "./expect.ts";
import { type Ended, type Env, environmentOf, type Service, type Settings, startService } from "./service.ts";
import type { EventSink, MailSink } from "./sinks.ts";
import { goodBody } from "./values.ts";

export interface Trial {
  /** Of the made service. */
  readonly dir: string;
  readonly wanted: Expectations;
  readonly settings: Settings;
  readonly env: Env;
  readonly mail: MailSink;
  readonly events: EventSink;
  readonly database: Connected;
  /** Stops and starts the database server; undefined where it is not ours. */
  readonly server: { readonly stop: () => Promise<void>; readonly start: () => Promise<void> } | undefined;
  /** Every answer of an endpoint, for the description to be held against. */
  readonly observed: Observed[];
  /** A number that was not used before. */
  readonly next: () => number;
}

export interface Observed {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  /** Media type without its parameters; empty where there is none. */
  readonly type: string;
  readonly json: unknown;
}

/** A service that believes one proxy, so that every request may come from somebody else: no limit is in the way. */
export const MANY_CLIENTS: Env = { TRUST_PROXY: "1" };

export function startTrial(trial: Trial, extra: Env = MANY_CLIENTS): Promise<Service | Ended> {
  return startService(trial.dir, environment(trial, extra));
}

export function environment({ env, wanted, settings, mail, events }: Trial, extra: Env = {}): Env {
  const wired: Env = {
    ...(wanted.has("newsletter")
      ? { SMTP_URL: mail.url, MAIL_FROM: "prober@example.test", PUBLIC_URL: "https://public.example.test" }
      : {}),
    ...(sendsEvents(wanted) ? { EVENTS_URL: events.url, EVENTS_SECRET: settings.eventsSecret } : {}),
  };
  return environmentOf(env, wanted, { ...settings, extra: { ...wired, ...settings.extra, ...extra } });
}

export function sendsEvents({ has }: Expectations): boolean {
  return has("contact") || has("newsletter") || has("register");
}

/** As somebody who never asked before. */
export async function asNew(trial: Trial, base: string, asked: Asked): Promise<Reply> {
  const n = trial.next();
  const client = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  const reply = await ask(base, { ...asked, headers: { "x-forwarded-for": client, ...asked.headers } });
  const { method = "GET", path } = asked;
  const [type = ""] = (reply.headers["content-type"] ?? "").split(";");
  trial.observed.push({
    method,
    path: path.split("?")[0] ?? path,
    status: reply.status,
    type,
    json: reply.json,
  });
  return reply;
}

/** What lets a caller in. */
export async function credentials(
  trial: Trial,
  authentication: Expectation["authentication"],
): Promise<Record<string, string>> {
  if (authentication === "api_key") return { "x-api-key": trial.settings.apiKey };
  if (authentication === "none") return {};
  const user = await addUser(trial);
  return { authorization: `Bearer ${tokenFor(trial, { sub: user.id })}` };
}

/** A good request to an endpoint, and what was sent. */
export async function goodRequest(
  trial: Trial,
  endpoint: Expectation,
  body: Readonly<Record<string, unknown>> = goodBody(endpoint.fields, trial.next()),
): Promise<Asked> {
  const headers = await credentials(trial, endpoint.authentication);
  return {
    method: endpoint.method,
    path: endpoint.path,
    headers,
    ...(hasBody(endpoint) ? { json: body } : {}),
  };
}

export function hasBody({ method, fields }: Expectation): boolean {
  return method !== "GET" && fields.length > 0;
}

export interface User {
  readonly id: string;
  readonly email: string;
}

/** Somebody whose password nobody knows. */
export async function addUser(trial: Trial): Promise<User> {
  const email = `user${trial.next()}@example.test`;
  const values = [email, "A user", "scrypt$none"];
  await trial.database.rows(
    sql(trial, "INSERT INTO users (email, name, password_hash) VALUES (?, ?, ?)"),
    values,
  );
  const [row] = await find(trial, "users", "email", email);
  return { id: String(row?.id ?? ""), email };
}

/** Rows of a table with that value. Names come from the task or from us, never from an answer. */
export function find(
  trial: Trial,
  table: string,
  column: string,
  value: string | number,
): Promise<readonly Row[]> {
  return trial.database.rows(sql(trial, `SELECT * FROM ${table} WHERE ${column} = ?`), [value]);
}

export async function countOf(trial: Trial, table: string): Promise<number> {
  const [row] = await trial.database.rows(`SELECT COUNT(*) AS n FROM ${table}`);
  return Number(row?.n ?? 0);
}

/** With the marks for values as the server has them. */
export function sql({ settings }: Trial, text: string): string {
  if (!isPostgresUrl(settings.databaseUrl)) return text;
  let mark = 0;
  return text.replace(/\?/g, () => {
    mark += 1;
    return `$${mark}`;
  });
}

export interface Claims {
  readonly sub: string;
  readonly iss?: string;
  readonly aud?: string;
  /** Seconds from now. */
  readonly lives?: number;
}

/** A token as the service would have made it, or one with a flaw. Made here from its description (RFC 7519). */
export function tokenFor(
  { settings, wanted }: Trial,
  { sub, iss = wanted.name, aud = wanted.name, lives = 600 }: Claims,
  {
    alg = "HS256",
    secret = settings.jwtSecret,
  }: { readonly alg?: "HS256" | "HS512" | "none"; readonly secret?: string } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.min(now, now + lives - 1);
  const signed = `${part({ alg, typ: "JWT" })}.${part({ sub, iss, aud, iat, exp: now + lives })}`;
  // Right for its algorithm: it is the algorithm that is to be refused.
  const hash = alg === "HS512" ? "sha512" : "sha256";
  const signature = alg === "none" ? "" : createHmac(hash, secret).update(signed).digest("base64url");
  return `${signed}.${signature}`;
}
