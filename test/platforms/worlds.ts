// The platforms that the sweeps run against, each as a fake at the end of a bad road, and the content that travels there.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openSession } from "../../src/auth/session.ts";
import { findMethod } from "../../src/commands/connection.ts";
import type { Direction } from "../../src/commands/transfer.ts";
import type { Manifest } from "../../src/connectors/contract.ts";
import { manifest as drupal } from "../../src/connectors/drupal/manifest.ts";
import { manifest as ghost } from "../../src/connectors/ghost/manifest.ts";
import { manifest as joomla } from "../../src/connectors/joomla/manifest.ts";
import { manifest as webflow } from "../../src/connectors/webflow/manifest.ts";
import { manifest as wix } from "../../src/connectors/wix/manifest.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import type { Bench } from "../commands/bench.ts";
import { startDrupal } from "../fakes/drupal.ts";
import { type FaultProxy, startFaultProxy } from "../fakes/fault-proxy.ts";
import { startGhost } from "../fakes/ghost.ts";
import { startJoomla } from "../fakes/joomla.ts";
import type { PlatformFake } from "../fakes/platform.ts";
import { startWebflow } from "../fakes/webflow.ts";
import { startWix } from "../fakes/wix.ts";
import { picture } from "../real/both-sides.ts";
import { overTo } from "../real/disturbed.ts";

export interface World {
  readonly name: string;
  readonly manifest: Manifest;
  readonly start: () => Promise<PlatformFake>;
  /** Kinds of `posts/` and `pages/`. */
  readonly kinds: readonly [string, string];
  /** Front matter of every post besides what all platforms have. */
  readonly extra: string;
  /** Writes, as `POST /path`, that the platform carries out again when they are repeated on their way: it has nothing to know them by. */
  readonly doubles?: RegExp;
  /** What was killed is waited for so long that its sweep is one of the long ones. */
  readonly landsLate?: true;
}

export const WORLDS: readonly World[] = [
  { name: "Drupal", manifest: drupal, start: startDrupal, kinds: ["article", "page"], extra: "" },
  {
    name: "Joomla",
    manifest: joomla,
    start: startJoomla,
    kinds: ["article", "article"],
    extra: "categories: [News/Local]\n",
  },
  {
    name: "Ghost",
    manifest: ghost,
    start: startGhost,
    kinds: ["post", "page"],
    extra: "",
    doubles: /^POST .*\/(?:posts|pages|tags)\//,
  },
  { name: "Webflow", manifest: webflow, start: startWebflow, kinds: ["posts", "pages"], extra: "" },
  { name: "Wix", manifest: wix, start: startWix, kinds: ["post", "post"], extra: "", landsLate: true },
];

/** A fake of the platform, and a proxy before it through which everything goes. */
export interface PlatformRoad {
  readonly world: World;
  readonly fake: PlatformFake;
  readonly proxy: FaultProxy;
  stop(): Promise<void>;
}

export async function startRoad(world: World): Promise<PlatformRoad> {
  const fake = await world.start();
  const proxy = await startFaultProxy(fake.url, {
    isWrite: (passed) => fake.isWrite(passed),
    keepsHost: true,
  });
  fake.reachedAt(proxy.url);
  return {
    ...{ world, fake, proxy },
    stop: async () => {
      await proxy.stop();
      await fake.close();
    },
  };
}

/** Nothing lands late in a fake: waits take a two-hundredth of their time. */
const impatient: Clock = { now: systemClock.now, sleep: (ms) => systemClock.sleep(ms / 200) };

interface Credentials {
  readonly url: string;
  readonly auth: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A command to the target `site`, which lies at the end of this road. */
export function overRoad({ world, fake, proxy }: PlatformRoad, direction: Direction) {
  const { manifest } = world;
  const given = fake.connection(proxy.url) as unknown as Credentials;
  const session = openSession("site", findMethod(manifest, given.auth), given.username, given);
  return overTo(
    {
      ...{ target: "site", api: given.url, manifest, settings: given.settings ?? {}, clock: impatient },
      limits: { connectMs: 2000, firstByteMs: 1500, wholeMs: 3000 },
      authorize: session.authorize,
    },
    direction,
  );
}

/** Documents of `writeSite`. */
export const POSTS = 5;
export const DOCUMENTS = POSTS + 1;
export const titleOf = (n: number): string => `Post number ${n}`;

/** Posts with tags, two with a picture, some live with a date of their own and some drafts, and a page. */
export function writeSite(operator: Bench, { kinds: [post, page], extra }: World, posts = POSTS): void {
  operator.write(
    "ainstein.yaml",
    `content:\n  - { dir: posts, kind: ${post} }\n  - { dir: pages, kind: ${page} }\n`,
  );
  for (let n = 1; n <= posts; n += 1) {
    const live = n % 2 === 0 ? "status: published\ndate: 2025-03-02 10:00\n" : "";
    const image = n <= 2 ? `\n![Picture ${n}](../images/p${n}.png)\n` : "";
    operator.write(
      `posts/post-${n}.md`,
      `---\ntitle: ${titleOf(n)}\n${live}${extra}tags: [bread, "tag ${n % 2}"]\n---\n\nFirst of ${n}.\n${image}\nSecond *of* ${n}.\n`,
    );
  }
  operator.write("pages/about.md", `---\ntitle: About\n${extra}---\n\nAbout us.\n`);
  for (const n of [1, 2]) operator.write(`images/p${n}.png`, picture(n));
}

/** A text, tags, a title and a page's text, and one document less: four updates and a removal. */
export function editSite(operator: Bench): void {
  const edit = (path: string, from: string, to: string) =>
    operator.write(path, operator.read(path).replace(from, to));
  edit("posts/post-1.md", "First of", "Edited of");
  edit("posts/post-2.md", "bread", "cake");
  edit("posts/post-3.md", titleOf(3), "Post number three");
  edit("pages/about.md", "About us.", "About them.");
  rmSync(join(operator.root, "posts/post-5.md"));
}
