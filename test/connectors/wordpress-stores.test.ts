// Terms and media of a real WordPress.
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connector } from "../../src/connectors/contract.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { faultOf, make } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";
import { withoutWordPress } from "../wordpress.ts";

/** A valid PNG of one colour. */
function png(width: number, shade: number): Uint8Array {
  const crcs = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    let crc = 0xffffffff;
    for (const byte of body) crc = (crcs[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(width, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * width, shade);
  for (let y = 0; y < width; y += 1) rows[y * (width + 1)] = 0;
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    magic,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const fileOf = (ref: string, bytes: Uint8Array, type = "image/png") => ({
  ref,
  path: ref.replace(/^\.\//, ""),
  digest: sha256Hex(bytes),
  type,
  size: bytes.byteLength,
  alt: "A harbour",
});

describe.skipIf(withoutWordPress)("terms and media of a real WordPress", () => {
  let site: RealSite;
  let connector: Connector;

  beforeAll(async () => {
    site = await startRealSite();
    connector = site.connector;
  });
  afterAll(async () => {
    await site?.stop();
  });

  describe("terms", () => {
    it("are created once, adopted when there, decoded, and kept apart by parent", async () => {
      const terms = connector.terms;
      if (terms === undefined) throw new Error("no terms");
      const animals = await terms.create("category", "Animals", undefined);
      const cats = await terms.create("category", "Cats & Dogs", animals);
      expect(cats.path).toEqual(["Animals", "Cats & Dogs"]);
      expect((await terms.create("category", "cats & dogs", animals)).id).toBe(cats.id);
      const together = await Promise.all(
        [1, 2, 3, 4].map(() => terms.create("post_tag", "At once", undefined)),
      );
      expect(new Set(together.map((term) => term.id)).size).toBe(1);
      const listed = await terms.list("category");
      expect(listed.find((term) => term.id === cats.id)).toEqual(cats);
      expect(await faultOf(terms.list("no_such"))).toMatchObject({ kind: "unsupported" });
      expect(
        await faultOf(site.as("auth").terms?.create("category", "Nope", undefined) ?? Promise.resolve()),
      ).toMatchObject({
        kind: "forbidden",
      });
    });

    it("come over pages", async () => {
      await site.php("for ($i = 0; $i < 120; $i++) wp_insert_term(\"Tag $i\", 'post_tag');");
      expect(
        (await connector.terms?.list("post_tag"))?.filter((term) => /^Tag \d+$/.test(term.name)),
      ).toHaveLength(120);
    });
  });

  describe("media", () => {
    it("go up once by content, under a name that carries the digest", async () => {
      const media = connector.media;
      if (media === undefined) throw new Error("no media");
      const bytes = png(800, 10);
      const file = fileOf("./Bilder/Häfen & Meer.png", bytes);
      expect(await media.findByDigest([file.digest])).toEqual([]);
      const first = await media.upload(file, bytes);
      expect(first).toMatchObject({ digest: file.digest, alt: "A harbour", type: "image/png" });
      expect(first.url).toMatch(new RegExp(`/hafen-meer-${file.digest.slice(0, 12)}\\.png$`));
      expect(first.variants.length).toBeGreaterThan(1);
      const again = await openWordPress(
        site.wordpress.api,
        "admin",
        site.wordpress.users.admin,
      ).connector.media?.upload(file, bytes);
      expect(again?.id).toBe(first.id);
      expect(await media.get([first.id, "99999"])).toMatchObject([
        { id: first.id, digest: file.digest.slice(0, 12) },
      ]);
      const page = await fetch(first.url);
      expect(Buffer.from(await page.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    });

    it("understand what WordPress does to large images and to second uploads", async () => {
      const bytes = png(2600, 20);
      const file = fileOf("./large.png", bytes);
      const first = await connector.media?.upload(file, bytes);
      const found = await connector.media?.findByDigest([file.digest, "f".repeat(64)]);
      expect(found).toMatchObject([{ id: first?.id, digest: file.digest.slice(0, 12) }]);
      await site.php(
        `$p = get_post(${first?.id}); global $wpdb; $wpdb->update($wpdb->posts, ['post_name' => $p->post_name . '-2'], ['ID' => $p->ID]); clean_post_cache($p->ID);`,
      );
      expect((await connector.media?.findByDigest([file.digest]))?.[0]?.id).toBe(first?.id);
    });

    it("that another machine made after both had looked are theirs, and ours are taken back", async () => {
      const bytes = png(64, 40);
      const file = fileOf("./raced.png", bytes);
      const other = openWordPress(site.wordpress.api, "admin", site.wordpress.users.admin).connector;
      for (const each of [connector, other])
        expect(await each.media?.findByDigest([file.digest])).toEqual([]);
      const theirs = await other.media?.upload(file, bytes);
      expect(await connector.media?.upload(file, bytes)).toEqual(theirs);
      const slug = `media-${file.digest.slice(0, 12)}`;
      const there = `global $wpdb; echo $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->posts WHERE post_name LIKE '${slug}%'");`;
      expect(await site.php(there)).toBe("1");
    });

    it("of a type that WordPress refuses are told as such", async () => {
      const bytes = new TextEncoder().encode("#!/bin/sh\necho no\n");
      const fault = await faultOf(
        connector.media?.upload(fileOf("./run.sh", bytes, "text/x-sh"), bytes) ?? Promise.resolve(),
      );
      expect(fault).toMatchObject({ kind: "invalid", code: "wordpress.upload-refused" });
    });

    it("show as the featured image", async () => {
      const bytes = png(64, 30);
      const media = await connector.media?.upload(fileOf("./small.png", bytes), bytes);
      const made = await make(connector, "with-image", { status: "published", image: Number(media?.id) });
      expect(made.wire.image).toBe(Number(media?.id));
    });
  });
});
