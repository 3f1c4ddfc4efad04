// Uploads that nothing shows any more: told exactly, deleted only when somebody means it.
import { describe, expect } from "vitest";
import { media } from "../../src/commands/media.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { expectDone, type Operator, onEachPlatform, picture, post } from "./platforms.ts";

const DELETE = { delete: true, maxDelete: 5 };

/** Three pictures: one is shown, one was replaced, one is shown by an entry alone. */
async function begin(operator: Operator): Promise<void> {
  operator.write("a.png", picture(1));
  operator.write("b.png", picture(2));
  operator.write("one.md", post("title: One\nimage: a.png", "![A](a.png)"));
  operator.write("two.md", post("title: Two", "![B](b.png)"));
  expectDone(await operator.does(publish));
  operator.write("a.png", picture(3));
  expectDone(await operator.does(push));
  operator.write("two.md", post("title: Two", "Nothing to see yet."));
}

const listed = async (operator: Operator, flags = {}) =>
  (await operator.does(status, [], { media: true, ...flags })).out.filter((line) =>
    /https?:|file:/.test(line),
  );
const idIn = (line: string | undefined) => line?.split(" ")[0] ?? "";

describe("uploads that nothing shows", () => {
  onEachPlatform(
    "are listed, and only those: what an entry still shows counts, whatever the file says",
    { needs: ["uploads that are listed"] },
    async (operator) => {
      await begin(operator);
      const [orphan, ...others] = await listed(operator);
      expect(others).toEqual([]);
      expect(orphan).toMatch(/a[^/]*\.png/);
      operator.write("three.md", post("title: Three", "![again](old.png)"));
      operator.write("old.png", picture(1));
      expect(await listed(operator)).toEqual([]);
      expect(operator.site.uploads()).toBe(3);
    },
  );

  onEachPlatform(
    "are deleted with --delete alone, within its bounds, and never while they are shown",
    { needs: ["uploads that are listed"] },
    async (operator) => {
      await begin(operator);
      const [orphan] = await listed(operator);
      const run = (ids: readonly string[], flags: Readonly<Record<string, unknown>>) =>
        operator.does(media, ["remove", ...ids], flags);
      expect((await run([], { orphaned: true })).fault?.code).toBe("removal-needs-delete");
      expect((await run([], { orphaned: true, delete: true, maxDelete: 0 })).fault?.code).toBe(
        "too-many-removals",
      );
      expect((await run([], {})).fault?.code).toBe("missing-argument");
      expect((await run(["123456789"], DELETE)).fault?.code).toBe("no-such-upload");
      const dry = await run([], { orphaned: true, dryRun: true });
      expect(dry.out).toEqual([expect.stringContaining(`would delete ${idIn(orphan)}`)]);
      expect(operator.site.uploads()).toBe(3);
      expect((await run([], { orphaned: true, ...DELETE })).exit).toBe(0);
      expect(operator.site.uploads()).toBe(2);
      expect(await listed(operator)).toEqual([]);
      // What is needed again goes up again.
      operator.write("a.png", picture(1));
      expectDone(await operator.does(push));
      const [now] = await listed(operator);
      expect((await run([idIn(now)], DELETE)).exit).toBe(0);
      const shown = await operator.does(media, ["remove", idIn(orphan)], DELETE);
      expect(["no-such-upload", "upload-in-use"]).toContain(shown.fault?.code);
    },
  );
});
