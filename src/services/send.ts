// One occurrence to one service, so that it is never taken twice: what may have arrived is repeated only where the provider
// knows it again.
import { asFault, Fault } from "../lib/fault.ts";
import { isPage } from "./exchange.ts";
import { firstText, textAt } from "./json-path.ts";
import { isMeant } from "./prove.ts";
import type { Action, Inputs, Mode, Provider, Step } from "./provider.ts";
import { type Asker, ask } from "./request.ts";
import type { Answered, Occurrence, Outcome } from "./service.ts";
import { fillText, namesIn } from "./template.ts";
import { answerWords, cleanWords } from "./words.ts";

/** Credentials that are refused, and accounts that are not paid, may be made good by somebody: not soon. */
const CREDENTIALS_MS = 15 * 60_000;
/** No quota that is known takes longer to come back; who asks for more is not believed. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** Addresses of payment pages are long, and of no use when cut. */
const LONGEST_DETAIL = 2000;
const HOUR_MS = 3_600_000;

type Values = Readonly<Record<string, string>>;

export interface Sending {
  readonly asker: Asker;
  readonly values: Values;
  readonly mode: Mode;
  /** Fields that may be sent besides those an action needs; all where empty. */
  readonly fields: readonly string[];
  readonly now: () => number;
  readonly hidden: () => readonly string[];
}

/** The first action of a point for which all is given. */
export function actionFor({ actions }: Provider, point: string, values: Values): Action | undefined {
  return actions.find(
    ({ points, when = [] }) =>
      points.some((each) => each === point) && when.every((name) => (values[name] ?? "") !== ""),
  );
}

/** Fields of the occurrence that an action cannot do without. */
export function neededFields({ steps, needs = [] }: Action): readonly string[] {
  const demanded = steps
    .flatMap(({ request: { path, query = {}, headers = {}, body } }) => [
      path,
      ...Object.values(query),
      ...Object.values(headers),
      ...(body === undefined ? [] : ["json" in body ? body.json : body.form]),
    ])
    .flatMap(namesIn)
    .flatMap(({ name, optional }) =>
      optional || !name.startsWith("event.") ? [] : [name.slice("event.".length)],
    );
  return [...new Set([...demanded, ...needs])].filter((name) => name !== "*");
}

export async function send(sending: Sending, occurrence: Occurrence): Promise<Outcome> {
  const { asker, values, now } = sending;
  const action = actionFor(asker.provider, occurrence.point, values);
  if (action === undefined) return { state: "refused", why: noAction(asker.provider, occurrence.point) };
  const old = tooOld(action, occurrence, now());
  if (old !== undefined) return { state: "refused", why: old };
  const parked = tooLate(action, occurrence, now());
  if (parked !== undefined) return { state: "parked", why: parked };
  if (action.steps.length === 0)
    throw new Fault("defect", `${asker.provider.id} has an action without steps.`);
  const kept: Record<string, string> = {};
  let detail: string | undefined;
  for (const [index, step] of action.steps.entries()) {
    const inputs = inputsOf(sending, action, occurrence, { ...kept, step: String(index + 1) });
    const last = index === action.steps.length - 1;
    const took = await takeStep(sending, action, step, inputs, last);
    if (took.outcome !== undefined) return partly(took.outcome, action, index);
    for (const [name, path] of Object.entries(step.keep ?? {})) {
      kept[`kept.${name}`] = textAt(took.answered.payload, path) ?? "";
    }
    detail = action.tells === undefined ? undefined : textAt(took.answered.payload, action.tells);
    if (took.over) break;
  }
  return {
    state: "sent",
    ...(detail === undefined ? {} : { detail: cleanWords(detail, sending.hidden(), LONGEST_DETAIL) }),
  };
}

/** Why nothing is done with a point; undefined where something is. */
export function idleWords(provider: Provider, point: string, values: Values): string | undefined {
  return actionFor(provider, point, values) === undefined ? noAction(provider, point) : undefined;
}

function noAction({ title, actions }: Provider, point: string): string {
  const settings = actions.flatMap(({ points, when = [] }) =>
    points.some((each) => each === point) ? when : [],
  );
  if (settings.length === 0) return `${title} does nothing with ${point}`;
  return `${title} does something with ${point} only where ${[...new Set(settings)].join(", ")} is set`;
}

/** Why an occurrence would not count any more, were it sent. */
function tooOld({ takenHours }: Action, { atMs }: Occurrence, now: number): string | undefined {
  if (takenHours === undefined || now - atMs <= takenHours * HOUR_MS) return undefined;
  return `it happened more than ${takenHours} hours ago, and would be dropped there`;
}

/** Why an occurrence that may have arrived is not sent again. */
function tooLate({ idempotency }: Action, { tried, atMs }: Occurrence, now: number): string | undefined {
  if (!tried || idempotency.kind === "harmless") return undefined;
  if (idempotency.kind === "none") return `an earlier try may have arrived: ${idempotency.why}`;
  const { keptHours = Number.POSITIVE_INFINITY } = idempotency;
  if (now - atMs <= keptHours * HOUR_MS) return undefined;
  return `an earlier try may have arrived, and it is remembered there for ${keptHours} hours only`;
}

