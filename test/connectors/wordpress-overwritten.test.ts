// Edits of the moment between a look at an entry and its write, on a real WordPress.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connector, Entry } from "../../src/connectors/contract.ts";
import { open } from "../../src/connectors/wordpress/client.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { at, change, faultOf, make } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";
import { withoutWordPress } from "../wordpress.ts";

describe.skipIf(withoutWordPress)("what somebody saves between the look and the write", () => {
  let site: RealSite;
  let editor: Connector;

  beforeAll(async () => {
    site = await startRealSite();
    editor = site.as("ed");
  });
  afterAll(async () => {
    await site?.stop();
  });

  /** Updates the entry; once it was looked at, this happens. */
  async function updated(entry: Entry, wire: JsonObject, meanwhile: () => Promise<unknown>): Promise<Entry> {
    let happened = false;
    const connector = open({
      ...{ url: site.wordpress.api, settings: {}, clock: { now: Date.now, sleep: async () => {} } },
      http: {
        ...site.http,
        send: async (call) => {
          if (call.method !== "GET" && !happened) {
            happened = true;
            await meanwhile();
          }
          return site.http.send(call);
        },
      },
    });
    return connector.update(entry.id, change(entry, wire), at(entry));
  }

  const editTo = async (id: string, wire: JsonObject) => {
    const now = await site.read(id);
    await editor.update(id, change(now, wire), at(now));
  };

  it("stands again, and the write is a conflict", async () => {
    const entry = await make(site.connector, "between", { status: "published", body: "Agreed." });
    const both = updated(entry, { title: "Ours", body: "Ours." }, () =>
      editTo(entry.id, { body: "Theirs." }),
    );
    expect(await faultOf(both)).toMatchObject({ kind: "conflict", code: "moved" });
    expect((await site.read(entry.id)).wire).toMatchObject({ title: "Ours", body: "Theirs." });
  });

  it("stands again after several saves, with revisions of before", async () => {
    const first = await make(site.connector, "several", { status: "published", body: "Agreed." });
    for (const body of ["Older.", "Newer."]) await editTo(first.id, { body });
    const entry = await site.read(first.id);
    const both = updated(entry, { body: "Ours." }, async () => {
      for (const body of ["Theirs 1.", "Theirs 2."]) await editTo(entry.id, { body });
    });
    expect(await faultOf(both)).toMatchObject({ code: "moved" });
    expect((await site.read(entry.id)).wire.body).toBe("Theirs 2.");
  });

  it("is left in peace where it was something else that was saved", async () => {
    const entry = await make(site.connector, "elsewhere", { status: "published", body: "Agreed." });
    const written = await updated(entry, { body: "Ours." }, () => editTo(entry.id, { title: "Theirs" }));
    expect(written.wire.body).toBe("Ours.");
    expect((await site.read(entry.id)).wire).toMatchObject({ title: "Theirs", body: "Ours." });
  });

  it("is found where the site keeps two revisions and no more", async () => {
    await site.php(`update_option('revisions_kept', 2);`);
    try {
      const first = await make(site.connector, "capped", { status: "published", body: "Agreed." });
      for (const body of ["1.", "2.", "3."]) await editTo(first.id, { body });
      const entry = await site.read(first.id);
      const alone = await updated(entry, { body: "Alone." }, async () => {});
      expect(alone.wire.body).toBe("Alone.");
      const both = updated(alone, { body: "Ours." }, () => editTo(entry.id, { body: "Theirs." }));
      expect(await faultOf(both)).toMatchObject({ code: "moved" });
      expect((await site.read(entry.id)).wire.body).toBe("Theirs.");
    } finally {
      await site.php(`delete_option('revisions_kept');`);
    }
  });

  it("is no autosave: what somebody is still typing", async () => {
    const entry = await make(site.connector, "typing", { status: "published", body: "Agreed." });
    const typed = `$_POST = []; wp_set_current_user(1); wp_create_post_autosave(['post_ID' => ${entry.id},
      'post_type' => 'post', 'post_title' => 'typing', 'post_content' => 'Typed.', 'post_excerpt' => '']);`;
    const autosaved = () => site.php(`require_once ABSPATH . 'wp-admin/includes/admin.php'; ${typed}`);
    expect((await updated(entry, { body: "Ours." }, autosaved)).wire.body).toBe("Ours.");
  });
});
