import { isIP } from "node:net";
import { environmentNames } from "../auth/environment.ts";
import { Fault } from "../lib/fault.ts";
import { getConnection } from "../store/connections.ts";
import type { Context } from "./context.ts";

/** The platform, else `<platform>-<host label>`, unless that stands for the same address already. */
export function freeName(context: Context, platform: string, url: string): string {
  const taken = (name: string): boolean => {
    const known = getConnection(context.store(), name);
    return (known !== undefined && known.url !== url) || environmentNames(context.env).includes(name);
  };
  const label = hostLabel(url);
  const base = label === "" ? platform : `${platform}-${label}`;
  const candidates = [platform, base, ...Array.from({ length: 98 }, (_, index) => `${base}-${index + 2}`)];
  const name = candidates.find((candidate) => !taken(candidate));
  if (name !== undefined) return name;
  throw new Fault("usage", "No free name could be found for this connection.", {
    hint: "Choose one with --name.",
  });
}

function hostLabel(url: string): string {
  const host = /^https?:/.test(url)
    ? new URL(url).hostname
    : (url.split(/[\\/]/).filter(Boolean).at(-1) ?? "");
  const first = isIP(host) === 0 ? (host.replace(/^www\./, "").split(".")[0] ?? "") : host;
  return first
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}
