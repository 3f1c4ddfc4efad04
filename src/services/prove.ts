// Whether the credentials are good, by the provider's cheapest check. What no answer proves is never called proven.
import { asFault, Fault } from "../lib/fault.ts";
import { isPage } from "./exchange.ts";
import { allAt, firstText, holds, textAt } from "./json-path.ts";
import type { AnswerRule, Check, Inputs, Mode } from "./provider.ts";
import { type Asker, ask } from "./request.ts";
import type { Answered, Verdict } from "./service.ts";
import { fillText } from "./template.ts";
import { answerWords, cleanWords } from "./words.ts";

type RequestCheck = Extract<Check, { readonly kind: "request" }>;
type TokenCheck = Extract<Check, { readonly kind: "token" }>;

/** Throws for values that are missing, and where the run is to end. */
export async function prove(asker: Asker, inputs: Inputs, hidden: () => readonly string[]): Promise<Verdict> {
  const { checks } = asker.provider;
  const fitting = checks.filter(({ when = [] }) => when.every((name) => (inputs.values[name] ?? "") !== ""));
  let last: Verdict | undefined;
  for (const check of fitting) {
    const verdict = await proveBy(check, asker, inputs, hidden);
    if (verdict !== undefined) return verdict;
    last = notVerifiable(inputs.mode, "no answer of the provider settles it");
  }
  return last ?? notVerifiable(inputs.mode, "there is no check for what is given");
}

function notVerifiable(mode: Mode, why: string): Verdict {
  return {
    verdict: "not-verifiable",
    expected: "nothing: not verifiable without a side effect",
    seen: `not asked: ${why}`,
    mode,
    details: {},
  };
}

/** Undefined where the answer settles nothing. */
async function proveBy(
  check: Check,
  asker: Asker,
  inputs: Inputs,
  hidden: () => readonly string[],
): Promise<Verdict | undefined> {
  if (check.kind === "none") return notVerifiable(inputs.mode, check.why);
  let answered: Answered;
  try {
    answered =
      check.kind === "token"
        ? await signIn(asker)
        : await ask(asker, check.request, inputs, { repeatable: true });
  } catch (thrown) {
    return faultVerdict(asFault(thrown), check, inputs.mode, hidden());
  }
  return check.kind === "token"
    ? tokenVerdict(check, asker, answered, inputs, hidden())
    : answerVerdict(check, asker, answered, inputs, hidden());
}

async function signIn({ signerOf, provider }: Asker): Promise<Answered> {
  const signer = await signerOf({ method: "GET", path: "" });
  if (signer.signIn !== undefined) return signer.signIn();
  throw new Fault("defect", `${provider.title} is to be proven by a token, and its sign-in gives none.`);
}

/** No service has a file of authorities of its own, as a site may have. */
const UNTRUSTED =
  "Somebody may stand in between. A company's proxy that opens connections has an authority of its own: name its certificate by NODE_EXTRA_CA_CERTS=FILE.";

function faultVerdict(
  fault: Fault,
  check: RequestCheck | TokenCheck,
  mode: Mode,
  hidden: readonly string[],
): Verdict {
  const lost = ["unavailable", "rate-limited", "ambiguous", "protocol"].includes(fault.kind);
  if (!lost && fault.kind !== "auth" && fault.kind !== "forbidden") throw fault;
  const hint = fault.code === "certificate-untrusted" ? UNTRUSTED : fault.hint;
  return {
    verdict: lost ? "unreachable" : "refused",
    expected: check.expected,
    seen: cleanWords(fault.message, hidden),
    mode,
    details: {},
    ...(hint === undefined ? {} : { hint }),
  };
}

