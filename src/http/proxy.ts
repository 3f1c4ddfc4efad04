import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { isIP } from "node:net";
import * as tls from "node:tls";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { Fault } from "../lib/fault.ts";
import { redactUrl } from "../lib/redact.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address: the connection's own, else HTTPS_PROXY or HTTP_PROXY unless NO_PROXY covers the host.
 * This machine's own loopback addresses never go through a proxy of the environment, which could not reach them.
 */
export function proxyFor(address: string, own: string | undefined, env: Environment): string | undefined {
  if (own !== undefined && own !== "") return checkedProxy(own);
  const url = new URL(address);
  const named =
    url.protocol === "https:" ? (env.https_proxy ?? env.HTTPS_PROXY) : (env.http_proxy ?? env.HTTP_PROXY);
  if (named === undefined || named === "" || isLoopback(url.hostname)) return undefined;
  if (matchesNoProxy(url, env.no_proxy ?? env.NO_PROXY ?? "")) return undefined;
  return checkedProxy(named);
}

/** The address with its scheme. Throws `usage` for what is none, or not of a kind that can be used. */
export function checkedProxy(text: string): string {
  const full = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw new Fault("usage", `"${redactUrl(text)}" is not the address of a proxy that can be used.`, {
      hint: "Write it as http://host:port. SOCKS proxies are not supported.",
    });
  }
  return full;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."))
  );
}

/** Entries are host names, `.domain` or `domain` (with everything below), each with an optional port, or `*`. */
function matchesNoProxy(url: URL, list: string): boolean {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", wanted] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (wanted !== undefined && wanted !== port) return false;
      const domain = name.replace(/^\*?\./, "");
      return domain !== "" && (url.hostname === domain || url.hostname.endsWith(`.${domain}`));
    });
}

export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** Connections that are kept for the next request, through the proxy where there is one. */
export function createAgents(proxy: string | undefined): Agents {
  const keep = { keepAlive: true };
  if (proxy === undefined) return { http: new HttpAgent(keep), https: new HttpsAgent(keep) };
  // Both extend the same `http.Agent`; a tunnel carries TLS without being node's own https agent.
  return {
    http: new HttpProxyAgent(proxy, keep) as unknown as HttpAgent,
    https: new HttpsProxyAgent(proxy, keep) as unknown as HttpsAgent,
  };
}

/** Node's own roots, the ones NODE_EXTRA_CA_CERTS added where node can tell, and the given PEM text. */
export function trustedRoots(caPem: string): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: "default") => string[] };
  return [...(getCACertificates?.("default") ?? tls.rootCertificates), caPem];
}
