// What the sandbox does where Shopify's documents are silent, and what it can be told to do wrong: all of it in one place.
import type { BulkEnd } from "./state.ts";

/** May be changed while the sandbox runs. Numbers that count down to 0 are used up. */
export interface Behaviours {
  /** ASSUMED: an explicit handle that is in use is refused (`TAKEN`), or given a suffix (`-1`). */
  handleCollision: "taken" | "suffix";
  /**
   * ASSUMED: what Shopify does to HTML. `none`: nothing; `scripts`: script elements and `on…` attributes go;
   * `tidy`: that, void elements lose their slash, and white space at the ends goes.
   */
  cleansHtml: "none" | "scripts" | "tidy";
  /** ASSUMED: filters (`query:`) do not see what was created less than so many milliseconds ago. */
  searchLagMs: number;
  /** ASSUMED: a file is UPLOADED, then PROCESSING, and READY after so many milliseconds. */
  processingMs: number;
  /** ASSUMED: a bulk operation ends after so many milliseconds; its lines are all carried out then. */
  bulkMs: number;
  /** How those that are begun now will end; unless COMPLETED, with only so many lines carried out. */
  bulkEnds: BulkEnd;
  bulkDone: number;
  /** Bulk mutations that may run at one time: 5 from 2026-01 on. */
  bulkLimit: number;
  /** Points in the bucket, and points that come back in a second: those of a Standard plan. */
  maximumAvailable: number;
  restoreRate: number;
  /** Points that one request may ask for. */
  singleQueryMaximum: number;
  /** Seconds that an expiring access token, a refresh token and one of client credentials live. The second is ASSUMED. */
  tokenLife: number;
  refreshLife: number;
  clientCredentialsLife: number;
  /** ASSUMED: what ends the former refresh token: the first refresh with its successor, or any use of what came with it. */
  refreshRetiredBy: "refresh" | "use";
  /** ASSUMED: a refresh token that was retired and comes again ends all tokens of its family. */
  reuseEndsFamily: boolean;
  /** ASSUMED: an app that was given no secret of ours may exchange a code with PKCE alone, as Shopify's own CLI does. */
  pkceWithoutSecret: boolean;
  /** ASSUMED: `write_content` stands for `read_content` too in what a token endpoint lists. */
  shortensScopes: boolean;

  /** Called with each GraphQL document before it is carried out; may change the store. */
  onRequest: ((query: string) => void) | undefined;
  /** So many requests of the Admin interface are refused as throttled, whatever the bucket holds. */
  throttles: number;
  /** So many are answered 502 before anything is done, and so many after everything was done. */
  badGatewayBefore: number;
  badGatewayAfterWrite: number;
  /** So many writes are carried out and their connection cut. */
  dropsAnswerAfterWrite: number;
  /** So many writes are carried out and answered with INTERNAL_SERVER_ERROR and status 200. */
  internalErrorAfterWrite: number;
  /** So many answers end in the middle. */
  halvesAnswers: number;
  /** A page in place of JSON, always. */
  htmlInstead: boolean;
  /** Milliseconds before each answer. */
  delayMs: number;
  /** The version that answers name, whatever was asked for. */
  versionAnswered: string | undefined;
  /** Every access token is refused. */
  refusesTokens: boolean;
  /** So many answers of the token endpoint are lost after the tokens were made. */
  dropsTokenAnswers: number;
  /** So many uploads are refused, and so many files end as FAILED. */
  refusesUploads: number;
  failsFiles: number;
  /** So many results of bulk operations are not to be had. */
  losesResults: number;
}

export function defaultBehaviours(): Behaviours {
  return {
    handleCollision: "taken",
    cleansHtml: "none",
    searchLagMs: 0,
    processingMs: 1_000,
    bulkMs: 1_000,
    bulkEnds: "COMPLETED",
    bulkDone: 0,
    bulkLimit: 5,
    maximumAvailable: 2_000,
    restoreRate: 100,
    singleQueryMaximum: 1_000,
    tokenLife: 3_600,
    refreshLife: 90 * 86_400,
    clientCredentialsLife: 86_399,
    refreshRetiredBy: "refresh",
    reuseEndsFamily: true,
    pkceWithoutSecret: true,
    shortensScopes: true,
    onRequest: undefined,
    throttles: 0,
    badGatewayBefore: 0,
    badGatewayAfterWrite: 0,
    dropsAnswerAfterWrite: 0,
    internalErrorAfterWrite: 0,
    halvesAnswers: 0,
    htmlInstead: false,
    delayMs: 0,
    versionAnswered: undefined,
    refusesTokens: false,
    dropsTokenAnswers: 0,
    refusesUploads: 0,
    failsFiles: 0,
    losesResults: 0,
  };
}

/** Uses one up; false where none is left. */
export function takes(behaviours: Behaviours, name: Counted): boolean {
  if (behaviours[name] <= 0) return false;
  behaviours[name] -= 1;
  return true;
}

type Counted =
  | "throttles"
  | "badGatewayBefore"
  | "badGatewayAfterWrite"
  | "dropsAnswerAfterWrite"
  | "internalErrorAfterWrite"
  | "halvesAnswers"
  | "dropsTokenAnswers"
  | "refusesUploads"
  | "failsFiles"
  | "losesResults";

/** What has no switch and is not documented either; shown at the sandbox's own address. */
export const ASSUMED: readonly string[] = [
  "A handle is lower case letters, digits and hyphens; one that is given is brought into that form, one that is not is made from the title, with a suffix where it is in use.",
  "An article without isPublished and publishDate is published at once, as is documented for pages.",
  "isPublished false with a publishDate ahead is scheduled: isPublished turns true by itself when the time has come. With a date in the past it is hidden.",
  "Times have whole seconds; what changes nothing leaves updatedAt alone.",
  "A title may have 255 characters, the body of a page 512 KiB.",
  "An image of an article, and a file from another site, is taken over without being fetched; it has no width and height.",
  "A connection costs two points and what its nodes cost, a mutation 10 points whatever objects its answer holds (connections in it aside).",
  "The values of a metafield are kept as they were sent, once they fit their type.",
  "tagsAdd and the mutations of metafields want the write scope of what they change.",
  "A request that does not fit the schema is answered with status 200 and the words of graphql-js.",
  "A version that is older than all is served by the oldest, one that is newer than all does not exist.",
  "A handle filter compares whole handles; a filter that does not exist is ignored with a warning in extensions.search.",
  "The access token of a refresh leaves the one before valid until its own end.",
  "Of webhook subscriptions the sandbox keeps a list; it delivers nothing.",
];
