// One line of a made service, changed as a careless hand would, and the probe that has to see it.
import type { Group } from "../../../src/tasks/prove/prove-api.ts";
import type { Sabotage } from "./made.ts";
import type { Small } from "./tasks.ts";

export interface Spoiling extends Sabotage {
  readonly of: Small;
  readonly only: Group;
  /** Of the probe that must fail; others may, too. */
  readonly red: RegExp;
}

const ACCESS: Readonly<Record<string, Spoiling>> = {
  "keys are not asked for": {
    of: "contact",
    only: "access",
    file: "app.js",
    from: "[...own, check]",
    to: "own",
    red: /^POST \/contact: a wrong key is refused/,
  },
  "keys are asked for after the body was read": {
    of: "contact",
    only: "access",
    file: "app.js",
    from: "onRequest: check === undefined ? own : [...own, check]",
    to: "preHandler: check === undefined ? own : [...own, check]",
    red: /without a key nothing is said of the body/,
  },
  "tokens never end": {
    of: "profile",
    only: "access",
    file: "tokens.js",
    from: 'algorithms: ["HS256"],',
    to: 'algorithms: ["HS256"], ignoreExpiration: true,',
    red: /a token that has ended is refused/,
  },
  "the algorithm is the token's choice": {
    of: "profile",
    only: "access",
    file: "tokens.js",
    from: 'algorithms: ["HS256"],',
    to: "",
    red: /a token of another algorithm is refused/,
  },
  "tokens of any issuer will do": {
    of: "profile",
    only: "access",
    file: "tokens.js",
    from: "allowedIss: api.name,",
    to: "",
    red: /a token of another issuer is refused/,
  },
  "who was deleted is still let in": {
    of: "profile",
    only: "access",
    file: "tokens.js",
    from: 'known ? await store.find("users", { [tables.users.key]: claims.sub })',
    to: "known ? { id: claims.sub }",
    red: /a token of somebody who was deleted is refused/,
  },
  "the profile tells the hash": {
    of: "people",
    only: "access",
    file: "handlers/profile.js",
    from: "email: user.email,",
    to: "email: user.email, password_hash: user.password_hash,",
    red: /no answer holds the password's hash/,
  },
  "an unknown person costs no hash": {
    of: "people",
    only: "access",
    file: "handlers/login.js",
    from: "await passwordFits(password, user?.password_hash ?? (await nobody))",
    to: "user !== undefined && (await passwordFits(password, user.password_hash))",
    red: /told apart by nothing/,
  },
};

const LIMITS: Readonly<Record<string, Spoiling>> = {
  "nothing is counted": {
    of: "contact",
    only: "limits",
    file: "limits.js",
    from: "if (!UNLIMITED.includes(request.routeOptions.url)) limiter.take(clientOf(request));",
    to: "",
    red: /^the limit holds for unknown paths/,
  },
  "the limit comes after the key": {
    of: "contact",
    only: "limits",
    file: "limits.js",
    from: 'app.addHook("onRequest"',
    to: 'app.addHook("preParsing"',
    red: /^the limit holds for callers who are not let in/,
  },
  "every x-forwarded-for is believed": {
    of: "contact",
    only: "limits",
    file: "app.js",
    from: "hop < config.trustProxy",
    to: "hop < 9",
    red: /^the limit holds/,
  },
};

const INPUT: Readonly<Record<string, Spoiling>> = {
  "a field may be of any length": {
    of: "contact",
    only: "input",
    file: "endpoints.js",
    from: "maxLength: 5000,",
    to: "",
    red: /message too long is refused/,
  },
  "unknown fields are dropped and nothing is said": {
    of: "contact",
    only: "input",
    file: "app.js",
    from: "removeAdditional: false",
    to: "removeAdditional: true",
    red: /a field there is not is refused/,
  },
  "text is read as a body": {
    of: "contact",
    only: "input",
    file: "app.js",
    from: 'app.removeContentTypeParser("text/plain");',
    to: "",
    red: /text\/plain is refused/,
  },
  "a message is answered and not stored": {
    of: "contact",
    only: "input",
    file: "handlers/contact.js",
    from: "await tx.insert(table, request.body)",
    to: '{ id: "1", created_at: new Date() }',
    red: /what is right is stored/,
  },
  "text is changed before it is stored": {
    of: "contact",
    only: "input",
    file: "handlers/contact.js",
    from: "await tx.insert(table, request.body)",
    to: 'await tx.insert(table, { ...request.body, message: request.body.message.replace(/</g, "") })',
    red: /text that looks like SQL or HTML is stored as it is/,
  },
  "it makes a table while it serves": {
    of: "contact",
    only: "input",
    file: "store.js",
    from: "const { rows } = await run(sql, encoded(table, values));",
    to: 'await run("CREATE TABLE IF NOT EXISTS more (x integer)"); const { rows } = await run(sql, encoded(table, values));',
    red: /what is right is stored/,
  },
  "an address of another form breaks it": {
    of: "contact",
    only: "description",
    file: "handlers/contact.js",
    from: "const row = ",
    to: 'if (request.body.message.includes("🙂")) throw new Error("no"); const row = ',
    red: /bodies that fit the description are taken/,
  },
  "an answer is not as it is described": {
    of: "contact",
    only: "description",
    file: "handlers/contact.js",
    from: "id: row.id, created_at",
    to: "id: Number(row.id), created_at",
    red: /every answer is as \/openapi.json describes it/,
  },
};

