import { Fault } from "../lib/fault.ts";
import { redactUrl } from "../lib/redact.ts";
import type { Answer, Outgoing } from "./transport.ts";

const MAX_HOPS = 5;

export function isRedirect(answer: Answer): boolean {
  return [301, 302, 303, 307, 308].includes(answer.status) && answer.headers.location !== undefined;
}

/** Where a redirect leads; undefined when it is no address at all. */
export function redirectTarget(answer: Answer, from: URL): URL | undefined {
  const location = Buffer.from(answer.headers.location ?? "", "latin1").toString("utf8");
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
}

/** The next address of a read that is redirected within its origin. Anything else is a fault that names the cure. */
export function nextHop(answer: Answer, from: Outgoing, hop: number, name: string): URL {
  const target = redirectTarget(answer, from.url);
  const shown = target === undefined ? "nowhere" : redactUrl(target.origin + target.pathname);
  const detail = { httpStatus: answer.status };
  if (from.method !== "GET" && from.method !== "HEAD") {
    throw new Fault(
      "protocol",
      `${name}: the site redirects this write to ${shown}; nothing was sent there.`,
      {
        ...detail,
        code: "redirected-write",
        hint: "Connect to the address that the site itself uses.",
      },
    );
  }
  if (target === undefined || target.origin !== from.url.origin)
    throw elsewhere(target, from.url, shown, name, detail);
  if (hop >= MAX_HOPS) {
    throw new Fault("protocol", `${name}: the site redirects in circles (more than ${MAX_HOPS} times).`, {
      ...detail,
      code: "redirect-loop",
      hint: "Look at the site's redirect rules and its own address in its settings.",
    });
  }
  return target;
}

function elsewhere(
  target: URL | undefined,
  from: URL,
  shown: string,
  name: string,
  detail: { readonly httpStatus: number },
): Fault {
  const secure =
    target !== undefined &&
    from.protocol === "http:" &&
    target.protocol === "https:" &&
    target.hostname === from.hostname;
  return new Fault("protocol", `${name}: the site redirects to ${shown}; credentials are not sent there.`, {
    ...detail,
    code: secure ? "redirected-to-https" : "redirected-elsewhere",
    hint:
      target === undefined
        ? "Look at the site's redirect rules."
        : `Connect to ${target.origin} instead${secure ? ": the site wants https" : ""}.`,
  });
}
