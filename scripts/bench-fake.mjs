// A fake WordPress in a process of its own, which holds as many posts as it is told to. It knows the parts of `_fields`
// that make a listing small.
//   node scripts/bench-fake.mjs   prints {"url": …}, serves until it is killed
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./setup.mjs";

const dir = mkdtempSync(path.join(tmpdir(), "ainstein-fake-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));
await build({
  absWorkingDir: root,
  entryPoints: ["test/fakes/wordpress-routes.ts", "test/fakes/wordpress-state.ts"],
  outdir: dir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  outExtension: { ".js": ".mjs" },
});
const load = (name) => import(pathToFileURL(path.join(dir, name)).href);
const { answer } = await load("wordpress-routes.mjs");
const { addPost, emptyState } = await load("wordpress-state.mjs");
const state = emptyState();
let methods = {};

/** `count` posts `post-1`, `post-2` …, alike but for their ids and slugs, in place of all that are there. */
function multiply(count) {
  const [first] = [...state.posts.values()];
  state.posts.clear();
  for (let n = 1; n <= count; n++) {
    const id = state.nextId;
    addPost(state, { ...first, id, slug: `post-${n}`, modified: "2024-05-01T08:00:00", texts: [] });
  }
  return [...state.posts.keys()];
}

/** How it is told what to hold, and tells what it was asked. */
function told({ pathname, searchParams }) {
  if (pathname === "/bench/multiply") return multiply(Number(searchParams.get("count")));
  if (pathname !== "/bench/methods") return undefined;
  const seen = methods;
  methods = {};
  return seen;
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url, state.url);
  const json = (status, body, headers = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  const own = told(url);
  if (own !== undefined) return json(200, own);
  methods[request.method] = (methods[request.method] ?? 0) + 1;
  const bytes = Buffer.concat(chunks);
  const { method, headers } = request;
  const logged = { method, url: request.url, headers, body: bytes.toString("utf8"), write: method !== "GET" };
  const reply = answer(logged, bytes, state, {});
  if (typeof reply.body === "string") {
    return response.writeHead(reply.status, { "content-type": "text/html" }).end(reply.body);
  }
  const small = url.searchParams.get("_fields")?.includes("content") === false && Array.isArray(reply.body);
  const body = small ? reply.body.map(({ content: _, ...row }) => row) : reply.body;
  return json(reply.status, body, reply.headers);
});
server.listen(0, "127.0.0.1", () => {
  state.url = `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ url: state.url }));
});
