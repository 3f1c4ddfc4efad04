// A key that comes as a certificate whose address the delivery names. The address is anybody's word until it is held against
// the provider's own, and the certificate until its chain leads to an authority that Node trusts.
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { Mode } from "./provider.ts";
import type { SignedDelivery } from "./signed.ts";
import type { Key } from "./signing-keys.ts";

export interface CertificateParts {
  readonly mode: Mode;
  /** PEM text from an address that was held against the provider's; undefined where it could not be had. */
  readonly certificate?: (url: string) => Promise<string | undefined>;
  /** PEM texts of authorities; node's own where absent. */
  readonly roots?: readonly string[];
}

type Pinned = NonNullable<SignedDelivery["certificate"]>;

interface Named {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly now: number;
}

/**
 * The key; `wrong-signature` for an address that is not the provider's, `unverifiable` where the certificate there could not
 * be had, or is none that can be trusted.
 */
export async function certificateKey(
  pinned: Pinned,
  { headers, now }: Named,
  { mode, certificate, roots = rootCertificates }: CertificateParts,
): Promise<Key | "unsigned" | "wrong-signature" | "unverifiable"> {
  const address = headers[pinned.header.toLowerCase()];
  if (address === undefined) return "unsigned";
  if (!isPinned(address, pinned, mode)) return "wrong-signature";
  const pem = await certificate?.(address);
  if (pem === undefined) return "unverifiable";
  const chain = readChain(pem);
  const [leaf] = chain;
  if (leaf === undefined) return "unverifiable";
  const named = pinned.names.includes(commonName(leaf) ?? "");
  return named && leadsToRoot(chain, roots, now) ? leaf.publicKey : "unverifiable";
}

/** https, the usual port, the one host of this mode, below the one path, and nothing that could lead elsewhere. */
export function isPinned(address: string, { hosts, path }: Pinned, mode: Mode): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  const known = mode === "unknown" ? [hosts.live, hosts.test] : [hosts[mode]];
  const plain =
    url.username === "" && url.password === "" && url.port === "" && url.search === "" && url.hash === "";
  const below = url.pathname.startsWith(path) && /^[\w-]+$/.test(url.pathname.slice(path.length));
  return url.protocol === "https:" && known.includes(url.hostname) && plain && below && address === url.href;
}

/** The provider's own first. Empty where a certificate cannot be read. */
function readChain(pem: string): readonly X509Certificate[] {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return texts.slice(0, 6).map((text) => new X509Certificate(text));
  } catch {
    return [];
  }
}

function commonName({ subject }: X509Certificate): string | undefined {
  return /^CN=(.+)$/m.exec(subject)?.[1];
}

/** Each was issued by an authority that follows, the last one by a root; none is expired. */
function leadsToRoot(chain: readonly X509Certificate[], roots: readonly string[], now: number): boolean {
  const trusted = roots.map((text) => new X509Certificate(text));
  let current = chain[0];
  for (let hops = 0; current !== undefined && hops < 6; hops += 1) {
    if (!isCurrent(current, now)) return false;
    const holder: X509Certificate = current;
    if (trusted.some((root) => isCurrent(root, now) && isIssuedBy(holder, root))) return true;
    current = chain.find((each) => each !== holder && isIssuedBy(holder, each));
  }
  return false;
}

function isIssuedBy(holder: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && holder.checkIssued(authority) && holder.verify(authority.publicKey);
}

function isCurrent({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
