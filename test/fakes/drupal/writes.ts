// What a fake Drupal makes of writes.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Answer,
  type Asked,
  badRequest,
  cannotSet,
  data,
  notFound,
  Refused,
  unprocessable,
} from "./answers.ts";
import { nodeAs, termAs, textIn } from "./show.ts";
import {
  type Attributes,
  type Behaviours,
  BUNDLES,
  isRelated,
  MODERATED,
  type Node,
  type Reference,
  type State,
  seconds,
  type Text,
  type User,
} from "./state.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ADMINISTRATIVE = ["status", "created", "promote", "sticky"];
const READ_ONLY = ["revision_timestamp", "changed"];

interface Body {
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  readonly relationships: Readonly<
    Record<string, { readonly data: Reference | readonly Reference[] | null }>
  >;
}

export function bodyOf({ headers, bytes }: Asked): Body {
  if (headers["content-type"] !== "application/vnd.api+json") {
    throw new Refused(415, "Unsupported Media Type", 'No route found that matches "Content-Type"');
  }
  let parsed: { data?: Partial<Body> };
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString("utf8")) as typeof parsed;
  } catch {
    throw badRequest("Syntax error");
  }
  if (parsed.data?.type === undefined) throw badRequest('Resource object must include a "type".');
  const { type, id = "", attributes = {}, relationships = {} } = parsed.data;
  return { type, id, attributes, relationships };
}

export interface Site {
  readonly state: State;
  readonly behaviours: Behaviours;
}

const OWN = new Set([
  ...[
    "title",
    "status",
    "created",
    "promote",
    "sticky",
    "langcode",
    "path",
    "revision_log",
    "moderation_state",
  ],
  ...READ_ONLY,
]);

/** Everything about the values themselves: the same for POST and PATCH. */
function check(
  bundle: string,
  { attributes, relationships }: Body,
  user: User,
  { nodes, terms, files }: State,
): void {
  const fields = BUNDLES[bundle] ?? {};
  for (const [name, value] of Object.entries(attributes)) {
    const field = fields[name];
    if (!OWN.has(name) && (field === undefined || isRelated(field.type))) {
      throw unprocessable(`The attribute ${name} does not exist on the node--${bundle} resource type.`);
    }
    if (["created", "field_moment"].includes(name) && /\.\d+Z$/.test(String(value))) {
      throw unprocessable(
        `The specified date "${String(value)}" is not in an accepted format: "U" (UNIX timestamp)`,
      );
    }
    if (field?.type === "text_with_summary" || field?.type === "text_long") {
      if (field.type === "text_long" && value !== null && "summary" in (value as Attributes)) {
        throw unprocessable(
          `The property 'summary' does not exist on the '${name}' field of type 'text_long'. Writable properties are: 'value', 'format'.`,
        );
      }
      const format = (value as Attributes | null)?.format;
      if (format !== undefined && format !== null && !user.formats.includes(String(format))) {
        throw unprocessable(
          `${name}.0.format: The value you selected is not a valid choice.`,
          `/data/attributes/${name}/format`,
        );
      }
    }
    if (field?.type === "integer" && value !== null && !Number.isInteger(Number(value))) {
      throw unprocessable(
        "This value should be of the correct primitive type.",
        `/data/attributes/${name}/value`,
      );
    }
  }
  const title = attributes.title;
  if (title !== undefined && (title === null || title === "")) {
    throw unprocessable("title: This value should not be null.", "/data/attributes/title");
  }
  if (typeof title === "string" && [...title].length > 255) {
    throw unprocessable(
      "title.0.value: Title: may not be longer than 255 characters.",
      "/data/attributes/title/value",
    );
  }
  for (const [name, { data: found }] of Object.entries(relationships)) {
    if (name !== "uid" && !isRelated(fields[name]?.type ?? "")) {
      throw unprocessable(`The attribute ${name} does not exist on the node--${bundle} resource type.`);
    }
    for (const { type, id } of listOf(found)) {
      const there = type === "user--user" || terms.has(id) || files.has(id) || nodes.has(id);
      if (there) continue;
      const words = `The resource identified by \`${type}:${id}\` (given as a relationship item) could not be found.`;
      throw new Refused(404, "Not Found", words);
    }
  }
}

const listOf = (found: Reference | readonly Reference[] | null): readonly Reference[] =>
  found === null ? [] : Array.isArray(found) ? (found as readonly Reference[]) : [found as Reference];

