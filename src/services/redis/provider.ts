// Redis as a service: each event is an entry of a stream, once.
import { POINTS, type Provider } from "../provider.ts";

export const provider: Provider = {
  id: "redis",
  title: "Redis",
  types: ["database", "storage"],
  about: "Keeps each event as an entry of a stream.",
  fields: [
    {
      name: "url",
      title: "Address with user and password",
      secret: true,
      format: { pattern: /^rediss?:\/\/\S+$/, words: "an address that begins with redis:// or rediss://" },
      where:
        "The connection string of a user that may EVAL, SET and XADD on the stream's keys, and PING: user, password, host and the number of the database in one address; rediss:// for TLS.",
    },
    {
      name: "stream",
      title: "Stream",
      secret: false,
      need: "optional",
      default: "ainstein-events",
      format: { pattern: /^[\w:.-]{1,200}$/, words: "letters, digits, _, :, . and -" },
      where: "The key of the stream. Beside it a key for each event keeps repeats away for fourteen days.",
    },
  ],
  testing: "Another database of the same server: the number at the address's end.",
  bases: {},
  authentication: { kind: "none" },
  checks: [],
  actions: [
    {
      points: POINTS,
      title: "keeps the event as an entry of the stream",
      steps: [],
      idempotency: {
        kind: "natural",
        by: "a key of the event's id, kept for fourteen days",
        keptHours: 14 * 24,
      },
    },
  ],
  webhooks: { kind: "none", why: "A database sends nothing by itself." },
  limits: { perSecond: 500, concurrency: 1, words: "One connection, held while events are sent." },
  docs: {
    links: [
      {
        title: "Access control",
        url: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/",
      },
      { title: "Streams", url: "https://redis.io/docs/latest/develop/data-types/streams/" },
    ],
    troubleshooting: [
      {
        sign: "refused: WRONGPASS",
        cure: "User and password do not belong together; without a user it is the password of default.",
      },
      {
        sign: "retry: NOPERM",
        cure: "Give the user the commands and keys that the field url names; events wait meanwhile.",
      },
    ],
  },
  driver: async () => (await import("./driver.ts")).driver,
};
