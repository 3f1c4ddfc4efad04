// A fake Drupal: the wire format of JSON:API with its odd errors, its state, and the races that a real one has. What a
// real one answers is recorded in fixtures/drupal.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  type Answer,
  type Asked,
  badRequest,
  data,
  notFound,
  Refused,
  unprocessable,
} from "./drupal/answers.ts";
import { listed } from "./drupal/lists.ts";
import { aliasesAs, configuration, fileAs, nodeAs, termAs, textIn, typesOf, userAs } from "./drupal/show.ts";
import {
  type Behaviours,
  BUNDLES,
  emptyState,
  isRelated,
  type State,
  seconds,
  type User,
} from "./drupal/state.ts";
import { changeNode, createNode, createTerm } from "./drupal/writes.ts";
import type { PlatformFake, SiteCensus } from "./platform.ts";

export interface DrupalFake extends PlatformFake {
  readonly behaviours: Behaviours;
  readonly state: State;
  /** Names and passwords. */
  readonly admin: readonly [string, string];
  readonly editor: readonly [string, string];
}

const PLAIN: Behaviours = {
  ...{
    version: 10,
    dropsAnswerAfterWrite: 0,
    losesRemovals: false,
    readOnly: false,
    maintenance: false,
    basicAuth: true,
  },
  ...{
    duplicateIsError: false,
    pathauto: false,
    writeMs: 0,
    languages: ["en"],
    hidesConfiguration: false,
    linksEveryCopy: true,
    takesLog: true,
    closedTypes: [],
  },
};

