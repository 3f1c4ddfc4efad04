// Files that documents link to, and files of a site that come down.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { bench } from "../commands/bench.ts";
import {
  expectDone,
  expectIdle,
  type Operator,
  onEachPlatform,
  operatorOf,
  picture,
  post,
} from "./platforms.ts";

const pdf = (n: number) => Buffer.from(`%PDF-1.4\n${n}\n%%EOF\n`);

const bodyOf = ({ site }: Operator, slug: string) =>
  site.entries().find((seen) => seen.slug === slug)?.body ?? "";

const linksIn = (body: string) => [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, to]) => to ?? "");

describe("files", () => {
  onEachPlatform(
    "a file that is linked or played goes up once, and what leads to it leads to the upload",
    {},
    async (operator) => {
      const { site } = operator;
      operator.write("files/Fiyat listesi 2026.pdf", pdf(1));
      operator.write("files/talk.mp3", Buffer.from("ID3\x03 talk"));
      const link = "[Prospectus](<files/Fiyat listesi 2026.pdf>)";
      operator.write(
        "one.md",
        post("title: One", `See ${link}.`, '<audio controls src="files/talk.mp3"></audio>'),
      );
      operator.write(
        "two.md",
        post("title: Two", `Or ${link} and [the site](/about.pdf) and [none](gone.pdf).`),
      );
      expectDone(await operator.does(publish));
      expect(site.uploads()).toBe(2);
      const [prospectus, talk] = linksIn(bodyOf(operator, "one"));
      expect(prospectus).toMatch(/fiyat-listesi-2026[^"]*\.pdf$/);
      expect(talk).toMatch(/talk[^"]*\.mp3$/);
      expect(linksIn(bodyOf(operator, "two"))).toEqual([prospectus, "/about.pdf", "gone.pdf"]);
      for (const machine of [operator, operator.another()]) expectIdle(await machine.does(push));
      operator.write("files/Fiyat listesi 2026.pdf", pdf(2));
      expectDone(await operator.does(push));
      expect(site.uploads()).toBe(3);
      const [changed] = linksIn(bodyOf(operator, "one"));
      expect(changed).not.toBe(prospectus);
      expect(linksIn(bodyOf(operator, "two"))[0]).toBe(changed);
    },
  );

  onEachPlatform(
    "an edit on the site beside a link to a file comes down with the operator's own link",
    {},
    async (operator) => {
      const { site } = operator;
      operator.write("a.pdf", pdf(1));
      operator.write("one.md", post("title: One", "See [it](a.pdf), please.", "More."));
      expectDone(await operator.does(publish));
      site.edit("one", { replace: ["please", "thanks"] });
      expectDone(await operator.does(pull));
      expect(operator.read("one.md")).toContain("See [it](a.pdf), thanks.");
      expectIdle(await operator.does(push));
      expect(site.uploads()).toBe(1);
    },
  );

  onEachPlatform(
    "a file that is empty, no file yet, or not what its name says is told of with the line, and nothing is sent",
    {},
    async (operator) => {
      const { site } = operator;
      operator.write("empty.pdf", "");
      operator.write(
        "lfs.pdf",
        `version https://git-lfs.example/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12\n`,
      );
      operator.write("html.pdf", "<html>");
      for (const name of ["empty", "lfs", "html"]) {
        operator.write(`${name}.md`, post(`title: ${name}`, "Text.", `See [it](${name}.pdf).`));
      }
      const ran = await operator.does(publish);
      expect(ran.results.map(({ path, fault }) => [path, fault?.code, fault?.place?.line]).sort()).toEqual([
        ["empty.md", "media-empty", 7],
        ["html.md", "media-type", 7],
        ["lfs.md", "lfs-pointer", 7],
      ]);
      expect([site.uploads(), site.writes()]).toEqual([0, 0]);
    },
  );

  onEachPlatform(
    "too large a picture is refused before anything is sent, or goes up as a smaller copy and is not sent again",
    {},
    async (operator) => {
      const { site } = operator;
      const { default: sharp } = await import("sharp");
      const wide = sharp({ create: { width: 900, height: 40, channels: 3, background: "#a07" } });
      operator.write("wide.jpg", await wide.jpeg().toBuffer());
      operator.write("one.md", post("title: One", "![W](wide.jpg)"));
      operator.write("ainstein.yaml", "content: [{ dir: ., kind: post }]\nmedia: { maxWidth: 300 }\n");
      const refused = await operator.does(publish);
      expect(refused.results.map(({ fault }) => [fault?.code, fault?.place])).toEqual([
        ["media-too-wide", { file: "one.md", line: 5 }],
      ]);
      expect([site.uploads(), site.writes()]).toEqual([0, 0]);
      operator.write(
        "ainstein.yaml",
        "content: [{ dir: ., kind: post }]\nmedia: { maxWidth: 300, onTooLarge: shrink }\n",
      );
      expectDone(await operator.does(publish));
      expect(site.uploads()).toBe(1);
      for (const machine of [operator, operator.another()]) expectIdle(await machine.does(push));
    },
  );
});

const DOWNLOAD = "content: [{ dir: posts, kind: post }]\nmedia: { pull: download }\n";

describe("pulling with media: { pull: download }", () => {
  onEachPlatform(
    "saves the site's own pictures and files beside the documents, and the next push sends nothing",
    { needs: ["uploads that can be downloaded"] },
    async (operator) => {
      const { site } = operator;
      for (const n of [1, 2]) operator.write(`p${n}.png`, picture(n));
      operator.write("a.pdf", pdf(1));
      operator.write("one.md", post("title: One\nimage: p1.png", "![A](p1.png)", "See [it](a.pdf).", "End."));
      operator.write("two.md", post("title: Two", "![B](p2.png)", "![A](p1.png)"));
      expectDone(await operator.does(publish));
      const other = operatorOf(site, bench().root);
      other.write("ainstein.yaml", DOWNLOAD);
      expectDone(await other.does(pull));
      const files = readdirSync(join(other.root, "posts/images")).sort();
      expect(files.map((name) => name.replace(/^[0-9a-f]{16}-|-[0-9a-f]{12}/g, ""))).toEqual(
        expect.arrayContaining(["a.pdf", "p1.png", "p2.png"]),
      );
      expect(files).toHaveLength(3);
      for (const slug of ["one", "two"])
        expect(other.read(`posts/${slug}.md`)).not.toMatch(/\]\((?!images\/)/);
      for (const machine of [other, other.another()]) {
        expectIdle(await machine.does(push));
        expectIdle(await machine.does(pull));
      }
      other.change("posts/one.md", "End.", "The end.");
      expectDone(await other.does(push));
      expect(site.uploads()).toBe(3);
      // Downloaded again beside what is there: the same bytes are the same file.
      rmSync(join(other.root, "posts/one.md"));
      rmSync(join(other.root, "ainstein.lock"));
      other.write("posts/images/mine.png", picture(9));
      const third = other.another();
      expectDone(await third.does(pull));
      expect(existsSync(join(other.root, "posts/one.md"))).toBe(true);
      expect(readdirSync(join(other.root, "posts/images"))).toHaveLength(4);
    },
  );
});