/** Values as the database keeps them: whole fields. */
function keep(site: Site, node: Pick<Node, "bundle" | "nid">, lang: string, text: Text, body: Body): void {
  const { path, langcode: _, changed: __, revision_timestamp: ___, ...own } = body.attributes;
  for (const [name, value] of Object.entries(own)) {
    text.attributes[name] = kept(BUNDLES[node.bundle]?.[name]?.type ?? "", value);
  }
  if (MODERATED.has(node.bundle)) text.attributes.status = text.attributes.moderation_state === "published";
  for (const [name, { data: found }] of Object.entries(body.relationships)) {
    text.relationships[name] = listOf(found).map((reference) => whole(site.state, reference));
  }
  if (path !== undefined) keepAlias(site.state, node.nid, lang, text, path as Attributes);
}

function kept(type: string, value: unknown): unknown {
  if (type === "text_long" && value !== null) {
    const { value: text = "", format = null } = value as Attributes;
    return { value: text, format, processed: shown(String(text), format) };
  }
  if (type === "text_with_summary" && value !== null) {
    const { value: text = "", format = null, summary = null } = value as Attributes;
    return text === "" && (summary === null || summary === "")
      ? null
      : { value: text, format, processed: shown(String(text), format), summary };
  }
  if (type === "decimal" && value !== null) return Number(value).toFixed(2);
  if (type === "link" && value !== null) return { options: [], ...(value as Attributes) };
  if (type === "datetime" && typeof value === "string" && value.includes("T")) {
    return new Date(value).toISOString().replace(".000Z", "+00:00");
  }
  return value;
}

/** Tables and code blocks are not among the tags that this format lets through. */
const shown = (text: string, format: unknown) =>
  format === "basic_html" ? text.replace(/<\/?(?:table|thead|tbody|tr|th|td|pre)\b[^>]*>/g, "") : text;

function whole({ files }: State, { type, id, meta = {} }: Reference): Reference {
  if (type !== "file--file") return { type, id, meta: { drupal_internal__target_id: 1 } };
  const image = files.get(id)?.mime.startsWith("image/") === true;
  const said = image ? { alt: null, title: null, width: 1, height: 1 } : { display: null, description: null };
  return { type, id, meta: { ...said, ...meta, drupal_internal__target_id: files.get(id)?.fid } };
}

/** Without the number of the alias a second one is made, and the old one goes on answering. */
function keepAlias(
  state: State,
  nid: number,
  langcode: string,
  text: Text,
  { alias, pid }: Attributes,
): void {
  if (typeof pid === "number" && alias === null) {
    state.aliases.delete(pid);
    [text.alias, text.pid] = [null, null];
    return;
  }
  if (typeof alias !== "string") return;
  if (alias === "")
    throw new Refused(
      500,
      "Internal Server Error",
      "get_class(): Argument #1 ($object) must be of type object",
    );
  const number = typeof pid === "number" ? pid : state.next.pid++;
  state.aliases.set(number, { alias, nid, langcode });
  [text.alias, text.pid] = [alias, number];
}

// --- Nodes --------------------------------------------------------------------------------------------------------

const moderatedStatus = () =>
  new Refused(
    403,
    "Forbidden",
    "Cannot edit the published field of moderated entities.",
    "/data/attributes/status",
  );

export async function createNode(site: Site, asked: Asked, bundle: string, user: User): Promise<Answer> {
  const { state, behaviours } = site;
  const body = bodyOf(asked);
  const uuid = body.id === "" ? crypto.randomUUID() : body.id;
  if (!UUID.test(uuid)) throw unprocessable("IDs should be properly generated and formatted UUIDs");
  for (const name of Object.keys(body.attributes)) {
    const why = " The 'administer nodes' permission is required.";
    if (name === "status" && MODERATED.has(bundle)) throw moderatedStatus();
    if (ADMINISTRATIVE.includes(name) && !user.admin) throw cannotSet("POST", name, "attributes", why);
    if (READ_ONLY.includes(name)) throw cannotSet("POST", name);
    if (name === "revision_log" && !behaviours.takesLog) throw cannotSet("POST", name);
    if (name === "langcode" && behaviours.languages.length < 2) throw cannotSet("POST", name);
  }
  if (body.relationships.uid !== undefined && !user.admin) throw cannotSet("POST", "uid", "relationships");
  if (body.attributes.title === undefined)
    throw unprocessable("title: This value should not be null.", "/data/attributes/title");
  if (body.attributes.moderation_state === "archived") {
    const words = "moderation_state: Invalid state transition from Draft to Archived";
    throw unprocessable(words, "/data/attributes/moderation_state");
  }
  check(bundle, body, user, state);
  const late = state.nodes.has(uuid);
  if (behaviours.writeMs > 0) await sleep(behaviours.writeMs);
  if (state.nodes.has(uuid)) {
    if (!late && behaviours.duplicateIsError) {
      throw new Refused(500, "Internal Server Error", "SQLSTATE[23000]: Duplicate entry");
    }
    throw new Refused(409, "Conflict", "Conflict: Entity already exists.");
  }
  const now = seconds(Date.now());
  const langcode = String(body.attributes.langcode ?? behaviours.languages[0] ?? "en");
  const text: Text = {
    attributes: {
      ...{ title: "", status: true, created: new Date(now * 1000).toISOString().replace(".000Z", "+00:00") },
      ...{ promote: bundle === "article", sticky: false, revision_log: null },
      ...(MODERATED.has(bundle) ? { moderation_state: "draft" } : {}),
      ...(BUNDLES[bundle]?.body === undefined ? {} : { body: null }),
    },
    relationships: { uid: [{ type: "user--user", id: user.uuid }] },
    alias: null,
    pid: null,
    changed: now,
  };
  const { nid, vid } = { nid: state.next.nid++, vid: state.next.vid++ };
  const texts = new Map([[langcode, text]]);
  const node: Node = {
    ...{ uuid, nid, vid, bundle, langcode, texts, revised: now },
    draft: undefined,
    wedged: false,
  };
  keep(site, node, langcode, text, body);
  if (behaviours.pathauto) keepAlias(state, nid, langcode, text, { alias: `/content/${nid}`, pid: text.pid });
  state.nodes.set(uuid, node);
  return data(201, nodeAs(node, langcode, { written: true }));
}