function inputsOf(
  { values, mode, fields }: Sending,
  action: Action,
  { id, point, atMs, fields: told }: Occurrence,
  named: Readonly<Record<string, string>>,
): Inputs {
  const wanted = new Set([...fields, ...neededFields(action)]);
  const event = Object.entries(told).filter(([name]) => fields.length === 0 || wanted.has(name));
  return {
    values,
    mode,
    event: Object.fromEntries(event),
    named: {
      id,
      point,
      "at.iso": new Date(atMs).toISOString(),
      "at.seconds": Math.floor(atMs / 1000),
      "at.ms": atMs,
      ...named,
    },
  };
}

/** `outcome` where it ends here; `over` where nothing more is to be done. */
type Took =
  | { readonly outcome: Outcome }
  | { readonly outcome?: undefined; readonly answered: Answered; readonly over: boolean };

async function takeStep(
  { asker, hidden }: Sending,
  action: Action,
  step: Step,
  inputs: Inputs,
  last: boolean,
): Promise<Took> {
  const { idempotency } = action;
  const repeatable = idempotency.kind !== "none";
  const unsaid = [...hidden(), ...personal(inputs)];
  let answered: Answered;
  try {
    answered = await ask(asker, step.request, inputs, { repeatable, idempotency });
  } catch (thrown) {
    return { outcome: outcomeOfFault(asFault(thrown), repeatable, unsaid) };
  }
  const fill = (text: string, from: Inputs) => fillText(text, from, "raw", asker.filler);
  const rule = step.answers?.find((each) => isMeant(each, answered, inputs, fill));
  const odd = isPage(answered) || isOdd(asker.provider, last ? action.tells : undefined, answered);
  const [means, meaning] =
    rule === undefined ? usualMeaning(answered, repeatable, odd) : [rule.means, rule.words];
  if (means === "next") return { answered, over: false };
  if (means === "sent") return { answered, over: rule !== undefined || last };
  const why = answerWords(asker.provider, answered, meaning, unsaid);
  return {
    outcome: {
      state: means,
      why,
      ...([401, 402].includes(answered.status) && means === "retry" ? { waitMs: CREDENTIALS_MS } : {}),
    },
  };
}

/** Texts of the occurrence, which answers like to repeat. */
function personal({ event = {} }: Inputs): readonly string[] {
  return Object.values(event).flatMap((value) => (typeof value === "string" ? [value] : []));
}

/** A 2xx that says that something went wrong, or not what it is known to say: nothing was shown to be taken. */
function isOdd({ errors }: Provider, tells: string | undefined, { payload }: Answered): boolean {
  if (payload === "") return false;
  if (firstText(payload, errors?.message ?? []) !== undefined) return true;
  return tells !== undefined && textAt(payload, tells) === undefined;
}

function usualMeaning(
  answered: Answered,
  repeatable: boolean,
  odd: boolean,
): readonly ["sent" | "retry" | "parked" | "refused", string] {
  const { status } = answered;
  const page = isPage(answered);
  if (status < 300 && odd) {
    const what = page ? "a web page in place of an answer" : "not the answer that is documented";
    return [repeatable ? "retry" : "parked", `${what}: it may have been taken`];
  }
  if (status < 300) return ["sent", "taken"];
  if (status < 400) return ["retry", "sent elsewhere, which was not followed"];
  if (status >= 500) return [repeatable ? "retry" : "parked", "something broke there"];
  if (page)
    return ["retry", "a web page in place of an answer: somebody in front of the provider refused it"];
  if (status === 401) return ["retry", "the credentials are not accepted"];
  if (status === 402) return ["retry", "the account there must be paid first"];
  if (status === 403) return ["refused", "known, but without the right to this"];
  return ["refused", "not accepted"];
}

function outcomeOfFault(fault: Fault, repeatable: boolean, unsaid: readonly string[]): Outcome {
  const why = cleanWords(fault.message, unsaid);
  const { kind, httpStatus, retryAfterMs, unsent } = fault;
  const wait = retryAfterMs === undefined ? {} : { waitMs: Math.min(retryAfterMs, LONGEST_WAIT_MS) };
  switch (kind) {
    case "defect":
      throw fault;
    case "ambiguous":
      return { state: "parked", why };
    case "rate-limited":
      return { state: "retry", why, ...wait };
    case "auth":
    case "forbidden":
      return { state: "retry", why, waitMs: CREDENTIALS_MS };
    case "invalid":
    case "usage":
      // A 408 or 425 is no word about what was sent.
      if (httpStatus === undefined) return { state: "refused", why };
      return repeatable ? { state: "retry", why, ...wait } : { state: "parked", why };
    default: {
      // A 5xx in the provider's own words says that something broke there, not how far it had come.
      const certain = repeatable || unsent || httpStatus === undefined || retryAfterMs !== undefined;
      return certain ? { state: "retry", why, ...wait } : { state: "parked", why };
    }
  }
}

/** What would repeat earlier steps that the provider does not know again is parked. */
function partly(outcome: Outcome, { idempotency }: Action, index: number): Outcome {
  if (outcome.state !== "retry" || index === 0 || idempotency.kind !== "none") return outcome;
  return { state: "parked", why: `${outcome.why}; what comes before it was done` };
}
