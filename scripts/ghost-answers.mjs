// What a Ghost answers to the requests of fixtures/ghost/requests.json, without what differs from run to run.
//   node scripts/ghost-answers.mjs      records the answers of all real Ghosts that are installed, in fixtures/ghost/
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { installedGhosts, startGhost } from "./ghost.mjs";

const fixtures = fileURLToPath(new URL("../fixtures/ghost", import.meta.url));

/** https://ghost.org/docs/admin-api/#token-authentication */
function token(key) {
  const [id, secret] = key.split(":");
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "HS256", typ: "JWT", kid: id })}.${part({ iat: now, exp: now + 300, aud: "/admin/" })}`;
  const signature = createHmac("sha256", Buffer.from(secret, "hex")).update(head).digest("base64url");
  return `${head}.${signature}`;
}

/** Documented in ghost-answers.d.mts. */
export async function callGhost({ url, key }, method, address, body, authorization = `Ghost ${token(key)}`) {
  const answer = await fetch(`${url}/ghost/api/admin${address}`, {
    method,
    headers: {
      ...(authorization === "" ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

const at = (value, place) => place.split(".").reduce((inner, key) => inner?.[key], value);

/** What is told of what an entry refers to. */
const REFERRED = { tags: ["name", "slug", "visibility"], authors: ["name", "slug", "email"] };
/** Said twice, of no use to a program that writes, or, as addresses, settled some time after the answer. */
const LEFT_OUT = ["tiers", "count", "primary_author", "primary_tag", "reading_time", "email_segment", "url"];
/** Where nothing is something. */
const TELLING = ["html", "lexical", "published_at", "next", "context", "details", "property", "code"];

function brief(key, value) {
  if (LEFT_OUT.includes(key) || (value === null && key !== "" && !TELLING.includes(key))) return undefined;
  const told = REFERRED[key];
  if (told === undefined || !Array.isArray(value)) return value;
  return value.map((one) =>
    Object.fromEntries(told.flatMap((name) => (name in one ? [[name, one[name]]] : []))),
  );
}

/** Ids, times and addresses by what they are. */
function steady(value, url) {
  const text = JSON.stringify(value, brief)
    .replaceAll(url, "<site>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])/g, "<id>")
    .replace(/20(?:2[5-9])-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>");
  return JSON.parse(text);
}

/** Documented in ghost-answers.d.mts. */
export async function ghostAnswers(site) {
  const requests = JSON.parse(readFileSync(path.join(fixtures, "requests.json"), "utf8"));
  const kept = new Map();
  const filled = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => kept.get(name) ?? whole);
  const answers = [];
  for (const { name, method, path: address, body, keep = {}, authorization } of requests) {
    const sent = body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body)));
    const answer = await callGhost(site, method, filled(address), sent, authorization);
    for (const [kind, place] of Object.entries(keep)) {
      const value = at(answer.body, place);
      if (typeof value === "string") kept.set(kind, value);
    }
    answers.push({ name, status: answer.status, body: steady(answer.body ?? null, site.url) });
  }
  return answers;
}

const lines = (answers) => `[\n${answers.map((answer) => JSON.stringify(answer)).join(",\n")}\n]\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const version of installedGhosts()) {
    const ghost = await startGhost({ version });
    try {
      const file = path.join(fixtures, `answers-${version}.json`);
      writeFileSync(file, lines(await ghostAnswers(ghost)));
      console.log(`${file}: what Ghost ${ghost.version} answers`);
    } finally {
      await ghost.stop();
    }
  }
}