const DELIVERY: Readonly<Record<string, Spoiling>> = {
  "nobody confirms": {
    of: "newsletter",
    only: "delivery",
    file: "handlers/newsletter.js",
    from: 'status: "pending",\n      token_hash',
    to: 'status: "confirmed",\n      token_hash',
    red: /nobody is on the list before they confirmed/,
  },
  "the link lives for ever": {
    of: "newsletter",
    only: "delivery",
    file: "handlers/newsletter.js",
    from: "row.token_expires_at < new Date()",
    to: "false",
    red: /a link that is too old confirms nothing/,
  },
  "the link tells of somebody each time": {
    of: "newsletter",
    only: "delivery",
    file: "handlers/newsletter.js",
    from: 'if (row.status === "pending") {',
    to: 'if (row.status !== "unsubscribed") {\n      row.status = "confirmed";\n      await outbox.event(store, "form_submission", { email: row.email });',
    red: /the link says the same twice/,
  },
  "who registers is not told of": {
    of: "registration",
    only: "delivery",
    file: "handlers/register.js",
    from: 'await outbox.event(tx, "user_registration", { user_id: stored.id, name, email });',
    to: "",
    red: /^POST \/register: who listens is told/,
  },
  "the token is stored as it is": {
    of: "newsletter",
    only: "delivery",
    file: "handlers/newsletter.js",
    from: 'createHash("sha256").update(token).digest("hex")',
    to: "token",
    red: /the token itself is not stored/,
  },
  "events are not signed": {
    of: "contact",
    only: "delivery",
    file: "outbox.js",
    from: '"webhook-signature":',
    to: '"x-signature":',
    red: /who listens is told, by a signed event/,
  },
  "an event has another id each time": {
    of: "contact",
    only: "delivery",
    file: "outbox.js",
    from: '"webhook-id": id,',
    to: '"webhook-id": randomUUID(),',
    red: /told later, by the same id/,
  },
  "an event is forgotten before it is sent": {
    of: "contact",
    only: "delivery",
    file: "outbox.js",
    from: "await send(message);",
    to: 'await store.remove("outbox", { id: message.id }); await send(message);',
    red: /a receiver that is away is told later/,
  },
  "a delivery that comes again is taken again": {
    of: "hooks",
    only: "delivery",
    file: "handlers/webhook.js",
    from: "event_id: id,",
    to: "event_id: crypto.randomUUID(),",
    red: /what is signed is stored, and stored once/,
  },
  "an old delivery is taken": {
    of: "hooks",
    only: "delivery",
    file: "handlers/webhook.js",
    from: "> WINDOW_S)",
    to: "> 1000 * WINDOW_S)",
    red: /what is too old is refused/,
  },
  "the signature does not matter": {
    of: "hooks",
    only: "delivery",
    file: "handlers/webhook.js",
    from: "if (!fits) throw refused();",
    to: "",
    red: /a signature of another secret is refused/,
  },
};

const RUNNING: Readonly<Record<string, Spoiling>> = {
  "every origin may call": {
    of: "contact",
    only: "health",
    file: "cors.js",
    from: "origin: corsOrigins,",
    to: "origin: true,",
    red: /^CORS: https:\/\/evil.example may not call/,
  },
  "anybody may read the numbers": {
    of: "contact",
    only: "health",
    file: "metrics.js",
    from: "if (!known)",
    to: "if (metricsToken === 1)",
    red: /^GET \/metrics/,
  },
  "it may be framed": {
    of: "contact",
    only: "health",
    file: "app.js",
    from: `frameAncestors: ["'none'"]`,
    to: "",
    red: /^headers that browsers heed/,
  },
  "a sample will do as a secret": {
    of: "hooks",
    only: "configuration",
    file: "config.js",
    from: "if (SAMPLE.test(value) || new Set(value).size < 8)",
    to: 'if (value === "")',
    red: /the sample of WEBHOOK_SECRET/,
  },
};

/** Those that wait longest come first. */
export const SABOTAGES = { ...DELIVERY, ...ACCESS, ...RUNNING, ...LIMITS, ...INPUT };

/** These stop the server of the database: one at a time. */
export const OUTAGES: Readonly<Record<string, Spoiling>> = {
  "broken connections are not heeded": {
    of: "contact",
    only: "outage",
    file: "store.js",
    from: 'pool.on("error", onError);',
    to: "",
    red: /^the database goes away, and comes back/,
  },
  "whoever waits for the database waits for ever": {
    of: "contact",
    only: "outage",
    file: "store.js",
    from: "statement_timeout: 5000,\n    query_timeout: 6000,",
    to: "",
    red: /^the database keeps calls waiting/,
  },
  "the database is let go of before the last answer": {
    of: "contact",
    only: "outage",
    file: "server.js",
    from: "await app.close();",
    to: "await store.close(); await app.close();",
    red: /^SIGTERM/,
  },
  "it ends without an answer": {
    of: "contact",
    only: "outage",
    file: "server.js",
    from: "await app.close();",
    to: "",
    red: /^SIGTERM/,
  },
};