export async function startDrupal(options: Partial<Behaviours> = {}): Promise<DrupalFake> {
  const state = emptyState();
  const behaviours: Behaviours = { ...PLAIN, ...options };
  const requests: { method: string; url: string; body: string }[] = [];
  const server = createServer((request, response) => {
    // A request that is cut off in the middle is nobody's.
    handle({ state, behaviours }, request, response, requests).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake has no port");
  const url = `http://127.0.0.1:${address.port}`;
  state.url = url;
  const [admin, editor] = state.users;
  if (admin === undefined || editor === undefined) throw new Error("the fake has no users");
  return {
    ...{ url, behaviours, state, requests },
    admin: [admin.name, admin.password],
    editor: [editor.name, editor.password],
    connection: (at = url) => ({
      platform: "drupal",
      url: at,
      auth: "basic",
      username: admin.name,
      password: admin.password,
    }),
    secrets: state.users.map(({ password }) => password),
    reachedAt: (at) => {
      state.url = at;
    },
    census: () => censusOf(state),
    isWrite: ({ method }) => !["GET", "HEAD", "OPTIONS"].includes(method),
    edit: (slug, { title, body }) => {
      const found = [...state.nodes.values()].find((node) =>
        [...node.texts.values()].some(({ alias }) => alias === `/${slug}`),
      );
      if (found === undefined) throw new Error(`no entry at /${slug}`);
      const { text } = textIn(found, found.langcode);
      if (title !== undefined) text.attributes.title = title;
      if (body !== undefined) text.attributes.body = { ...(text.attributes.body as object), value: body };
      found.vid = state.next.vid++;
      text.changed = seconds(Date.now());
      found.revised = text.changed;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function censusOf({ nodes, terms, files }: State): SiteCensus {
  const named = (id: string) => terms.get(id)?.name ?? files.get(id)?.filename ?? id;
  // Bodies name files by their ids.
  const plain = (value: unknown) =>
    JSON.stringify(value).replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, named);
  const entries = [...nodes.values()].flatMap(({ bundle, texts }) =>
    [...texts].map(([lang, { attributes, relationships, alias }]) => {
      const { created, status, ...own } = attributes;
      const { uid: _, ...related } = relationships;
      const ids = Object.entries(related).map(([name, list]) => [
        name,
        list.map(({ id, meta }) => [id, meta?.alt ?? null]),
      ]);
      return [bundle, lang, alias, status, status === true ? created : null, plain(own), plain(ids)].join(
        " ",
      );
    }),
  );
  return {
    entries: entries.sort(),
    terms: [...terms.values()]
      .map(({ vocabulary, name, parent }) => `${vocabulary} ${named(parent ?? "")} ${name}`)
      .sort(),
    media: [...files.values()].map(({ filename, bytes }) => `${filename} ${bytes.byteLength}`).sort(),
  };
}

interface Site {
  readonly state: State;
  readonly behaviours: Behaviours;
}

async function handle(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requests: { method: string; url: string; body: string }[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { method = "GET", url = "/", headers } = request;
  requests.push({ method, url, body: bytes.toString("utf8") });
  const answer = await answerTo(site, { method, url, headers, bytes });
  const isWrite = !["GET", "HEAD"].includes(method);
  if (method === "DELETE" && site.behaviours.losesRemovals) return void response.destroy();
  if (isWrite && answer.status < 400 && site.behaviours.dropsAnswerAfterWrite > 0) {
    site.behaviours.dropsAnswerAfterWrite -= 1;
    response.destroy();
    return;
  }
  const page = typeof answer.body === "string";
  const raw = page || answer.body instanceof Uint8Array;
  response.writeHead(answer.status, {
    "content-type": page ? "text/html; charset=UTF-8" : "application/vnd.api+json",
    "content-language":
      site.behaviours.languages.find((code) => url.startsWith(`/${code}/`)) ??
      site.behaviours.languages[0] ??
      "en",
    "cache-control": "must-revalidate, no-cache, private",
    "x-generator": `Drupal ${site.behaviours.version} (https://www.drupal.org)`,
    ...answer.headers,
  });
  response.end(
    answer.status === 204 || method === "HEAD" ? undefined : raw ? answer.body : JSON.stringify(answer.body),
  );
}

interface Raw {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Uint8Array;
}

async function answerTo(site: Site, raw: Raw): Promise<Answer> {
  const { pathname, searchParams: query } = new URL(raw.url, "http://fake");
  const path = decodeURIComponent(pathname);
  const [, prefix, below] = /^\/(?:([a-z]{2})\/)?jsonapi(\/.*)?$/.exec(path) ?? [];
  const { behaviours } = site;
  const isApi = /^\/(?:[a-z]{2}\/)?jsonapi(?:\/|$)/.test(path);
  try {
    const user = userOf(site, raw.headers.authorization);
    if (behaviours.maintenance) {
      throw new Refused(503, "Service Unavailable", "The site is currently under maintenance.", undefined, {
        "retry-after": "0",
      });
    }
    if (!isApi) return pageAt(site, path);
    if (prefix !== undefined && !behaviours.languages.slice(1).includes(prefix))
      return { status: 404, body: "<html><title>Page not found</title></html>" };
    const lang = prefix ?? behaviours.languages[0] ?? "en";
    const asked: Asked = {
      method: raw.method,
      path: below ?? "",
      query,
      lang,
      headers: raw.headers,
      bytes: raw.bytes,
    };
    for (const name of query.keys()) refuseStrange(name);
    if (raw.method === "GET") return await readings(site, asked, user);
    if (behaviours.readOnly) {
      const words =
        "JSON:API is configured to accept only read operations. Site administrators can configure this at http://x/admin/config/services/jsonapi.";
      throw new Refused(405, "Method Not Allowed", words, undefined, { allow: "GET" });
    }
    return await writings(site, asked, user, raw.headers.authorization !== undefined);
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.answer;
    throw thrown;
  }
}

/** Reserved names apart, a parameter must have another letter than a small one, and begin with none of the rest. */
function refuseStrange(name: string): void {
  const [base = ""] = name.split("[");
  if (["filter", "sort", "page", "fields", "include", "resourceVersion"].includes(base)) return;
  if (/^[a-zA-Z0-9][a-zA-Z0-9_-]*[a-zA-Z0-9]$/.test(base) && /[^a-z]/.test(base)) return;
  throw badRequest(`The following query parameters violate the JSON:API spec: '${base}'.`);
}

/** A wrong password is nobody's; after five the right one is, too. */
function userOf({ state, behaviours }: Site, authorization: string | undefined): User | undefined {
  const [name, password] = Buffer.from((authorization ?? "").replace(/^Basic /, ""), "base64")
    .toString("utf8")
    .split(":");
  const user = state.users.find((candidate) => candidate.name === name);
  if (user === undefined || !behaviours.basicAuth || user.failures >= 5) return undefined;
  if (user.password === password) return user;
  user.failures += 1;
  return undefined;
}

function pageAt({ state }: Site, path: string): Answer {
  const bare = path.replace(/^\/[a-z]{2}(?=\/)/, "");
  const known =
    path === "/" ||
    path === "/user/login" ||
    [...state.aliases.values()].some(({ alias }) => alias === path || alias === bare);
  const file = [...state.files.values()].find(({ url }) => decodeURIComponent(url) === path);
  if (file !== undefined) return { status: 200, body: file.bytes, headers: { "content-type": file.mime } };
  return known
    ? { status: 200, body: "<html><head><title>A Drupal site</title></head><body></body></html>" }
    : { status: 404, body: "<html><title>Page not found</title></html>" };
}

// --- Readings ---------------------------------------------------------------------------------------------------

async function readings(site: Site, asked: Asked, user: User | undefined): Promise<Answer> {
  const { state, behaviours } = site;
  const { path, query, lang } = asked;
  if (path === "") {
    const me = user === undefined ? {} : { meta: { links: { me: { meta: { id: user.uuid }, href: "x" } } } };
    const links = Object.fromEntries(
      typesOf(behaviours).map((type) => [type, { href: `${state.url}/jsonapi/${type.replace("--", "/")}` }]),
    );
    return data(200, [], { links, ...me });
  }
  const [, entity = "", bundle = "", id] = path.split("/");
  const mayConfigure = user?.admin === true && !behaviours.hidesConfiguration;
  const configured = configuration(path, behaviours);
  if (configured !== undefined)
    return listed(
      asked,
      mayConfigure || entity === "node_type" ? configured : [],
      configured.length > 0 && !mayConfigure,
    );
  if (entity === "node") {
    if (BUNDLES[bundle] === undefined)
      return { status: 404, body: "<html><title>Page not found</title></html>" };
    const working = query.get("resourceVersion") === "rel:working-copy";
    if (id !== undefined) {
      const node = state.nodes.get(id);
      if (node === undefined) throw notFound(path);
      const shown = nodeAs(node, lang, { working, linked: behaviours.linksEveryCopy });
      if (user === undefined && shown.attributes.status !== true) {
        throw new Refused(401, "Unauthorized", "No authentication credentials provided.");
      }
      return data(200, shown);
    }
    const include = query.get("include");
    const related = Object.entries(BUNDLES[bundle] ?? {}).filter(([, { type }]) => isRelated(type));
    const isEmpty = ![...state.nodes.values()].some((node) => node.bundle === bundle);
    // What an empty list would include is not looked at.
    if (include !== null && !isEmpty && !related.some(([name]) => name === include)) {
      const names = ["node_type", "revision_uid", "uid", ...related.map(([name]) => name)].join(", ");
      throw badRequest(`\`${include}\` is not a valid relationship field name. Possible values: ${names}.`);
    }
    const nodes = [...state.nodes.values()].filter((node) => node.bundle === bundle);
    const rows = nodes
      .map((node) => nodeAs(node, lang, { working, linked: behaviours.linksEveryCopy }))
      .filter(({ attributes }) => user !== undefined || attributes.status === true);
    return listed(asked, rows, rows.length < nodes.length);
  }
  if (entity === "taxonomy_term") {
    if (id === undefined) return listed(asked, [...state.terms.values()].map(termAs));
    const term = state.terms.get(id);
    if (term === undefined) throw notFound(path);
    return data(200, termAs(term));
  }
  if (entity === "file") return listed(asked, [...state.files.values()].map(fileAs));
  if (entity === "user" && id !== undefined) {
    const found = state.users.find(({ uuid }) => uuid === id);
    if (found === undefined) throw notFound(path);
    return data(200, userAs(found, user?.admin === true || found === user));
  }
  if (entity === "user")
    return listed(
      asked,
      state.users.map((one) => userAs(one, user?.admin === true || one === user)),
    );
  if (entity === "path_alias") return listed(asked, mayConfigure ? aliasesAs(state) : []);
  return { status: 404, body: "<html><title>Page not found</title></html>" };
}

// --- Writes -----------------------------------------------------------------------------------------------------

async function writings(site: Site, asked: Asked, user: User | undefined, tried: boolean): Promise<Answer> {
  const { state, behaviours } = site;
  const { path, method, lang } = asked;
  const [, entity = "", bundle = "", third] = path.split("/");
  const node = third === undefined ? undefined : state.nodes.get(third);
  const isUpload = method === "POST" && third !== undefined;
  if (entity === "node" && method !== "POST" && node === undefined) throw notFound(path);
  if (user === undefined) {
    throw tried
      ? new Refused(403, "Forbidden", "")
      : new Refused(401, "Unauthorized", "No authentication credentials provided.");
  }
  if (entity === "node" && BUNDLES[bundle] !== undefined) {
    if (isUpload) return upload(site, asked);
    if (method === "POST") {
      // Looked at before what was sent, and refused without a word.
      if (behaviours.closedTypes.includes(bundle) && !user.admin) throw new Refused(403, "Forbidden", "");
      return createNode(site, asked, bundle, user);
    }
    if (node !== undefined && method === "PATCH") return changeNode(site, asked, node, user);
    if (node !== undefined && method === "DELETE") {
      if (lang !== behaviours.languages[0])
        throw new Refused(
          405,
          "Method Not Allowed",
          "Deleting a resource object translation is not yet supported.",
        );
      state.nodes.delete(node.uuid);
      for (const [pid, { nid }] of state.aliases) if (nid === node.nid) state.aliases.delete(pid);
      return { status: 204, body: null };
    }
  }
  if (entity === "taxonomy_term" && method === "POST") {
    if (behaviours.closedTypes.includes(bundle) && !user.admin) {
      const words = `The following permissions are required: 'create terms in ${bundle}' OR 'administer taxonomy'.`;
      throw new Refused(403, "Forbidden", words);
    }
    return createTerm(site, asked, bundle);
  }
  return { status: 404, body: "<html><title>Page not found</title></html>" };
}

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  pdf: "application/pdf",
};

function upload({ state }: Site, { headers, bytes }: Asked): Answer {
  if (headers["content-type"] !== "application/octet-stream")
    throw new Refused(415, "Unsupported Media Type", "No route found");
  const wanted = /^file; filename="([^"]+)"$/.exec(String(headers["content-disposition"]))?.[1];
  if (wanted === undefined) throw badRequest('"Content-Disposition" header is required.');
  const mime = TYPES[wanted.split(".").at(-1) ?? ""];
  if (mime === undefined)
    throw unprocessable(
      "Unprocessable Entity: file validation failed.\nOnly files with the following extensions are allowed: png gif jpg jpeg.",
    );
  const names = new Set([...state.files.values()].map(({ filename }) => filename));
  let filename = wanted;
  for (let n = 0; names.has(filename); n += 1) filename = wanted.replace(/(?=\.[^.]+$)/, `_${n}`);
  const file = {
    uuid: crypto.randomUUID(),
    fid: state.next.fid++,
    filename,
    mime,
    bytes,
    url: `/sites/default/files/2026-11/${encodeURIComponent(filename)}`,
  };
  state.files.set(file.uuid, file);
  return data(201, fileAs(file));
}
