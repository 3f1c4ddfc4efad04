import { lookup } from "node:dns/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Networks of IPv4 that are nobody's on the internet: of this machine, of a company, of a cloud's own services. */
const CLOSED_4 = blockList("ipv4", [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
]);
/** All that is handed out to anybody; within it, networks that lead to an IPv4 address, and examples. */
const OPEN_6 = blockList("ipv6", [["2000::", 3]]);
const CLOSED_6 = blockList("ipv6", [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]);

function blockList(family: "ipv4" | "ipv6", networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of networks) list.addSubnet(net, prefix, family);
  return list;
}

/** Whether an IP address is one of the public internet. False for what is no address. */
export function isPublicIp(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !CLOSED_4.check(address, "ipv4");
  return family === 6 && OPEN_6.check(address, "ipv6") && !CLOSED_6.check(address, "ipv6");
}

/** Thrown as the error of a connection to an address that is not public. */
export const NOT_PUBLIC = "ENOTPUBLIC";

function notPublic(host: string): Error {
  return Object.assign(new Error(`${host} is not an address of the public internet`), { code: NOT_PUBLIC });
}

/** Throws for a host that is, or whose name leads to, an address that is not open. */
export async function refuseClosed(hostname: string, isOpen: (ip: string) => boolean): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }];
  if (found.some(({ address }) => !isOpen(address))) throw notPublic(host);
}

/**
 * Finds names for a connection, which then goes to the very address that was judged: a name that leads elsewhere the
 * next time it is asked for changes nothing.
 */
export function lookupAmong(isOpen: (ip: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }).then(
      (found) => {
        const [first] = found;
        if (first === undefined || found.some(({ address }) => !isOpen(address))) {
          done(notPublic(hostname), "", 0);
        } else if (options.all === true) done(null, found);
        else done(null, first.address, first.family);
      },
      (cause: NodeJS.ErrnoException) => done(cause, "", 0),
    );
  };
}
