const ANSWER_MS = 20_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** After these nothing had been sent. */
const UNSENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * It was not taken, or nobody knows. `ambiguous`: it may have been carried out, and the provider would not know it again: look
 * there first, and never send it again by a program. `retryable`: it may be sent again later, with the same `id` and `at`,
 * and not before `retryAfterMs` where the provider said when. Neither: it will not be taken as it is. `status` and `code`
 * are the provider's; so is `said`, which may repeat what was sent and belongs in no log.
 */
export class CallError extends Error {
  constructor({ state, words, status, code, said, retryAfterMs }, { id, at, point }) {
    super(`${SERVICE}, ${point} ${id}: ${words}${status === undefined ? "" : ` (${status})`}`);
    this.name = "CallError";
    this.ambiguous = state === "parked";
    this.retryable = state === "retry";
    Object.assign(this, { status, code, said, retryAfterMs, id, at });
  }
}

/** What happened, as it is sent; `event` without what is empty, `picked` with it. `settings` must be there. */
function given(
  point,
  fields,
  { id = randomUUID(), at = new Date(), env = process.env, timeoutMs = ANSWER_MS } = {},
  settings = [],
) {
  const when = new Date(at);
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw new Error("id must be a UUID");
  if (Number.isNaN(when.getTime())) throw new Error("at must be a date");
  const picked = chosen(point, fields);
  const event = Object.fromEntries(
    Object.entries(picked).filter(([, value]) => value !== "" && value !== null),
  );
  return { point, picked, event, values: valuesOf(env, settings), id, at: when, env, timeoutMs };
}

/** What it is called with. Throws for a variable that must be set and is not. */
function valuesOf(env, settings) {
  const values = {};
  for (const [name, { variable, usual, optional }] of Object.entries(SETTINGS)) {
    const text = (env[variable] ?? "").trim();
    if (text !== "") values[name] = text;
    else if (usual !== undefined) values[name] = usual;
    else if (!optional || settings.includes(name)) throw new Error(`${variable} is not set`);
  }
  return values;
}

/** One step after the other, each once. Gives `id` and `at` for the record, and what the provider calls it as `detail`. */
async function carryOut(what, { steps, repeatable, tells, takenHours, tokens }) {
  const { id, at, env } = what;
  if (takenHours !== undefined && Date.now() - at.getTime() > takenHours * 3_600_000) {
    const words = `it happened more than ${takenHours} hours ago, and would be dropped there`;
    throw new CallError({ state: "refused", words }, what);
  }
  let detail;
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    let answer = await ask(what, step);
    // A token may be ended there before its time; a 401 did nothing.
    if (answer.status === 401 && tokens?.delete(env)) answer = await ask(what, step);
    const judged = judge(answer, step.answers ?? [], repeatable, last ? tells : undefined);
    if (!["sent", "next"].includes(judged.state)) {
      const undone = judged.state === "retry" && index > 0 && !repeatable;
      throw new CallError({ ...answer, ...judged, state: undone ? "parked" : judged.state }, what);
    }
    detail = tells === undefined ? undefined : textAt(answer.payload, tells);
    if (judged.state === "sent" && (judged.ruled || last)) break;
  }
  return detail === undefined ? { id, at } : { id, at, detail };
}

async function ask(what, step) {
  const identity = await identityOf(what);
  return exchange({ ...step, headers: { ...HEADERS, ...step.headers, ...identity } }, what.timeoutMs);
}

