// How providers sign what they tell, and what their deliveries say, as data for the one verifier.
import type { Condition, JsonPath, RequestTemplate } from "./provider.ts";

/** How a delivery's body names what happened. */
export interface EventShape {
  /** JSON, or fields of a form. `items`: the body is (or holds, at that path) a list of events. */
  readonly format: "json" | "form";
  readonly items?: JsonPath;
  /** Unique for an event; the hash of the body, or of the item, where absent or not there. A header as `h:name`. */
  readonly key?: JsonPath;
  /** Besides the key: several members that together name an event are hashed. */
  readonly keys?: readonly JsonPath[];
  /** The first that is there; or `=words` where deliveries do not say. */
  readonly topic: JsonPath | readonly JsonPath[];
  readonly at?: { readonly path: JsonPath; readonly unit: "iso" | "s" | "ms" };
}

/** Names the field of the provider that holds the key. */
interface SignatureCommon {
  readonly secret: string;
  readonly event: EventShape;
}

/** One message, one algorithm, one key: all that sign fit in here. */
export interface SignedDelivery extends SignatureCommon {
  readonly kind: "signed";
  readonly header: string;
  /** Taken where the first is absent. */
  readonly otherHeaders?: readonly string[];
  /** `sha256`: a plain hash, of a message that holds the key. */
  readonly algorithm: "hmac-sha1" | "hmac-sha256" | "hmac-sha512" | "sha256" | "ecdsa-sha256" | "rsa-sha256";
  /** `HEX` is upper case. Case is no difference between hex signatures. */
  readonly encoding: "hex" | "HEX" | "base64";
  /** How the key is kept. `spki`: base64 of a public key (or PEM). `whsec`: base64 after `whsec_`, else text. */
  readonly key: "text" | "base64" | "hex" | "spki" | "whsec" | "certificate";
  /** `whole`: the header is the signature after `prefix`. `pairs`: `t=…,v1=…`. `list`: several after `prefix`, separated by spaces. */
  readonly form:
    | { readonly kind: "whole"; readonly prefix?: string }
    | { readonly kind: "pairs"; readonly time: string; readonly signature: string }
    | { readonly kind: "list"; readonly prefix: string };
  /** `{ts} {body} {url} {sortedForm} {method} {secret} {crc32} {h:NAME}` and literal text. */
  readonly message: string;
  /** How far the signed time may lie from ours, to either side. */
  readonly time?: { readonly header?: string; readonly unit: "s" | "ms" | "iso"; readonly windowMs: number };
  /** `bodySHA256` in the query of a JSON delivery is held against the body. */
  readonly bodyHash?: { readonly parameter: string };
  /** The signed address may have its usual port written or not. */
  readonly portVariants?: true;
  /** Percent escapes of the address that are signed decoded. */
  readonly decodedUrl?: true;
  /** Key `certificate`: where its address stands, which hosts and path it may have, and its name. */
  readonly certificate?: {
    readonly header: string;
    readonly hosts: Readonly<Record<"live" | "test", string>>;
    readonly path: string;
    readonly names: readonly string[];
  };
  /** Older ways, which name no time, by the text of a field: only what it says is taken. */
  readonly versions?: {
    readonly by: string;
    readonly at: Readonly<
      Record<string, Pick<SignedDelivery, "header" | "algorithm" | "encoding" | "message">>
    >;
  };
  /** Asked where the signature cannot be verified here. */
  readonly postback?: { readonly request: RequestTemplate; readonly success: Condition };
}

export type Signature =
  | SignedDelivery
  /** A header whose text is the secret. */
  | (SignatureCommon & { readonly kind: "header-secret"; readonly header: string; readonly prefix?: string })
  /** Not signed: a parameter of the address is the secret. */
  | (SignatureCommon & { readonly kind: "url-secret"; readonly parameter: string });
