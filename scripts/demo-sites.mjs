// The two kinds of site that the demo can work on, and how somebody edits them without ainstein-cms.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startWordPress } from "./wordpress.mjs";

/** Where the bakery of the sample posts is: a site in another zone would show its hours wrongly. */
const ZONE = "Europe/London";

/** A site in a directory. */
export function localSite(dir) {
  const entries = path.join(dir, "entries");
  const all = () =>
    readdirSync(entries)
      .filter((name) => name.endsWith(".json"))
      .map((name) => ({
        file: path.join(entries, name),
        record: JSON.parse(readFileSync(path.join(entries, name), "utf8")),
      }));
  const find = (slug) => {
    const found = all().find(({ record }) => record.fields.slug === slug);
    if (found === undefined) throw new Error(`no entry ${slug} in ${entries}`);
    return found;
  };
  return {
    connect: [
      ...["connect", "local", "--name", "demo", "--url", dir],
      ...["--set", "title=Kiln & Crumb", "--set", `timezone=${ZONE}`],
    ],
    password: undefined,
    look: path.join(dir, "public/index.html"),
    countLive: async () => all().filter(({ record }) => record.fields.status === "published").length,
    edit: async (slug, from, to) => {
      const { file, record } = find(slug);
      record.fields.body = record.fields.body.replace(from, to);
      writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
    },
    shows: async (slug, text) => JSON.stringify(find(slug).record.fields).includes(text),
    stop: async () => undefined,
  };
}

function php(text) {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A real WordPress, started here. */
export async function wordpressSite() {
  console.log("Starting WordPress …");
  const wordpress = await startWordPress();
  console.log(`… WordPress ${wordpress.version} at ${wordpress.url}`);
  // Its own sample post and page would be in the way of counting.
  await wordpress.php("foreach ([1, 2, 3] as $id) wp_delete_post($id, true);");
  await wordpress.php(`update_option('timezone_string', ${php(ZONE)});`);
  const post = (slug) => `$post = get_page_by_path(${php(slug)}, OBJECT, ['post', 'page']);`;
  return {
    connect: [
      ...["connect", "wordpress", "--name", "demo", "--url", wordpress.url],
      ...["--auth", "app-password", "--username", "admin", "--password-stdin"],
    ],
    password: wordpress.users.admin,
    look: `${wordpress.url}/  (edit at ${wordpress.url}/wp-admin/ as admin, password admin-pass)`,
    countLive: async () =>
      Number(await wordpress.php("echo wp_count_posts('post')->publish + wp_count_posts('page')->publish;")),
    edit: async (slug, from, to) => {
      const change = `str_replace(${php(from)}, ${php(to)}, $post->post_content)`;
      await wordpress.php(
        `${post(slug)} wp_update_post(wp_slash(['ID' => $post->ID, 'post_content' => ${change}]));`,
      );
    },
    shows: async (slug, text) =>
      (await wordpress.php(
        `${post(slug)} echo str_contains($post->post_title . $post->post_content, ${php(text)}) ? 1 : 0;`,
      )) === "1",
    stop: wordpress.stop,
  };
}
