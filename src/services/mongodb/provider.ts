// MongoDB as a service: each event is a document of a collection.
import { POINTS, type Provider } from "../provider.ts";

export const provider: Provider = {
  id: "mongodb",
  title: "MongoDB",
  types: ["database", "storage"],
  about: "Keeps each event as a document of a collection.",
  fields: [
    {
      name: "url",
      title: "Address with user and password",
      secret: true,
      format: {
        pattern: /^mongodb(?:\+srv)?:\/\/\S+$/,
        words: "an address that begins with mongodb:// or mongodb+srv://",
      },
      where:
        "The connection string of a user that may insert into the collection, with its password, as Atlas shows it under Connect. The database in it is used.",
    },
    {
      name: "collection",
      title: "Collection",
      secret: false,
      need: "optional",
      default: "ainstein_events",
      format: { pattern: /^[A-Za-z_][\w.-]{0,119}$/, words: "the name of a collection" },
      where: "It is made by the first event.",
    },
  ],
  testing: "A database of its own.",
  bases: {},
  authentication: { kind: "none" },
  checks: [],
  actions: [
    {
      points: POINTS,
      title: "keeps the event as a document",
      steps: [],
      idempotency: { kind: "natural", by: "the document's _id, which is the event's" },
    },
  ],
  webhooks: { kind: "none", why: "A database sends nothing by itself." },
  limits: { perSecond: 100, concurrency: 1, words: "One connection, held while events are sent." },
  docs: {
    links: [
      {
        title: "Connection strings",
        url: "https://www.mongodb.com/docs/manual/reference/connection-string/",
      },
    ],
    troubleshooting: [
      {
        sign: "The package mongodb is not installed.",
        cure: "It is optional: npm install mongodb, beside this program.",
      },
      {
        sign: "refused: Authentication failed",
        cure: "Look at user and password, and at authSource: users are often kept in admin.",
      },
      {
        sign: "unreachable: Server selection timed out",
        cure: "Allow this machine's address there (Atlas: Network Access).",
      },
    ],
  },
  driver: async () => (await import("./driver.ts")).driver,
};
