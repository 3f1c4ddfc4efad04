// Why nobody could sign in: the fault itself, or what a look around shows to be behind it.
import { asFault, Fault, isFault } from "../../lib/fault.ts";
import type { Finding } from "../../report/findings.ts";
import { explain } from "../connection-test.ts";
import { broken } from "./checks.ts";
import type { Patient } from "./patient.ts";

/** Faults that name their cause by themselves: asking further would find out no more. */
const SPEAKS_FOR_ITSELF =
  /^(challenge-page|redirect-loop|noise-before-json|empty-answer|not-json|certificate-|cached-answer|rate-limited|basic-auth-in-front|name-not-found|connection-|connect-timeout|answer-too-large|vault\.)/;

/** Throws faults that need no explanation. */
export async function signInTrouble(patient: Patient, thrown: unknown): Promise<Finding> {
  const fault = asFault(thrown);
  if (fault.kind === "interrupted" || fault.kind === "deadline" || fault.kind === "defect") throw thrown;
  if (SPEAKS_FOR_ITSELF.test(fault.code)) throw fault;
  if (fault.code.startsWith("redirected-")) return redirected(patient, fault);
  const strayed = saysOther(patient, fault) ? await elsewhere(patient, fault) : undefined;
  if (strayed !== undefined) return strayed;
  const clearer = await clearerCause(patient);
  if (fault.code === "html-instead-of-json" && (await refusesOnlySigned(patient, fault, clearer))) {
    return broken("sign-in", firewall(fault), "Visitors are shown the interface; who signs in is not.");
  }
  if (clearer === undefined) return broken("sign-in", fault);
  // A page that came with a good status is what stands in the way; that nothing else was found follows from it.
  const isPage = fault.code === "html-instead-of-json" && ![401, 403, 404].includes(fault.httpStatus ?? 0);
  return isPage ? broken("sign-in", fault, clearer.message) : broken("sign-in", clearer);
}

/** A site that has moved is found where it redirects to; a network's sign-in page or a parked name is not. */
async function redirected({ lookFrom }: Patient, fault: Fault): Promise<Finding> {
  const there = await faultOf(lookFrom);
  return there === undefined ? broken("sign-in", fault) : astray(fault.message, there.message);
}

/** Nothing of the platform is found at an address whose visitors are sent on. */
async function elsewhere({ url, seen }: Patient, { message }: Fault): Promise<Finding | undefined> {
  const asked = await url();
  const shown = (await seen()).url;
  if (asked === undefined || asked.origin === shown.origin) return undefined;
  return astray(`Visitors of ${asked.origin} are sent on to ${shown.origin}.`, message);
}

function astray(message: string, means: string): Finding {
  const fault = new Fault("unavailable", message, {
    code: "redirected-astray",
    hint: "If that is the sign-in page of the network that this machine is in (a hotel's, a company's), sign in there with a browser. Else look at the site's redirect rules, and whether its name still belongs to it.",
  });
  return broken("sign-in", fault, means);
}

async function refusesOnlySigned(
  { seen }: Patient,
  { httpStatus }: Fault,
  clearer: Fault | undefined,
): Promise<boolean> {
  const same = clearer === undefined || clearer.code === "html-instead-of-json";
  if (!same || ![401, 403, 405, 406].includes(httpStatus ?? 0)) return false;
  const { status, page } = await seen();
  return status < 300 && page === undefined;
}

function firewall({ message, httpStatus }: Fault): Fault {
  return new Fault("unavailable", message, {
    code: "firewall",
    ...(httpStatus === undefined ? {} : { httpStatus }),
    hint: "A firewall or a security plug-in (Wordfence, ModSecurity) refuses requests with credentials. Its log names the rule: have this machine's address let through.",
  });
}

async function clearerCause(patient: Patient): Promise<Fault | undefined> {
  const { context, known, opened, lookFrom } = patient;
  const cause = await faultOf(async () => explain(context, await known(), (await opened()).http));
  if (!saysOther(patient, cause)) return cause;
  // The interface's own address may show nothing of the platform where the site's front page does.
  return (await faultOf(lookFrom)) ?? cause;
}

/** Something stands there that is not of the platform. */
function saysOther({ platform: { manifest } }: Patient, fault: Fault | undefined): boolean {
  return fault?.code === `${manifest.id}.not-${manifest.id}`;
}

async function faultOf(work: () => Promise<unknown>): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "interrupted" || thrown.kind === "defect") throw thrown;
    return thrown;
  }
}
