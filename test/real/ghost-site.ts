// A real Ghost behind a proxy through which everything goes, and what it holds by its own word.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Ghost, installedGhosts, startGhost } from "../../scripts/ghost.mjs";
import { callGhost, type GhostAnswer } from "../../scripts/ghost-answers.mjs";
import { freePort } from "../../scripts/servers.mjs";
import { openSession } from "../../src/auth/session.ts";
import type { AuthMethod, Connector } from "../../src/connectors/contract.ts";
import { open } from "../../src/connectors/ghost/client.ts";
import { manifest } from "../../src/connectors/ghost/manifest.ts";
import { createHttp } from "../../src/http/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { type FaultProxy, startFaultProxy } from "../fakes/fault-proxy.ts";

/** All that are installed where that was asked for; every day the newest of them. `npm test` says which are not. */
export const VERSIONS: readonly number[] = installedGhosts().slice(
  process.env.AINSTEIN_TEST_REAL === "ghost" || (process.env.AINSTEIN_SWEEP ?? "") !== "" ? 0 : -1,
);

export interface GhostSite {
  readonly ghost: Ghost;
  readonly proxy: FaultProxy;
  /** As a connection has it. */
  readonly api: string;
  /** The connection `site` for commands. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A site without content whose own address is the proxy's. */
export async function startSite(version: number): Promise<GhostSite> {
  const port = await freePort();
  const proxy = await startFaultProxy(`http://127.0.0.1:${port}`);
  const ghost = await startGhost({ version, port, url: proxy.url });
  const connection = { platform: "ghost", url: proxy.url, auth: "admin-key", token: ghost.key };
  return {
    ...{ ghost, proxy, api: `${proxy.url}/ghost/api/admin` },
    env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) },
    stop: async () => {
      await proxy.stop();
      await ghost.stop();
    },
  };
}

export function authorizeFor({ key }: Pick<Ghost, "key">) {
  const [method] = manifest.auth as readonly [AuthMethod];
  return openSession("site", method, undefined, { token: key });
}

export function openSite({ ghost, api }: GhostSite): Connector {
  const session = authorizeFor(ghost);
  const http = createHttp({
    baseUrl: api,
    authorize: session.authorize,
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
    tells: {},
    clock: systemClock,
    random: Math.random,
    secrets: session.secrets,
  });
  return open({ url: api, settings: {}, http, clock: systemClock });
}

const KINDS = ["posts", "pages"] as const;

interface Row {
  readonly id: string;
  readonly title: string;
  readonly slug: string;
  readonly status: string;
  readonly html: string | null;
  readonly updated_at: string;
  readonly tags: readonly { readonly name: string }[];
}

interface Listed<One> {
  readonly posts?: readonly One[];
  readonly pages?: readonly One[];
  readonly tags?: readonly One[];
  readonly meta: { readonly pagination: { readonly next: number | null } };
}

/** All rows, by pages, past the proxy. */
async function all<One>(
  site: GhostSite,
  list: (typeof KINDS)[number] | "tags",
  query: string,
): Promise<One[]> {
  const rows: One[] = [];
  let page: number | null = 1;
  while (page !== null) {
    const answer: GhostAnswer<Listed<One>> = await callGhost<Listed<One>>(
      site.ghost,
      "GET",
      `/${list}/?limit=50&page=${page}&${query}`,
    );
    rows.push(...(answer.body[list] ?? []));
    page = answer.body.meta.pagination.next;
  }
  return rows;
}

export const rowsOf = (site: GhostSite, kind: (typeof KINDS)[number]): Promise<Row[]> =>
  all<Row>(site, kind, "formats=html&include=tags");

/** Names of stored uploads, without the sizes that Ghost makes of them. */
export function uploads({ ghost }: GhostSite): string[] {
  const dir = join(ghost.dir, "content/images");
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => /^\d{4}\/\d\d\/.*\.[a-z]+$/.test(name) && !/_o\.[a-z]+$/.test(name))
    .map((name) => name.slice("2000/01/".length))
    .sort();
}

export interface Census {
  /** Kind, slug and everything the operator's files decide, sorted. */
  readonly entries: readonly string[];
  readonly tags: readonly string[];
  readonly uploads: readonly string[];
}

export async function census(site: GhostSite): Promise<Census> {
  const entries: string[] = [];
  for (const kind of KINDS) {
    for (const { slug, status, title, html, tags } of await rowsOf(site, kind)) {
      entries.push([kind, slug, status, title, html, tags.map(({ name }) => name).join("+")].join(" | "));
    }
  }
  const tags = await all<{ name: string; slug: string }>(site, "tags", "fields=id,name,slug");
  return {
    entries: entries.sort(),
    tags: tags.map(({ name, slug }) => `${name} ${slug}`).sort(),
    uploads: uploads(site),
  };
}

/** Nothing on the site, as it began. */
export async function wipe(site: GhostSite): Promise<void> {
  for (const list of [...KINDS, "tags"] as const) {
    for (const { id } of await all<{ id: string }>(site, list, "fields=id")) {
      await callGhost(site.ghost, "DELETE", `/${list}/${id}/`);
    }
  }
  const images = join(site.ghost.dir, "content/images");
  rmSync(images, { recursive: true, force: true });
  mkdirSync(images);
}

/** Somebody edits an entry in Ghost's own screens. Throws where it is refused or there is none. */
export async function edit(site: GhostSite, id: string, change: Readonly<Record<string, string>>) {
  for (const kind of KINDS) {
    const found = await callGhost<Record<string, Row[]>>(site.ghost, "GET", `/${kind}/${id}/`);
    const row = found.body[kind]?.[0];
    if (row === undefined) continue;
    const body = { [kind]: [{ title: row.title, ...change, updated_at: row.updated_at }] };
    const done = await callGhost(site.ghost, "PUT", `/${kind}/${id}/`, body);
    if (done.status !== 200) throw new Error(`Ghost answered ${done.status}: ${JSON.stringify(done.body)}`);
    return;
  }
  throw new Error(`no entry ${id}`);
}
