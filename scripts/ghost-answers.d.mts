/** A site by the address it listens on, and an Admin API key of it. */
export interface GhostSite {
  readonly url: string;
  readonly key: string;
}

/** `body` is undefined where the answer has none. */
export interface GhostAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** One request to the Admin API: `address` begins below `/ghost/api/admin`. Signed with the key unless a header is given, "" for none. */
export function callGhost<Body = unknown>(
  site: GhostSite,
  method: string,
  address: string,
  body?: unknown,
  authorization?: string,
): Promise<GhostAnswer<Body>>;

/** What a site without content answers to the requests of fixtures/ghost/requests.json, in turn, as answers-<version>.json has it: ids as `<id>` and `<uuid>`, times as `<time>`, its address as `<site>`. */
export function ghostAnswers(
  site: GhostSite,
): Promise<readonly { readonly name: string; readonly status: number; readonly body: unknown }[]>;
