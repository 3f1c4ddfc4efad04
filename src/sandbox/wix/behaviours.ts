// What the sandbox does where Wix's documents are silent, and what it can be told to do wrong: all of it in one place.

/** May be changed while the sandbox runs. Numbers that count down to 0 are used up. */
export interface Behaviours {
  /** Requests in any minute, as documented. What more is asked is answered by `tooFast`. */
  perMinute: number;
  /** OBSERVED by Wix's own tools: bursts are answered by an empty 403. Documented is 429. */
  tooFast: 403 | 429;
  /** ASSUMED: a slug that another post has gets a number (`-1`), or is kept as it is. */
  slugCollision: "suffix" | "keep";
  /** OBSERVED: slugs that Wix keeps for itself are coerced; which these are is ASSUMED. */
  reservedSlugs: readonly string[];
  /** ASSUMED: a post shows in queries after so many milliseconds. */
  queryLagMs: number;
  /** A file is PENDING, and READY after so many milliseconds. */
  processingMs: number;
  /** Files that are sent end as FAILED. */
  processingFails: boolean;
  /** ASSUMED: search in the Media Manager sees a file after so many milliseconds. */
  searchLagMs: number;
  /** The key is an app's: it must name a member as a post's author. */
  needsAuthor: boolean;
  /** ASSUMED: whether UPDATE_PUBLISH brings an update live, or leaves that to the call that publishes. */
  updatePublishes: boolean;
  /** ASSUMED: SEO tags of other names than Wix's own are kept. */
  keepsCustomSeo: boolean;
  /** Seconds that the token of an app lives, as documented. */
  tokenLife: number;

  /** Called with each request before it is carried out; may change the store. */
  onRequest: ((method: string, path: string) => void) | undefined;
  /** So many requests are refused as too fast, whatever was asked before. */
  throttles: number;
  /** So many posts of bulk requests are refused, each by itself, in an answer of status 200. */
  refusesItems: number;
  /** So many are answered 502 before anything is done, and so many after everything was done. */
  badGatewayBefore: number;
  badGatewayAfterWrite: number;
  /** So many writes are carried out and their connection cut. */
  dropsAnswerAfterWrite: number;
  /** So many answers end in the middle. */
  halvesAnswers: number;
  /** A page in place of JSON, always. */
  htmlInstead: boolean;
  /** Milliseconds before each answer. */
  delayMs: number;
}

export function defaultBehaviours(): Behaviours {
  return {
    perMinute: 200,
    tooFast: 403,
    slugCollision: "suffix",
    reservedSlugs: ["blog", "search", "page", "tags", "categories", "hashtags"],
    queryLagMs: 0,
    processingMs: 1000,
    processingFails: false,
    searchLagMs: 0,
    needsAuthor: false,
    updatePublishes: true,
    keepsCustomSeo: true,
    tokenLife: 14_400,
    onRequest: undefined,
    throttles: 0,
    refusesItems: 0,
    badGatewayBefore: 0,
    badGatewayAfterWrite: 0,
    dropsAnswerAfterWrite: 0,
    halvesAnswers: 0,
    htmlInstead: false,
    delayMs: 0,
  };
}
