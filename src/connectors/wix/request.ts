// Parts of an entry as Wix takes them. Pure.
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { bodyValue } from "./body.ts";
import type { Action } from "./bulk.ts";
import { LARGEST } from "./kinds.ts";
import { stateOf, type Whole } from "./rows.ts";
import { SEO_PARTS, seoWith } from "./seo.ts";
import { fits } from "./slug.ts";

export interface Request {
  readonly post: JsonObject;
  /** Fields of the post that are to change; one that it lacks is cleared. */
  readonly mask: readonly string[];
  readonly action: Action;
  /** When it is to go live, for UPDATE_SCHEDULE. */
  readonly at: string | undefined;
}

interface Around {
  /** The site's time, in ms since 1970. */
  readonly now: number;
  readonly current: Whole | undefined;
  /** Of a create, to find it by. */
  readonly key: string | undefined;
}

/** Throws `invalid`, unsent, for a part that Wix does not know or would cut. */
export function requestOf(wire: JsonObject, { now, current, key }: Around): Request {
  const post: Record<string, Json> = {};
  const mask: string[] = [];
  for (const [name, value] of Object.entries(wire)) {
    for (const [field, sent] of Object.entries(partOf(name, value))) {
      mask.push(field);
      if (sent !== undefined) post[field] = sent;
    }
  }
  const seo = seoWith(current?.seoData, wire, key);
  if (seo !== undefined) {
    post.seoData = seo;
    mask.push("seoData");
  }
  const { action, at } = actionOf(wire, now, current);
  if (typeof wire.date === "string" && action !== "UPDATE_SCHEDULE") {
    post.firstPublishedDate = wire.date;
    mask.push("firstPublishedDate");
  }
  return { post, mask, action, at };
}

type Parts = Readonly<Record<string, Json | undefined>>;

function partOf(name: string, value: Json): Parts {
  if (SEO_PARTS.some((part) => part === name)) return {};
  switch (name) {
    case "title":
    case "excerpt":
      return { [name]: value };
    case "slug":
      return { seoSlug: slugPart(String(value)) };
    case "status":
    case "date":
      return {};
    case "tags":
      return { tagIds: idsIn(name, value) };
    case "categories":
      return { categoryIds: idsIn(name, value) };
    case "author":
      return { memberId: value === "" ? undefined : value };
    case "featured":
      return { featured: value };
    case "comments":
      return { commentingEnabled: value };
    case "image":
      return coverOf(value);
    case "body":
      return { richContent: bodyOf(String(value)) };
    default:
      throw new Fault("invalid", `${name}: Wix has no such field`, { code: "unknown-part", unsent: true });
  }
}

function slugPart(slug: string): string {
  if (fits(slug)) return slug;
  throw new Fault(
    "invalid",
    `slug "${slug}" is longer than 100 characters as an address, which Wix refuses`,
    {
      code: "invalid-slug",
      unsent: true,
      hint: "say a shorter `slug:`; letters outside ASCII count six characters or more",
    },
  );
}

/** Wix drops ids that it does not know in silence, so names without one must not be sent. */
function idsIn(name: string, value: Json): Json {
  const list = Array.isArray(value) ? value.map(String) : [];
  const missing = list.find((id) => id.startsWith("#new "));
  if (missing === undefined) return list;
  throw new Fault("invalid", `${name}: "${missing.replace(/^#new /, "")}" is not on the site yet`, {
    code: `wix.unknown-${name}`,
    unsent: true,
  });
}

/** A cover shows only where both fields name it. */
function coverOf(value: Json): Parts {
  const { id, alt } = (isObject(value) ? value : {}) as JsonObject;
  if (typeof id !== "string" || id === "") {
    return { heroImage: undefined, media: { displayed: false, custom: false } };
  }
  if (id.startsWith("sha256:")) {
    throw new Fault("invalid", "image: the file is not uploaded yet", {
      code: "wix.not-uploaded",
      unsent: true,
    });
  }
  const altText = typeof alt === "string" && alt !== "" ? { altText: alt } : {};
  return {
    heroImage: { id },
    media: { displayed: true, custom: true, wixMedia: { image: { id } }, ...altText },
  };
}

function bodyOf(text: string): Json {
  const size = Buffer.byteLength(text);
  if (size <= LARGEST) return bodyValue(text);
  throw new Fault(
    "invalid",
    `body: ${Math.ceil(size / 1024)} kB as rich content, and Wix takes ${LARGEST / 1024} kB of a post`,
    { code: "too-large", unsent: true, hint: "part the document into two" },
  );
}

/** Live now, at its time, or not: what its date says counts. What is live stays live with every change. */
function actionOf(wire: JsonObject, now: number, current: Whole | undefined): Pick<Request, "action" | "at"> {
  const state = current === undefined ? "draft" : (stateOf(current) ?? "draft");
  const wanted = wire.status ?? state;
  if (wanted === "published" || wanted === "scheduled") {
    const date = String(wire.date ?? current?.scheduledPublishDate ?? "");
    const isAhead = Date.parse(date) > now;
    return isAhead && (wanted === "scheduled" || wire.date !== undefined)
      ? { action: "UPDATE_SCHEDULE", at: new Date(date).toISOString() }
      : { action: "UPDATE_PUBLISH", at: undefined };
  }
  if (state === "published") return { action: "UPDATE_REVERT_TO_DRAFT", at: undefined };
  if (state === "scheduled") return { action: "UPDATE_CANCEL_SCHEDULE", at: undefined };
  return { action: "UPDATE", at: undefined };
}
