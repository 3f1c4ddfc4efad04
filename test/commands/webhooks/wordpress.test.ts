import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createReceiver } from "../../../src/commands/webhooks/receiver.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openStore, type Store } from "../../../src/store/db.ts";
import { listEvents } from "../../../src/store/events.ts";
import { tempDir } from "../../store/programs.ts";
import { sharedWordPress, withoutWordPress } from "../../wordpress.ts";
import { keyed, SECRET } from "./deliveries.ts";

const [, snippet = ""] =
  /```php\n<\?php\n(.*?)```/s.exec(
    readFileSync(new URL("../../../docs/webhooks.md", import.meta.url), "utf8"),
  ) ?? [];

/** What the documentation gives to a site, in one that somebody writes a post in. */
const saying = (url: string): string => `
define('AINSTEIN_WEBHOOK_URL', '${url}/webhooks/wp');
define('AINSTEIN_WEBHOOK_SECRET', '${SECRET}');
${snippet}
$id = wp_insert_post(['post_title' => 'Told', 'post_status' => 'publish', 'post_content' => 'é']);
wp_insert_post(['post_title' => 'Not yet', 'post_status' => 'auto-draft']);
$modified = get_post($id)->post_modified_gmt;
remove_all_actions('wp_after_insert_post');
wp_delete_post($id, true);
echo json_encode([(string) $id, $modified]);`;

describe.skipIf(withoutWordPress)("a real WordPress with the snippet of the documentation", () => {
  let store: Store;
  let server: ReturnType<typeof createReceiver>;
  const told: string[] = [];
  beforeAll(() => {
    store = openStore(tempDir());
    const tell = (_connection: string, what: string) => told.push(what);
    const ready = async () => {};
    server = createReceiver({ store: () => store, clock: systemClock, keyed, ready, tell });
  });
  afterAll(async () => {
    await server.close();
    store.close();
  });

  test("tells of a post that was written, signed as is expected, and of nothing else", async () => {
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    const { php } = await sharedWordPress();
    const [id, modified] = JSON.parse(await php(saying(url))) as [string, string];
    const [event, ...others] = listEvents(store, 10);
    expect([others, told]).toEqual([[], []]);
    expect(event).toMatchObject({
      topic: "post.updated",
      entry: id,
      changedMs: Date.parse(`${modified.replace(" ", "T")}Z`),
      deliveries: 1,
    });
  });
});
