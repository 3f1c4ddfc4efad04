// MongoDB by its own package, which is optional.
import type { MongoClient } from "mongodb";
import { Fault } from "../../lib/fault.ts";
import { failureOf, MENDED_MS, patienceMs, recordOf, secretsOf, verdict } from "../record.ts";
import type { Driver, Occurrence, OpenParts, Outcome, Verdict } from "../service.ts";

type Values = Readonly<Record<string, string>>;

const EXPECTED = "a session as the user";

export const driver: Driver = {
  open(values, _mode, parts) {
    const session = createSession(values, parts);
    return {
      prove: () => prove(values, session),
      send: (occurrence) => insert(values, parts, session, occurrence),
      close: session.close,
    };
  },
};

interface Session {
  client(): Promise<MongoClient>;
  close(): Promise<void>;
}

function createSession({ url = "" }: Values, parts: OpenParts): Session {
  let made: MongoClient | undefined;
  return {
    async client() {
      if (made !== undefined) return made;
      const mongodb = await import("mongodb").catch((cause: unknown) => {
        throw new Fault("unsupported", "The package mongodb is not installed.", {
          code: "services.package-missing",
          hint: "It is optional: npm install mongodb, beside this program.",
          cause,
        });
      });
      made = new mongodb.MongoClient(url, {
        serverSelectionTimeoutMS: patienceMs(parts),
        connectTimeoutMS: patienceMs(parts),
        socketTimeoutMS: patienceMs(parts),
        maxPoolSize: 1,
        appName: "ainstein-cms",
      });
      return made;
    },
    async close() {
      await made?.close();
      made = undefined;
    },
  };
}

/** A ping would prove nothing: anybody is answered. */
async function prove({ url = "" }: Values, session: Session): Promise<Verdict> {
  try {
    const client = await session.client();
    const answer = await client.db().command({ connectionStatus: 1 });
    const [user] = usersIn(answer);
    if (user === undefined) {
      return verdict("not-verifiable", EXPECTED, "the server asks nobody for a password", {
        hint: "Give user and password in the address, and have the server ask for them.",
      });
    }
    return verdict("verified", EXPECTED, `a session as ${user}`, { account: user });
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const { code, words } = failureOf(thrown, secretsOf(url));
    const seen = code === "" ? words : `${words} (${code})`;
    // 18: AuthenticationFailed; 8000: the same in Atlas; 13: not allowed, which connectionStatus never is.
    if (["18", "8000", "13"].includes(code) || /auth(?:entication)? failed/i.test(words)) {
      return verdict("refused", EXPECTED, seen, {
        hint: "Look at user, password and authSource in the address.",
      });
    }
    return verdict("unreachable", EXPECTED, seen);
  }
}

function usersIn(answer: unknown): readonly string[] {
  const { authInfo } = answer as { authInfo?: { authenticatedUsers?: unknown } };
  const users = Array.isArray(authInfo?.authenticatedUsers) ? authInfo.authenticatedUsers : [];
  return users.map((each) => {
    const { user, db } = each as { user?: unknown; db?: unknown };
    return `${String(user)}@${String(db)}`;
  });
}

interface Kept {
  readonly _id: string;
  readonly point: string;
  readonly at: Date;
  readonly fields: Occurrence["fields"];
}

async function insert(
  { url = "", collection = "" }: Values,
  { fields }: OpenParts,
  session: Session,
  occurrence: Occurrence,
): Promise<Outcome> {
  const { id, point, at, fields: wanted } = recordOf(occurrence, fields);
  try {
    const client = await session.client();
    const kept = client.db().collection<Kept>(collection);
    await kept.insertOne({ _id: id, point, at: new Date(at), fields: wanted });
    return { state: "sent", detail: `a document of ${collection}` };
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const { code, words } = failureOf(thrown, secretsOf(url));
    if (code === "11000" && isSameId(thrown)) return { state: "sent", detail: "was there already" };
    const why = code === "" ? words : `${words} (${code})`;
    // The collection's validator, or an index of its own.
    if (code === "121" || code === "11000") return { state: "refused", why };
    return ["13", "18", "8000"].includes(code)
      ? { state: "retry", why, waitMs: MENDED_MS }
      : { state: "retry", why };
  }
}

/** Another index of the collection may be unique, too. */
function isSameId(thrown: unknown): boolean {
  const { keyPattern } = thrown as { keyPattern?: unknown };
  return typeof keyPattern !== "object" || keyPattern === null || "_id" in keyPattern;
}