/** Sent once. Redirects are not followed: credentials would go along. */
async function exchange({ method, url, query = {}, headers, json, form }, timeoutMs) {
  if (!URL.canParse(url) || !url.startsWith("https://"))
    throw new Error(`The address of ${SERVICE} is no https address`);
  const address = new URL(url);
  for (const [name, value] of Object.entries(lean(query) ?? {})) address.searchParams.append(name, value);
  const type = form === undefined ? "application/json" : "application/x-www-form-urlencoded";
  const body = form === undefined ? JSON.stringify(lean(json)) : new URLSearchParams(lean(form)).toString();
  try {
    const response = await fetch(address, {
      method,
      headers: { accept: "application/json", "content-type": type, ...headers },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const payload = readJson(await response.text());
    const retryAfterMs = retryAfterOf(response.headers.get("retry-after"));
    const { status } = response;
    return {
      status,
      payload,
      retryAfterMs,
      code: firstText(payload, ERRORS.code),
      said: firstText(payload, ERRORS.message),
    };
  } catch (error) {
    return { lost: true, unsent: UNSENT.test(error?.cause?.code) };
  }
}

/** What an answer means: `sent`, `next`, `retry`, `refused`, or `parked`, which is that nobody knows. */
function judge({ lost, unsent, status, payload, retryAfterMs }, answers, repeatable, tells) {
  const unclear = repeatable ? "retry" : "parked";
  if (lost)
    return unsent
      ? { state: "retry", words: "not reached" }
      : { state: unclear, words: "no whole answer came" };
  if (status === 429) return { state: "retry", words: "too many requests" };
  if (status === 408 || status === 425) return { state: unclear, words: "not in time" };
  if (status >= 500 && !ERRORS.as5xx.includes(status)) {
    const refused = status === 503 && retryAfterMs !== undefined;
    return { state: refused ? "retry" : unclear, words: "something broke there" };
  }
  const page = typeof payload === "string" && /^\s*<(?:!doctype html|html|head|body)\b/i.test(payload);
  const rule = page ? undefined : answers.find((each) => isMeant(each, status, payload));
  if (rule !== undefined) return { state: rule.means, words: rule.words ?? "as it answered", ruled: true };
  if (status >= 500) return { state: unclear, words: "something broke there" };
  if (status >= 300) return refusalBy(status, page);
  const odd =
    firstText(payload, ERRORS.message) !== undefined ||
    (tells !== undefined && textAt(payload, tells) === undefined);
  if (payload === "" || !(page || odd)) return { state: "sent" };
  return { state: unclear, words: "not the answer that is documented: it may have been taken" };
}

function refusalBy(status, page) {
  if (status < 400) return { state: "retry", words: "sent elsewhere, which was not followed" };
  if (page) return { state: "retry", words: "a web page in place of an answer" };
  if (status === 401) return { state: "retry", words: "the credentials are not accepted" };
  if (status === 402) return { state: "retry", words: "the account there must be paid first" };
  return {
    state: "refused",
    words: status === 403 ? "known, but without the right to this" : "not accepted",
  };
}

function isMeant({ status, where = [] }, came, payload) {
  if (status !== undefined && ![status].flat().includes(came)) return false;
  return where.every(({ path, is, in: listed, matches, exists }) => {
    const found = allAt(payload, path);
    if (exists !== undefined && found.length > 0 !== exists) return false;
    if (is !== undefined && !found.includes(is)) return false;
    if (listed !== undefined && !found.some((each) => listed.includes(each))) return false;
    return matches === undefined || found.some((each) => typeof each === "string" && matches.test(each));
  });
}

/** All that stands at a path such as `errors.*.code`. */
function allAt(value, path) {
  const below = (each, step) => {
    if (typeof each !== "object" || each === null) return [];
    if (step === "*") return Object.values(each);
    return Object.hasOwn(each, step) && each[step] !== undefined ? [each[step]] : [];
  };
  const steps = path === "" ? [] : path.split(".");
  return steps.reduce((found, step) => found.flatMap((each) => below(each, step)), [value]);
}

function textAt(value, path) {
  const isText = (each) =>
    (typeof each === "string" && each !== "") || ["number", "boolean"].includes(typeof each);
  const found = allAt(value, path).find(isText);
  return found === undefined ? undefined : String(found);
}

function firstText(value, paths) {
  return paths.map((path) => textAt(value, path)).find((text) => text !== undefined);
}

/** Without members and items that are not there, and without what has none left by that. */
function lean(value) {
  if (Array.isArray(value)) return value.map(lean).filter((each) => each !== undefined);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const left = entries.map(([name, each]) => [name, lean(each)]).filter(([, each]) => each !== undefined);
  return left.length === 0 && entries.length > 0 ? undefined : Object.fromEntries(left);
}

/** What a request cannot be made without. */
function must(value, name) {
  if (value === undefined || value === "") throw new Error(`${name} cannot be made of what was given`);
  return value;
}

/** One segment of an address. */
function segment(value) {
  const text = String(value);
  if (text === "." || text === "..") throw new Error(`${text} is no part of an address`);
  return encodeURIComponent(text);
}

function readJson(text) {
  const plain = text.replace(/^\ufeff/, "");
  try {
    return JSON.parse(plain);
  } catch {
    return plain;
  }
}

/** Seconds, or a date. */
function retryAfterOf(header) {
  if (header === null) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds * 1000), LONGEST_WAIT_MS);
}
