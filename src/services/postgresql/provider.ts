// PostgreSQL as a service: each event is a row of a table that the client has made.
import { POINTS, type Provider } from "../provider.ts";

export const provider: Provider = {
  id: "postgresql",
  title: "PostgreSQL",
  types: ["database", "storage"],
  about: "Keeps each event as a row of a table.",
  fields: [
    {
      name: "url",
      title: "Address with user and password",
      secret: true,
      format: { pattern: /^postgres(?:ql)?:\/\/\S+$/, words: "an address that begins with postgresql://" },
      where:
        "The connection string of a user that may insert into the table and nothing else: user, password, host and database in one address, with ?sslmode=verify-full at its end.",
    },
    {
      name: "table",
      title: "Table",
      secret: false,
      need: "optional",
      default: "ainstein_events",
      format: {
        pattern: /^[a-z_]\w{0,62}(?:\.[a-z_]\w{0,62})?$/,
        words: "the name of a table, with or without its schema",
      },
      where:
        "Make it once: create table ainstein_events (id uuid primary key, point text not null, at timestamptz not null, fields jsonb not null).",
    },
  ],
  testing: "A database of its own.",
  bases: {},
  authentication: { kind: "none" },
  checks: [],
  actions: [
    {
      points: POINTS,
      title: "keeps the event as a row",
      steps: [],
      idempotency: { kind: "natural", by: "the row's id, which is the event's" },
    },
  ],
  webhooks: { kind: "none", why: "A database sends nothing by itself." },
  limits: { perSecond: 100, concurrency: 1, words: "One connection, held while events are sent." },
  docs: {
    links: [
      { title: "Connection strings", url: "https://www.postgresql.org/docs/current/libpq-connect.html" },
    ],
    troubleshooting: [
      {
        sign: "refused: password authentication failed (28P01)",
        cure: "User and password do not belong together, or a sign in the password must be percent-encoded.",
      },
      {
        sign: "refused: the server takes no TLS",
        cure: "Leave sslmode out for a server on the same machine; enable TLS on any other.",
      },
      {
        sign: "retry: relation does not exist (42P01)",
        cure: "Make the table as the field table says; events wait meanwhile.",
      },
    ],
  },
  driver: async () => (await import("./driver.ts")).driver,
};
