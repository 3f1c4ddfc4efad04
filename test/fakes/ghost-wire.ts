// How the fake Ghost reads requests and shows what it keeps.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../src/lib/clock.ts";
import { type GhostPost, GhostRefusal, type GhostStore, renderHtml } from "./ghost-store.ts";

export interface GhostBehaviours {
  /** As `/site/` tells it. */
  version: string;
  /** Everything but `/site/` answers that the site is being upgraded. */
  maintenance: boolean;
  /** So many writes are carried out and their answers lost. */
  dropsAnswerAfterWrite: number;
  /** So many writes are carried out and answered with an error of the server's own. */
  failsAfterWrite: number;
  /** How far the site's clock is behind that of the program, in ms. */
  behind: number;
}

export const KID = "64f0c0ffee0123456789abcd";
export const SECRET = "a1b2c3d4e5f60718".repeat(4);

export interface GhostState {
  url: string;
  readonly store: GhostStore;
  readonly behaviours: GhostBehaviours;
  readonly clock: Clock;
}

export function authenticate({ clock }: GhostState, header: string): void {
  const refuse = (code: string, message: string) =>
    new GhostRefusal(401, "UnauthorizedError", message, { code });
  if (header === "")
    throw new GhostRefusal(403, "NoPermissionError", "Authorization failed", {
      context:
        "Unable to determine the authenticated user or integration. Check that cookies are being passed through if using session authentication.",
    });
  const [head = "", claims = "", signature = ""] = /^Ghost (.+)$/i.exec(header)?.[1]?.split(".") ?? [];
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
  if (signature === "")
    throw refuse("INVALID_AUTH_HEADER", 'Authorization header format is "Authorization: Ghost [token]"');
  if (claims === "" || !/^eyJ/.test(head)) {
    throw new GhostRefusal(400, "BadRequestError", "Invalid token", { code: "INVALID_JWT" });
  }
  if (read(head).kid !== KID) throw refuse("UNKNOWN_ADMIN_API_KEY", "Unknown Admin API Key");
  const expected = createHmac("sha256", Buffer.from(SECRET, "hex")).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refuse("INVALID_JWT", "Invalid token: invalid signature");
  const { aud, exp, iat } = read(claims) as { aud: string; exp: number; iat: number };
  const now = Math.floor(clock.now() / 1000);
  if (exp <= now) throw refuse("INVALID_JWT", "Invalid token: jwt expired");
  if (now - iat > 300) throw refuse("INVALID_JWT", "Invalid token: maxAge exceeded");
  if (!/\/?admin\/?$/.test(aud)) throw refuse("INVALID_JWT", "Invalid token: jwt audience invalid");
}

/** The part of Ghost's filter language (NQL) that is asked here; anything else is a mistake. */
export function matches(state: GhostState, post: GhostPost, filter: string | null): boolean {
  if (filter === null) return true;
  const list = /^(id|slug):\[(.*)\]$/.exec(filter);
  const whole = columnsOf(state, post);
  if (list !== null) {
    const values = (list[2] ?? "").split(",").map((item) => item.replace(/^'|'$/g, ""));
    return values.includes(String(whole[list[1] ?? ""]));
  }
  return filter.split(",").some((one) => {
    const [, field = "", text = ""] = /^(feature_image|html|lexical):~'([^'"]*)'$/.exec(one) ?? [];
    if (field === "")
      throw new GhostRefusal(400, "BadRequestError", "Query Error: unexpected character in filter");
    return String(whole[field] ?? "").includes(text);
  });
}

const withAddresses = <T extends object>(stored: T, url: string): T =>
  JSON.parse(JSON.stringify(stored).replaceAll("__GHOST_URL__", url)) as T;

function columnsOf({ url }: GhostState, post: GhostPost): Record<string, unknown> {
  const { lexical, mobiledoc = null } = post.columns;
  const html = post.columns.html ?? (typeof lexical === "string" ? renderHtml(lexical) : null);
  const all = { id: post.id, ...post.columns, mobiledoc, html };
  const shown = withAddresses(all, url);
  const place = post.columns.status === "draft" ? `p/${post.id}` : String(post.columns.slug);
  return { ...shown, url: `${url}/${place}/` };
}

/** Columns that an answer shows though nobody set them. */
const NULLS = [
  "custom_excerpt",
  "canonical_url",
  "custom_template",
  "feature_image",
  "feature_image_alt",
  "meta_title",
];

export function shownAs(state: GhostState, post: GhostPost, url: URL): Record<string, unknown> {
  const { store } = state;
  const columns = { ...Object.fromEntries(NULLS.map((name) => [name, null])), ...columnsOf(state, post) };
  const fields = url.searchParams.get("fields")?.split(",");
  const formats = url.searchParams.get("formats")?.split(",") ?? fields ?? ["mobiledoc", "lexical"];
  const include =
    url.searchParams.get("include")?.split(",") ?? (fields === undefined ? ["tags", "authors"] : []);
  const kept = Object.entries(columns).filter(([name]) =>
    ["lexical", "mobiledoc", "html"].includes(name)
      ? formats.includes(name)
      : (fields?.includes(name) ?? true),
  );
  return {
    ...Object.fromEntries(kept),
    ...(include.includes("post_revisions")
      ? { post_revisions: withAddresses(post.revisions ?? [], state.url) }
      : {}),
    ...(include.includes("tags") ? { tags: post.tags.flatMap((id) => store.tags.get(id) ?? []) } : {}),
    ...(include.includes("authors")
      ? { authors: post.authors.map((id) => store.users.find((user) => user.id === id)) }
      : {}),
    ...(include.includes("newsletter")
      ? { newsletter: post.newsletter === null ? null : { slug: post.newsletter } }
      : {}),
  };
}
