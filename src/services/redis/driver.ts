// Redis by the ioredis package: one connection, made when it is first needed.
import { Redis, ReplyError } from "ioredis";
import { failureOf, MENDED_MS, patienceMs, recordOf, secretsOf, verdict } from "../record.ts";
import type { Driver, Occurrence, OpenParts, Outcome, Verdict } from "../service.ts";

type Values = Readonly<Record<string, string>>;

const EXPECTED = "PONG as the user";
const REMEMBERED_S = 14 * 24 * 3600;

/** Both or none: an event that is remembered and not in the stream would be lost. */
const ADD_ONCE = `
if redis.call("SET", KEYS[1], "1", "NX", "EX", ARGV[1]) then
  return redis.call("XADD", KEYS[2], "*", "id", ARGV[2], "point", ARGV[3], "at", ARGV[4], "fields", ARGV[5])
end
return false`;

export const driver: Driver = {
  open(values, _mode, parts) {
    const session = createSession(values, parts);
    return {
      prove: () => prove(values, session),
      send: (occurrence) => add(values, parts, session, occurrence),
      close: session.close,
    };
  },
};

interface Session {
  /** Throws what the server said, or why there is none. */
  run<T>(work: (redis: Redis) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** One connection for all who ask meanwhile; one that broke is made anew for the next call. */
function createSession({ url = "" }: Values, parts: OpenParts): Session {
  let coming: Promise<Redis> | undefined;
  /** What the server said against the connection: calls are told only that it is closed. */
  let said: Error | undefined;
  const connect = async (gone: () => void): Promise<Redis> => {
    // INFO, by which it would wait until the server is ready, is not allowed to a user with few rights.
    const redis = new Redis(url, {
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectTimeout: patienceMs(parts),
      commandTimeout: patienceMs(parts),
    });
    said = undefined;
    redis.on("error", (error: Error) => {
      said ??= error;
    });
    redis.on("end", gone);
    await redis.connect();
    return redis;
  };
  const start = (): Promise<Redis> => {
    const mine = connect(() => {
      if (coming === mine) coming = undefined;
    });
    return mine;
  };
  const drop = async () => {
    const old = coming;
    coming = undefined;
    await old?.then((redis) => redis.disconnect()).catch(() => {});
  };
  return {
    async run(work) {
      coming ??= start();
      try {
        return await work(await coming);
      } catch (thrown) {
        // What the server answers to a command says nothing against the connection.
        if (!(thrown instanceof ReplyError)) await drop();
        throw said ?? thrown;
      }
    },
    close: drop,
  };
}

async function prove({ url = "" }: Values, { run }: Session): Promise<Verdict> {
  try {
    const answer = await run((redis) => redis.ping());
    if (answer === "PONG") return verdict("verified", EXPECTED, "PONG");
    return verdict("unreachable", EXPECTED, "not the answer of Redis");
  } catch (thrown) {
    const { words, code } = failureOf(thrown, secretsOf(url));
    if (/\bNOPERM\b/.test(words)) {
      return verdict("verified", EXPECTED, `the user is known, and may not PING: ${words}`, {
        hint: "Look whether the user may EVAL, SET and XADD.",
      });
    }
    if (/\b(?:WRONGPASS|NOAUTH)\b|invalid password|without any password/i.test(words)) {
      return verdict("refused", EXPECTED, words, { hint: "Look at user and password in the address." });
    }
    return verdict("unreachable", EXPECTED, code === "" ? words : `${words} (${code})`);
  }
}

async function add(
  { url = "", stream = "" }: Values,
  { fields }: OpenParts,
  { run }: Session,
  occurrence: Occurrence,
): Promise<Outcome> {
  const { id, point, at, fields: kept } = recordOf(occurrence, fields);
  // The same braces put both keys into one slot of a cluster.
  const keys = [`{${stream}}:seen:${id}`, `{${stream}}`] as const;
  try {
    const entry = await run((redis) =>
      redis.eval(ADD_ONCE, keys.length, ...keys, REMEMBERED_S, id, point, at, JSON.stringify(kept)),
    );
    return { state: "sent", detail: typeof entry === "string" ? entry : "was there already" };
  } catch (thrown) {
    const { words } = failureOf(thrown, secretsOf(url));
    const mended = /\b(?:NOPERM|WRONGPASS|NOAUTH|WRONGTYPE)\b/.test(words);
    return mended ? { state: "retry", why: words, waitMs: MENDED_MS } : { state: "retry", why: words };
  }
}
