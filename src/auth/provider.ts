// OAuth 2 providers as data. The flows are written once, in oauth.ts.

/**
 * An OAuth 2 provider as its vendor documents it. `{url}` in an address stands for the connection's own, without a final
 * slash.
 */
export interface OAuthProvider {
  /** Absent where there is no page for people: client credentials only. */
  readonly authorize?: string;
  readonly token: string;
  readonly revoke?: string;
  /** What is asked for. */
  readonly scopes: readonly string[];
  readonly scopeSeparator: " " | ",";
  readonly pkce: boolean;
  /** How the client says who it is at the token endpoint: in the body, in a Basic header, or by its id alone. */
  readonly client: "post" | "basic" | "public";
  /** RFC 6749 says form; some vendors take JSON. */
  readonly tokenBody: "form" | "json";
  /** Vendors match the address exactly: what the operator registers is `http://<host>:<port><path>`. */
  readonly redirect: {
    readonly host: "127.0.0.1" | "localhost";
    readonly port: number;
    readonly path: string;
  };
  /** Sent besides the standard ones. */
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  readonly tokenParameters?: Readonly<Record<string, string>>;
  /** Sent besides, out of the connection's settings: parameter -> setting, which must not be empty. */
  readonly tokenSettings?: Readonly<Record<string, string>>;
  /** RFC 9207: the issuer that a callback must name where it names one. */
  readonly issuer?: string;
  /** The callback is signed with the client's secret, and names the shop, as Shopify does it. */
  readonly signedCallback?: "shopify";
  /** Refresh tokens are used once: each refresh brings a new one. */
  readonly rotates: boolean;
}

/** Where a token stands in a request: `{ name: "authorization", scheme: "Bearer" }`; without a scheme it stands alone. */
export interface TokenHeader {
  /** In lower case. */
  readonly name: string;
  readonly scheme?: string;
}

/** The app at the vendor, as its developer page shows it. */
export interface OAuthClient {
  readonly id: string;
  readonly secret?: string;
}

/** What a token endpoint gave. Secret. Times in ms since 1970, by this machine's clock. */
export interface TokenSet {
  readonly access: string;
  readonly refresh?: string;
  readonly obtainedAt: number;
  readonly expiresAt?: number;
  readonly refreshExpiresAt?: number;
  readonly scopes: readonly string[];
}
