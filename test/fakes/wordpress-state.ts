// What the fake site holds, and its misbehaviours.
import type { Answer } from "./wordpress-routes.ts";

export interface FakePost {
  id: number;
  type: "post" | "page";
  slug: string;
  status: string;
  title: string;
  content: string;
  excerpt: string;
  /** UTC, `YYYY-MM-DDTHH:MM:SS`. */
  date: string;
  modified: string;
  author: number;
  parent: number;
  featured_media: number;
  sticky: boolean;
  template: string;
  comment_status: string;
  format: string;
  password: string;
  categories: number[];
  tags: number[];
  meta: Record<string, unknown>;
  /** How many revisions its links count. */
  revisions: number;
  /** Revisions with their texts, oldest first. */
  texts: FakeRevision[];
  /** The slug that it had before it went to the trash. */
  desired: string;
}

export interface FakeRevision {
  readonly id: number;
  readonly slug: string;
  /** UTC, as dates of posts. */
  readonly date: string;
  readonly author: number;
  readonly title: string;
  readonly content: string;
  readonly excerpt: string;
}

export interface FakeTerm {
  readonly id: number;
  readonly taxonomy: "categories" | "tags";
  readonly name: string;
  readonly slug: string;
  readonly parent: number;
}

export interface FakeMedia {
  readonly id: number;
  readonly slug: string;
  readonly source_url: string;
  readonly mime_type: string;
  readonly alt_text: string;
}

export interface State {
  url: string;
  nextId: number;
  readonly posts: Map<number, FakePost>;
  readonly terms: FakeTerm[];
  readonly media: FakeMedia[];
  /** Answers given to requests with credentials so far. */
  authenticated: number;
}

export interface Quirks {
  /** Awaited before a write is carried out. */
  beforeWrite?: () => Promise<void>;
  /** The site's time zone, an IANA name, or an offset as `+05:30`; UTC where none is given. */
  timezone?: string;
  /** The web server removes the Authorization header. */
  stripsAuthorization?: boolean;
  /** Credentials stop counting after so many requests, and readings become a visitor's. */
  anonymousAfter?: number;
  /** From so many requests on another user is answered. */
  otherUserAfter?: number;
  /** The edit context is ignored: entries come as visitors see them. */
  ignoresContext?: boolean;
  /** A page in place of JSON. */
  htmlInstead?: boolean;
  /** Roles' HTML filter. */
  kses?: boolean;
  /** No revisions in `_links`. */
  revisionsOff?: boolean;
  /** So many writes are carried out and their connection cut. */
  dropsAnswerAfterCommit?: number;
  badGatewayAfterCommit?: number;
  /** PHP dies in a hook after each write. */
  fatalErrorAfterCommit?: boolean;
  /** An equal term appears while ours is being created. */
  termRace?: boolean;
  /** Somebody else takes the slug right before the entry is stored. */
  slugRace?: boolean;
  /** A plug-in puts this before each slug. */
  slugPrefix?: string;
  /** An answer with offset > 0 lacks its rows. */
  pageMissing?: boolean;
  /** X-WP-Total is so much too large. */
  totalLies?: number;
  /** A proxy removes X-WP-Total. */
  totalMissing?: boolean;
  /** Called with each listing answer; may change the state between pages. */
  betweenPages?: (state: State) => void;
  /** A plug-in, or another version of WordPress, that gives answers another form. */
  rewrites?: (path: string, body: unknown) => unknown;
  /** A security plug-in closes the list of users. */
  usersClosed?: boolean;
  /** A cache answers. */
  cached?: boolean;
  /** Custom fields are refused after the entry is stored. */
  metaRefusedAfterPublish?: boolean;
  /** The trash is turned off (EMPTY_TRASH_DAYS 0). */
  trashOff?: boolean;
  /** Elementor is installed and owns these entries. */
  elementor?: readonly number[];
  /** The web server takes no body above this. */
  bodyLimit?: number;
  /** No route for batches: WordPress before 5.6, or a plug-in. */
  batchOff?: boolean;
  /** Kinds do not say that they may travel in batches: WordPress before 5.9. */
  batchNotAllowed?: boolean;
  /** A plug-in lowers the number of requests in a batch. */
  batchMost?: number;
  /** PHP dies in the next batch after so many of its requests, without an answer. */
  batchDiesAfter?: number;
  /** A plug-in's own answer to a request in a batch, which is not carried out then. */
  answersInBatch?: (path: string, body: string) => Answer | undefined;
  /** Something in front of WordPress refuses the requests that this is true for. */
  firewall?: (path: string, body: string) => boolean;
  /** It does so by reading the answer: the request was carried out. */
  firewallReadsAnswers?: boolean;
  /** So many answers to writes end in the middle. */
  halvesAnswers?: number;
}

export function emptyState(): State {
  const uncategorized: FakeTerm = {
    id: 1,
    taxonomy: "categories",
    name: "Uncategorized",
    slug: "uncategorized",
    parent: 0,
  };
  return { url: "", nextId: 10, posts: new Map(), terms: [uncategorized], media: [], authenticated: 0 };
}

export const stamp = (ms: number) => new Date(ms).toISOString().slice(0, 19);

/** Stores a post as somebody in the CMS would. */
export function addPost(state: State, fields: Partial<FakePost>): FakePost {
  const id = state.nextId;
  state.nextId += 1;
  const now = stamp(Date.now());
  const post: FakePost = {
    id,
    type: "post",
    slug: `post-${id}`,
    status: "publish",
    title: "",
    content: "",
    excerpt: "",
    date: now,
    modified: now,
    author: 1,
    parent: 0,
    featured_media: 0,
    sticky: false,
    template: "",
    comment_status: "open",
    format: "standard",
    password: "",
    categories: [],
    tags: [],
    meta: {},
    revisions: 0,
    texts: [],
    desired: "",
    ...fields,
  };
  state.posts.set(id, post);
  return post;
}

/** Keeps what the post says as a revision, or as an autosave what somebody has typed. */
export function addRevision(
  state: State,
  post: FakePost,
  author: number,
  typed?: Pick<FakePost, "title" | "content" | "excerpt">,
): void {
  const { title, content, excerpt } = typed ?? post;
  const slug = `${post.id}-${typed === undefined ? "revision" : "autosave"}-v1`;
  post.texts.push({ id: state.nextId, slug, date: post.modified, author, title, content, excerpt });
  post.revisions += 1;
  state.nextId += 1;
}

/** WordPress's own way out of a taken slug. */
export function freeSlug(
  state: State,
  type: FakePost["type"],
  slug: string,
  parent: number,
  except: number,
): string {
  const taken = (candidate: string) =>
    [...state.posts.values()].some(
      (post) =>
        post.id !== except &&
        post.type === type &&
        post.slug === candidate &&
        (type === "post" || post.parent === parent),
    );
  if (slug === "" || !taken(slug)) return slug;
  let suffix = 2;
  while (taken(`${slug}-${suffix}`)) suffix += 1;
  return `${slug}-${suffix}`;
}
