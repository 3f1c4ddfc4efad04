import type { Clock } from "../lib/clock.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { createTurns } from "../lib/turns.ts";
import type { TokenSet } from "./provider.ts";

/** Where the tokens of one connection are kept between requests, and perhaps between processes. */
export interface TokenKeep {
  /** Undefined before there were any. */
  read(): Promise<TokenSet | undefined>;
  /** Durable on return. */
  save(tokens: TokenSet): Promise<void>;
  /**
   * Does `work` while nobody else who shares this place does so. Throws `locked` where somebody takes too long, and what
   * `signal` says where it breaks off the wait.
   */
  alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export interface TokenParts {
  readonly connection: string;
  readonly keep: TokenKeep;
  /** Can there be new tokens without a person, given these? */
  readonly renewable: (present: TokenSet | undefined) => boolean;
  /** Asks the vendor once. Throws `auth`, saying what to type, where it refuses. */
  readonly obtain: (present: TokenSet | undefined) => Promise<TokenSet>;
  /** The command that signs in anew. */
  readonly again: string;
  /** Other values that may not be shown. */
  readonly more?: readonly string[];
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The tokens of one connection: renewed before they expire, once for all who share them. */
export interface Tokens {
  /** An access token that is good for now. Throws `auth`, saying what to type, where there can be none. */
  current(): Promise<string>;
  /** The site refused this access token: true where another one is there now. */
  replaced(refused: string): Promise<boolean>;
  /** New tokens although the present ones may be good. */
  renew(): Promise<TokenSet>;
  /** Every value that was held so far, none of which may be shown. */
  seen(): readonly string[];
}

const MARGIN_MS = 60_000;
const MARGIN_PART = 0.1;

/** Can this access token be sent, with time to arrive? `now` is by the clock that its times are by. */
export function isFresh({ obtainedAt, expiresAt }: TokenSet, now: number): boolean {
  if (expiresAt === undefined) return true;
  return now < expiresAt - Math.min(MARGIN_MS, (expiresAt - obtainedAt) * MARGIN_PART);
}

export function createTokens(parts: TokenParts): Tokens {
  const { keep, clock } = parts;
  const secrets = new Set<string>(parts.more);
  const turns = createTurns();
  const underway = new Map<string, Promise<TokenSet>>();
  let held: TokenSet | undefined;
  const hide = ({ access, refresh = access }: TokenSet): void => void secrets.add(access).add(refresh);
  const hold = (tokens: TokenSet): TokenSet => {
    hide(tokens);
    held = tokens;
    return tokens;
  };
  const serves = (tokens: TokenSet | undefined, stale: string): tokens is TokenSet =>
    tokens !== undefined && tokens.access !== stale && isFresh(tokens, clock.now());
  /** Those of others where they have new ones, else our own. */
  const replace = async (stale: string): Promise<TokenSet> => {
    if (serves(held, stale)) return held;
    const kept = await keep.read();
    if (serves(kept, stale)) return hold(kept);
    if (kept !== undefined) hide(kept);
    if (!parts.renewable(kept)) throw ended(parts, kept);
    return keep.alone(async () => {
      const latest = await keep.read();
      if (serves(latest, stale)) return hold(latest);
      if (!parts.renewable(latest)) throw ended(parts, latest);
      const fresh = await obtain(parts, latest);
      hide(fresh);
      await keep.save(fresh);
      return hold(fresh);
    }, parts.signal);
  };
  /** Callers who want the same share one attempt, and its failure. */
  const replaceOnce = (stale: string): Promise<TokenSet> => {
    const begun = underway.get(stale);
    if (begun !== undefined) return begun;
    const made = turns("", () => replace(stale)).finally(() => underway.delete(stale));
    underway.set(stale, made);
    return made;
  };
  return {
    current: async () => (serves(held, NONE) ? held : await replaceOnce(NONE)).access,
    replaced: async (refused) => {
      if (serves(held, refused)) return true;
      const kept = await keep.read();
      if (!serves(kept, refused) && !parts.renewable(kept)) return false;
      await replaceOnce(refused);
      return true;
    },
    renew: async () => replaceOnce((await keep.read())?.access ?? NONE),
    seen: () => [...secrets],
  };
}

/** Is no access token. */
const NONE = "";

/** After these the vendor may not have heard us, or will hear us later. */
const MAY_PASS: ReadonlySet<string> = new Set(["unavailable", "ambiguous", "rate-limited"]);
const ATTEMPTS = 3;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

/**
 * Asks again with the same refresh token where an answer was lost: vendors keep it valid until its successor was used,
 * and those who do not refuse it, so that nothing is made worse.
 */
async function obtain(parts: TokenParts, present: TokenSet | undefined): Promise<TokenSet> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return inherit(await parts.obtain(present), present);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      if (thrown.kind === "auth" && attempt > 1) throw afterLoss(thrown);
      if (!MAY_PASS.has(thrown.kind) || attempt === ATTEMPTS) throw thrown;
      const pause = thrown.retryAfterMs ?? PAUSE_MS * 2 ** (attempt - 1);
      await parts.clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), parts.signal);
    }
  }
}

/** What an answer leaves out has not changed (RFC 6749, 5.1 and 6). */
function inherit(fresh: TokenSet, present: TokenSet | undefined): TokenSet {
  if (present === undefined) return fresh;
  const { refresh, refreshExpiresAt } = fresh.refresh === undefined ? present : fresh;
  return {
    ...fresh,
    ...(refresh === undefined ? {} : { refresh }),
    ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
    scopes: fresh.scopes.length === 0 ? present.scopes : fresh.scopes,
  };
}

/** The refusal, and that it may have come of a renewal that the vendor carried out and we never heard of. */
function afterLoss({ code, message, hint, httpStatus }: Fault): Fault {
  return new Fault("auth", `${message} An earlier answer was lost on the way.`, {
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
  });
}

function ended({ connection, again }: TokenParts, present: TokenSet | undefined): Fault {
  const hint = `Sign in anew: ${again}`;
  if (present?.expiresAt === undefined) {
    return new Fault("auth", `The connection "${connection}" has no token that the site takes.`, {
      code: "credentials-missing",
      hint,
    });
  }
  const since = new Date(present.expiresAt).toISOString();
  const message = `The token of "${connection}" expired at ${since} and does not renew itself.`;
  return new Fault("auth", message, { code: "token-expired", hint });
}
