import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import { redactUrl } from "../lib/redact.ts";
import { type Agents, createAgents } from "./proxy.ts";
import { isPublicIp, lookupAmong, refuseClosed } from "./public.ts";
import { createRecording, type Recorder, type Recording } from "./record.ts";
import { exchange, LIMITS } from "./transport.ts";

/** What is sent to a store of the vendor's. */
export interface Sending {
  readonly bytes: Uint8Array;
  /** For `Content-Type`. */
  readonly type: string;
  /** POST where absent. */
  readonly method?: "POST" | "PUT";
}

/**
 * Sends bytes to a whole https address of the public internet that the site named for it: a store that signs such
 * addresses. Without credentials and without the connection's headers; sending it again changes nothing more. Gives the
 * answer's text, which is untrusted. Throws `unavailable` or `invalid`, of the one file.
 */
export type Upload = (address: string, sending: Sending) => Promise<string>;

export interface UploadOptions {
  readonly proxy: (address: string) => string | undefined;
  readonly caPem?: string | undefined;
  readonly trace?: ((line: string) => void) | undefined;
  readonly version: string;
  readonly clock: Clock;
  /** Keeps record of what is sent; what cannot be recorded is not sent. */
  readonly recorder?: Recorder | undefined;
  /** Which IP addresses may be asked; those of the public internet where absent. */
  readonly isOpen?: (ip: string) => boolean;
}

type Recorded = Awaited<ReturnType<Recording>>;

const PAUSES = [500, 2000];

export function createUpload(options: UploadOptions): Upload {
  const known = new Map<string | undefined, Agents>();
  /** Kept, or each file would leave an open connection behind. */
  const agentsFor = (proxy: string | undefined): Agents => {
    const agents = known.get(proxy) ?? createAgents(proxy);
    known.set(proxy, agents);
    return agents;
  };
  const { recorder, clock } = options;
  const recording = createRecording({ recorder, clock, secrets: () => [] });
  return async (address, sending) => {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol !== "https:") throw refused(address, "is no address that files are sent to");
    const call = {};
    // The query of such an address is its signature.
    const shown = new URL(url.origin + url.pathname);
    const { bytes: body, method = "POST" } = sending;
    for (let attempt = 0; ; attempt += 1) {
      const recorded = await recording?.({ method, url: shown, body }, call);
      const outcome = await post({ ...options, recorded }, agentsFor, url, sending);
      if (typeof outcome === "string") return outcome;
      const pause = outcome.kind === "unavailable" ? PAUSES[attempt] : undefined;
      if (pause === undefined) throw outcome;
      await options.clock.sleep(pause);
    }
  };
}

async function post(
  options: UploadOptions & { readonly recorded: Recorded | undefined },
  agentsFor: (proxy: string | undefined) => Agents,
  url: URL,
  { bytes, type, method = "POST" }: Sending,
): Promise<Fault | string> {
  const { isOpen = isPublicIp, caPem, trace, version } = options;
  try {
    await refuseClosed(url.hostname, isOpen);
  } catch (cause) {
    return unreachable(url, cause);
  }
  const proxy = options.proxy(url.href);
  // The query of such an address is its signature.
  trace?.(`> ${method} ${redactUrl(url.origin + url.pathname)} ${bytes.byteLength} B`);
  const exchanged = await exchange(
    {
      method,
      url,
      headers: { accept: "*/*", "content-type": type, "user-agent": `ainstein-cms/${version}` },
      body: bytes,
    },
    {
      agents: agentsFor(proxy),
      caPem,
      limits: LIMITS,
      ...(proxy === undefined ? { lookup: lookupAmong(isOpen) } : {}),
    },
  );
  options.recorded?.(exchanged);
  const { answer, broken } = exchanged;
  trace?.(`< ${answer === undefined ? broken.code : `${answer.status} ${answer.body.length} B`}`);
  if (answer === undefined) return unreachable(url, broken);
  const isDone = answer.status >= 200 && answer.status < 300;
  if (isDone && /^text\/html/i.test(answer.headers["content-type"] ?? "")) {
    return new Fault("unavailable", `${url.origin} answered with a page: the file may not have arrived`, {
      code: "upload-failed",
      scope: "item",
    });
  }
  if (isDone) return answer.body.toString("utf8");
  const why = `answered ${answer.status} to a file that was sent there`;
  return answer.status >= 500 || answer.status === 429
    ? new Fault("unavailable", `${url.origin} ${why}`, { code: "upload-failed", scope: "item" })
    : refused(url.href, why);
}

function unreachable(url: URL, cause: unknown): Fault {
  const { message } = cause as { readonly message: string };
  return new Fault("unavailable", `${url.origin} cannot be reached: ${message}`, {
    code: "upload-failed",
    scope: "item",
    cause,
  });
}

function refused(address: string, why: string): Fault {
  const origin = URL.canParse(address) ? new URL(address).origin : redactUrl(address);
  return new Fault("invalid", `${origin} ${why}`, { code: "upload-refused" });
}
