const TIMEOUT_MS = 10_000;
const PAUSES_MS = [0, 1_000, 4_000];

/**
 * Hands over what happened: `await tell("form_submission", { email: "a@example.com" })`. The receiver keeps it before it
 * answers, and sends it on as often as that takes. The same `id` is taken once only, so a call that failed may be made
 * again with it. Throws where the receiver did not take it.
 */
export async function tell(point, fields, { id = randomUUID(), env = process.env } = {}) {
  const data = chosen(point, fields);
  const body = JSON.stringify({ type: point, timestamp: new Date().toISOString(), data });
  const address = setting(env, "EVENTS_URL");
  const secret = setting(env, "EVENTS_SECRET");
  let trouble = "";
  for (const pause of PAUSES_MS) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const answer = await post(address, secret, id, body);
    if (answer.taken) return id;
    trouble = answer.trouble;
    if (answer.final) break;
  }
  throw new Error(`${point} ${id} was not taken: ${trouble}`);
}

/** Signed as https://www.standardwebhooks.com says, anew for each try: the time is part of it. */
async function post(address, secret, id, body) {
  const seconds = String(Math.floor(Date.now() / 1000));
  const key = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice(6), "base64")
    : Buffer.from(secret, "utf8");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  try {
    const { status } = await fetch(address, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": `v1,${signature}`,
      },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
    return { taken: status >= 200 && status < 300, final, trouble: `it answered ${status}` };
  } catch (error) {
    return { taken: false, final: false, trouble: error instanceof Error ? error.message : String(error) };
  }
}

function setting(env, name) {
  const text = env[name];
  if (text === undefined || text === "") throw new Error(`${name} is not set`);
  return text;
}
