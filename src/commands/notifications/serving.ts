// What `webhooks serve` does about notifications beside its own work.
import { hasHomeConfig } from "../home-file.ts";
import { complain, guarded, receivers, type Told } from "./rules.ts";
import { sendDue } from "./send.ts";
import { surveyCircuits, surveyRuns, surveyTokens } from "./survey.ts";

const LOOK_MS = 60_000;
const TOKENS_MS = 3_600_000;

/** Looks every minute at what is to be told, at sign-ins every hour, until it is interrupted. Never throws. */
export async function keepTelling(context: Told): Promise<void> {
  const { clock, signal } = context;
  let tokensAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const isDue = clock.now() - tokensAt >= TOKENS_MS;
    if (isDue) tokensAt = clock.now();
    if (hasRules(context)) await look(context, isDue);
    // Interrupting it is how it ends.
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}

function hasRules(context: Told): boolean {
  let has = false;
  guarded(context, () => {
    has = hasHomeConfig(context) && receivers(context).length > 0;
  });
  return has;
}

async function look(context: Told, tokens: boolean): Promise<void> {
  try {
    surveyRuns(context);
    surveyCircuits(context);
    if (tokens) await surveyTokens(context);
  } catch (thrown) {
    complain(context, thrown);
  }
  await sendDue(context);
}