export async function changeNode(site: Site, asked: Asked, node: Node, user: User): Promise<Answer> {
  const { state, behaviours } = site;
  const { code, text: stored } = textIn(node, asked.lang);
  if (node.draft !== undefined || node.wedged) {
    throw badRequest(
      "Updating a resource object that has a working copy is not yet supported. See https://www.drupal.org/project/drupal/issues/2795279.",
    );
  }
  if (code !== asked.lang && asked.lang !== behaviours.languages[0]) {
    throw new Refused(
      405,
      "Method Not Allowed",
      "The requested translation of the resource object does not exist, instead modify one of the translations that do exist",
    );
  }
  const body = bodyOf(asked);
  if (body.id !== node.uuid)
    throw badRequest(`The selected entity (${node.uuid}) does not match the ID in the payload (${body.id}).`);
  const now = nodeAs(node, code).attributes;
  for (const [name, value] of Object.entries(body.attributes)) {
    const isSame = JSON.stringify(value) === JSON.stringify(now[name]);
    if (READ_ONLY.includes(name) && !isSame) throw cannotSet("PATCH", name);
    if (ADMINISTRATIVE.includes(name) && !user.admin && !isSame) throw cannotSet("PATCH", name);
    if (name === "status" && MODERATED.has(node.bundle) && !isSame) throw cannotSet("PATCH", name);
    if (name === "revision_log" && !behaviours.takesLog) throw cannotSet("PATCH", name);
  }
  check(node.bundle, body, user, state);
  const vid = node.vid;
  if (behaviours.writeMs > 0) await sleep(behaviours.writeMs);
  if (!state.nodes.has(node.uuid)) throw notFound(asked.path);
  const copy = structuredClone(stored);
  keep(site, node, code, copy, { ...body, attributes: { revision_log: null, ...body.attributes } });
  copy.changed = seconds(Date.now());
  // The alias alone moves no time of the entry.
  if (Object.keys(body.attributes).every((name) => name === "path")) copy.changed = stored.changed;
  node.revised = seconds(Date.now());
  if (stored.attributes.moderation_state === "published" && body.attributes.moderation_state === "draft") {
    node.draft = copy;
    return data(200, nodeAs(node, code, { working: true, written: true }));
  }
  // Another writer came in between: its revision and this one are both the newest.
  node.wedged = node.vid !== vid;
  node.vid = state.next.vid++;
  node.texts.set(code, copy);
  return data(200, nodeAs(node, code, { written: true }));
}

// --- Terms ------------------------------------------------------------------------------------------------------

export function createTerm({ state }: Site, asked: Asked, vocabulary: string): Answer {
  const body = bodyOf(asked);
  const name = body.attributes.name;
  if (typeof name !== "string" || name === "") {
    throw unprocessable("name: This value should not be null.", "/data/attributes/name");
  }
  const uuid = body.id === "" ? crypto.randomUUID() : body.id;
  if (state.terms.has(uuid)) throw new Refused(409, "Conflict", "Conflict: Entity already exists.");
  const [parent] = listOf(body.relationships.parent?.data ?? null);
  if (parent !== undefined && !state.terms.has(parent.id))
    throw new Refused(404, "Not Found", "no such parent");
  const term = { uuid, tid: state.next.tid++, vocabulary, name, parent: parent?.id };
  state.terms.set(uuid, term);
  return data(201, termAs(term));
}