function tokenVerdict(
  check: TokenCheck,
  { provider }: Asker,
  answered: Answered,
  { mode }: Inputs,
  hidden: readonly string[],
): Verdict {
  const good = answered.status < 300 && textAt(answered.payload, "access_token") !== undefined;
  const strange = !good && (isPage(answered) || answered.status < 400);
  const verdict = good ? "verified" : strange ? "unreachable" : "refused";
  const meaning = good ? "a token was given" : strange ? "not the answer of a sign-in" : "no token was given";
  const hint =
    verdict === "refused"
      ? "Look whether id and secret belong together, and to the mode (live or test) that is meant."
      : undefined;
  return verdictOf(verdict, check, answered, answerWords(provider, answered, meaning, hidden), mode, hint);
}

function answerVerdict(
  check: RequestCheck,
  { provider, filler }: Asker,
  answered: Answered,
  inputs: Inputs,
  hidden: readonly string[],
): Verdict | undefined {
  const fill = (text: string, from: Inputs) => fillText(text, from, "raw", filler);
  const rule = check.answers.find((each) => isMeant(each, answered, inputs, fill));
  if (rule?.means === "next") return undefined;
  const mode = modeBy(check, answered) ?? inputs.mode;
  if (rule !== undefined) {
    const seen = answerWords(provider, answered, rule.words, hidden);
    return verdictOf(rule.means, check, answered, seen, mode, rule.hint);
  }
  const [verdict, meaning, hint] = usualMeaning(answered);
  return verdictOf(verdict, check, answered, answerWords(provider, answered, meaning, hidden), mode, hint);
}

/** Whether a rule is about this answer. */
export function isMeant(
  { status, where }: AnswerRule<string>,
  answered: Answered,
  inputs: Inputs,
  fill: (template: string, inputs: Inputs) => string | undefined,
): boolean {
  // Statuses of somebody in front of the provider are not the provider's.
  if (isPage(answered)) return false;
  const listed = status === undefined || [status].flat().includes(answered.status);
  return listed && holds(where, answered.payload, inputs, fill);
}

function modeBy({ mode }: RequestCheck, { status, payload }: Answered): Mode | undefined {
  if (mode === undefined || status >= 300) return undefined;
  if (typeof mode === "string") return mode;
  const [found] = allAt(payload, mode.path);
  if (found === undefined) return undefined;
  return found === mode.live ? "live" : "test";
}

/** Of an answer that no rule is about. A right that is missing is another thing than a key that is wrong. */
function usualMeaning(
  answered: Answered,
): readonly [verdict: Verdict["verdict"], meaning: string, hint?: string] {
  const { status } = answered;
  if (isPage(answered)) {
    return ["unreachable", "a web page in place of data", "A proxy or a firewall may stand in between."];
  }
  if (status < 300) return ["unreachable", "not the answer that is documented"];
  if (status < 400) return ["unreachable", "sent elsewhere, which was not followed"];
  if (status >= 500) return ["unreachable", "something broke there"];
  if (status === 401) return ["refused", "the credentials are not accepted"];
  if (status === 402) return ["refused", "the account there must be paid first"];
  if (status === 403) {
    return [
      "refused",
      "known, but without the right to this",
      "Give the key the right that the check needs.",
    ];
  }
  return ["refused", "not accepted"];
}

function verdictOf(
  verdict: Verdict["verdict"],
  check: RequestCheck | TokenCheck,
  { payload, status }: Answered,
  seen: string,
  mode: Mode,
  hint?: string,
): Verdict {
  const read = verdict === "verified" && status < 300;
  const account = read ? firstText(payload, check.account ?? []) : undefined;
  const details = Object.entries(read ? (check.details ?? {}) : {}).flatMap(
    ([name, path]): [string, string][] => {
      const text = textAt(payload, path);
      return text === undefined ? [] : [[name, cleanWords(text, [])]];
    },
  );
  return {
    verdict,
    expected: check.expected,
    seen,
    mode,
    details: Object.fromEntries(details),
    ...(account === undefined ? {} : { account: account.slice(0, 200) }),
    ...(hint === undefined ? {} : { hint }),
  };
}
