// What a connector says about itself: data, loaded at start-up.
import type { OAuthProvider, TokenHeader } from "../auth/provider.ts";
import type { SigningKey } from "../auth/signed-token.ts";
import type { Tells } from "../http/told.ts";
import type { ConnectorModule } from "./contract.ts";

export interface Manifest {
  /** Folder name, command-line name and database key. Never changes. */
  readonly id: string;
  readonly title: string;
  /** Page under docs/ of this project. */
  readonly docs: string;
  /** What `--url` means here, for prompts and help. */
  readonly address: { readonly label: string; readonly example: string };
  /** In order of preference; the first is what `connect` offers. */
  readonly auth: readonly [AuthMethod, ...AuthMethod[]];
  /** How the connection may be tuned in AINSTEIN_HOME (`connect --set name=value`). */
  readonly settings: readonly Setting[];
  readonly pace: Pace;
  /** Kind of a document that names none. */
  readonly defaultKind: string;
  /** Imports the code on first use, so a platform that is not used costs nothing. */
  load(): Promise<ConnectorModule>;
}

export interface Setting {
  readonly name: string;
  readonly label: string;
  readonly values?: readonly string[];
  readonly fallback: string;
}

/** How fast a vendor may be asked, as its documentation says. Enforced by the HTTP client, never in a connector. */
export interface Pace {
  /** Requests, or units of cost, per second over a longer time; Infinity where the vendor states no limit. */
  readonly perSecond: number;
  /** Seconds of the window in which the vendor counts: 60 for "60 per minute". 1 where absent. */
  readonly window?: number;
  /** Plans differ: the usual headers of every answer say how many requests the window takes. */
  readonly limitTold?: true;
  /** Units that may be spent at once, of a bucket that fills up by `perSecond`; absent where the vendor counts strictly. */
  readonly burst?: number;
  /** Requests at one time; as politeness has it where absent, and found out where the vendor states no limit at all. */
  readonly concurrency?: number;
  readonly tells?: Tells;
}

/** How a vendor lets a tool in. Data: the flows are written once, in src/auth. */
export type AuthMethod =
  | { readonly type: "none"; readonly id: string; readonly title: string }
  | {
      /** User name and secret in an `Authorization: Basic` header. */
      readonly type: "basic";
      readonly id: string;
      readonly title: string;
      readonly username: string;
      readonly password: string;
      /** A page of the site that creates the secret and sends it back to a loopback address. */
      readonly handOff?: boolean;
    }
  | {
      /** A token that was made by hand on a page of the vendor's. */
      readonly type: "token";
      readonly id: string;
      readonly title: string;
      /** What the vendor calls it, for prompts. */
      readonly label: string;
      readonly sentAs: TokenHeader;
      /** What was made by hand is a key, never sent: each request carries a token that is signed with it. */
      readonly signs?: SigningKey;
    }
  | {
      readonly type: "oauth";
      readonly id: string;
      readonly title: string;
      /** `code`: a person consents in a browser. `client-credentials`: the app signs in by itself. */
      readonly grant: "code" | "client-credentials";
      readonly provider: OAuthProvider;
      readonly sentAs: TokenHeader;
    };
