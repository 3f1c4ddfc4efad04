// Other ways of putting the same posts onto the same WordPress, each as its user would write it.
import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { timed } from "./bench-measure.mjs";
import { capture, which } from "./commands.mjs";

const insert = fileURLToPath(new URL("wordpress/insert.php", import.meta.url));

/** A client that keeps its connection and sends one request at a time. */
function restClient(site) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const authorization = `Basic ${Buffer.from(`admin:${site.password}`).toString("base64")}`;
  const post = (route, body) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        authorization,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
      };
      const request = http.request(`${site.api}${route}`, { method: "POST", agent, headers }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const said = Buffer.concat(chunks).toString("utf8");
          if (answer.statusCode > 299)
            reject(new Error(`${route}: ${answer.statusCode} ${said.slice(0, 500)}`));
          else resolve(JSON.parse(said));
        });
        answer.on("error", reject);
      });
      request.on("error", reject);
      request.end(text);
    });
  return { post, close: () => agent.destroy() };
}

/** Milliseconds of creating the posts one by one over REST, the full answer read each time. */
export async function restCreates(site, posts) {
  const client = restClient(site);
  const { ms } = await timed(async () => {
    for (const { id: _, ...post } of posts) await client.post("/wp/v2/posts", { ...post, status: "publish" });
  });
  client.close();
  return ms;
}

/** Milliseconds of giving the posts a new body one by one over REST, the full answer read each time. */
export async function restUpdates(site, posts) {
  const client = restClient(site);
  const { ms } = await timed(async () => {
    for (const { id, content } of posts) await client.post(`/wp/v2/posts/${id}`, { content });
  });
  client.close();
  return ms;
}

function hostOf(site) {
  return new URL(site.url).host;
}

/** Milliseconds of inserting the posts in one PHP process that runs already: its start is not counted. */
export async function phpLoop(site, posts) {
  const file = path.join(site.work, "loop.json");
  writeFileSync(file, JSON.stringify(posts));
  const done = await capture(which("php"), [insert, path.join(site.dir, "site"), hostOf(site), file]);
  if (done.status !== 0) throw new Error(`the PHP loop failed: ${done.stderr}${done.stdout}`);
  return Number(done.stdout);
}

/** Milliseconds of a shell loop that starts PHP once for each of these posts. */
export async function shellLoop(site, posts) {
  const dir = path.join(site.work, "shell");
  mkdirSync(dir, { recursive: true });
  for (const [n, post] of posts.entries()) writeFileSync(path.join(dir, `${n}.json`), JSON.stringify([post]));
  const script = 'for post in "$4"/*.json; do "$0" "$1" "$2" "$3" "$post" >/dev/null || exit 1; done';
  const words = [which("php"), insert, path.join(site.dir, "site"), hostOf(site), dir];
  const { ms, value: done } = await timed(() => capture("sh", ["-c", script, ...words]));
  if (done.status !== 0) throw new Error(`the shell loop failed: ${done.stderr}${done.stdout}`);
  return ms;
}
