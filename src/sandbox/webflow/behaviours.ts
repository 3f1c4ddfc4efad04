// What the sandbox does where Webflow's documents are silent, and what it can be told to do wrong: all of it in one place.

export interface Asked {
  readonly method: string;
  /** Below `/v2`, with its query. */
  readonly path: string;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** May be changed while the sandbox runs. Numbers that count down to 0 are used up. */
export interface Behaviours {
  /** Requests in a minute: 60 on Starter and Basic, 120 on CMS and Business plans. */
  perMinute: number;
  /** ASSUMED: what `Retry-After` says with a 429, in seconds; `window`: until the minute is over. */
  retryAfter: number | "window";
  /** What becomes of code blocks: what stands in them goes, as is documented, or (ASSUMED) the whole rich text does. */
  emptiesCode: "code" | "field";
  /** ASSUMED: what Webflow does to other rich text. `designer`: as after a save in the Designer. */
  cleansHtml: "none" | "designer";
  /** ASSUMED: a request of several items of which one is refused does nothing, or makes those before it. */
  batchRefusal: "whole" | "partial";
  /** ASSUMED: the slug that an item has already, sent again, is refused as taken. Reported by several users. */
  ownSlugIsTaken: boolean;
  /** ASSUMED: an upload of bytes that the site has already is the asset of then, or another one. */
  sameHash: "same" | "another";
  /** The site has never been published, or its domains at different times: publishing items is refused (409). */
  outOfStep: boolean;
  /** Seconds between two publications of the site. */
  sitePublishGap: number;
  /** ASSUMED: filters and listings do not see what was written less than so many milliseconds ago. */
  listLagMs: number;
  /** A site token may not look at itself. */
  introspects: boolean;

  /** Called with each request of the Data API before it is carried out; may change the store. */
  onRequest: ((method: string, path: string) => void) | undefined;
  /** Called with each of its answers, before any of the mishaps below. */
  onAnswer: ((asked: Asked, answered: Answered) => void) | undefined;
  /** So many requests of the Data API are refused with 429, whatever the minute holds. */
  throttles: number;
  /** So many are answered 502 before anything is done, and so many writes after everything was done. */
  badGatewayBefore: number;
  badGatewayAfterWrite: number;
  /** So many writes are carried out and their connection cut. */
  dropsAnswerAfterWrite: number;
  /** So many writes are carried out and answered with status 500 and Webflow's own error. */
  internalErrorAfterWrite: number;
  /** So many answers end in the middle. */
  halvesAnswers: number;
  /** A page in place of JSON, always. */
  htmlInstead: boolean;
  /** Milliseconds before each answer. */
  delayMs: number;
  /** Every access token is refused. */
  refusesTokens: boolean;
  /** So many uploads are refused by the storage. */
  refusesUploads: number;
  /** So many items of publications are named in `errors`. */
  failsPublishing: number;
}

export function defaultBehaviours(): Behaviours {
  return {
    perMinute: 60,
    retryAfter: "window",
    emptiesCode: "code",
    cleansHtml: "none",
    batchRefusal: "whole",
    ownSlugIsTaken: true,
    sameHash: "same",
    outOfStep: false,
    sitePublishGap: 60,
    listLagMs: 0,
    introspects: false,
    onRequest: undefined,
    onAnswer: undefined,
    throttles: 0,
    badGatewayBefore: 0,
    badGatewayAfterWrite: 0,
    dropsAnswerAfterWrite: 0,
    internalErrorAfterWrite: 0,
    halvesAnswers: 0,
    htmlInstead: false,
    delayMs: 0,
    refusesTokens: false,
    refusesUploads: 0,
    failsPublishing: 0,
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
  | "refusesUploads"
  | "failsPublishing";

/** What has no switch and is not documented either; shown at the sandbox's own address. */
export const ASSUMED: readonly string[] = [
  "The minute of the rate limit begins with its first request; what is refused counts, too.",
  "An item that is created live is in the listing of staged items as well, published.",
  "A slug is unique in its collection and language; letters, digits, hyphens and underscores are kept, anything else is refused.",
  "Publishing an item leaves lastUpdated alone and sets isDraft to false; unpublishing sets lastPublished to null.",
  "Deleting an item takes it off the live site, too.",
  "A field that the collection does not have, a value of the wrong type and an unknown key of a request are refused with details.",
  "Cleared fields are left out of answers.",
  "An image or a file that is named by an address is taken over under a new id, and keeps its name behind it.",
  "HTML of a rich text is kept as it was sent, code blocks aside.",
  "Filters compare whole names and slugs; a listing without an order is in the order of creation, newest first.",
  "An asset is listed once its bytes are there.",
  "An item whose language is none of the site's is refused with 400, one that is not there in a language is not found.",
];
