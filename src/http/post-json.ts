import { Fault } from "../lib/fault.ts";
import { brokenFault } from "./broken.ts";
import { createAgents } from "./proxy.ts";
import { exchange, LIMITS, type Limits } from "./transport.ts";

export interface PostJsonOptions {
  readonly proxy: (address: string) => string | undefined;
  readonly limits?: Partial<Limits>;
  readonly trace?: ((line: string) => void) | undefined;
  readonly version: string;
}

/** Who is to be told something has little to say, and must not keep anybody waiting. */
const SHORT: Limits = {
  ...LIMITS,
  connectMs: 5_000,
  firstByteMs: 10_000,
  wholeMs: 10_000,
  bodyBytes: 64 * 1024,
};

/**
 * Posts JSON to an address that is a secret itself, so that no fault and no trace shows more of it than its origin.
 * No redirect is followed. Throws `unavailable` where nothing or no 2xx was answered (code `receiver-refused`).
 */
export async function postJson(address: string, body: string, options: PostJsonOptions): Promise<void> {
  const url = new URL(address);
  const { version, trace, proxy } = options;
  const request = `POST ${url.origin}`;
  trace?.(`> ${request}/… ${body.length} B`);
  const agents = createAgents(proxy(url.href));
  const { answer, broken } = await exchange(
    {
      method: "POST",
      url,
      headers: {
        accept: "*/*",
        "content-type": "application/json; charset=utf-8",
        "user-agent": `ainstein-cms/${version}`,
      },
      body: Buffer.from(body, "utf8"),
    },
    {
      agents,
      caPem: undefined,
      limits: { ...SHORT, ...options.limits },
    },
  );
  // Nothing more is sent to it for a while.
  for (const agent of [agents.http, agents.https]) agent.destroy();
  if (broken !== undefined) {
    trace?.(`< ${broken.code}`);
    throw brokenFault(broken, request, url.origin, true);
  }
  trace?.(`< ${answer.status}`);
  if (answer.status >= 200 && answer.status < 300) return;
  throw new Fault("unavailable", `${url.origin} answered ${answer.status}`, {
    code: "receiver-refused",
    httpStatus: answer.status,
    hint: "Check the address of the webhook: it may have been revoked, or belong to something else.",
  });
}
