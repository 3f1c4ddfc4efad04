// An operator who publishes over a bad road: commands as in life, on a client with short limits and short waits.
import { openSession } from "../../src/auth/session.ts";
import type { Command } from "../../src/commands/context.ts";
import { placeOf } from "../../src/commands/session.ts";
import { type Direction, scopeOf, transfer } from "../../src/commands/transfer.ts";
import type { Manifest } from "../../src/connectors/contract.ts";
import { manifest } from "../../src/connectors/wordpress/manifest.ts";
import { openRoot } from "../../src/engine/root.ts";
import { createHttp, type HttpOptions } from "../../src/http/client.ts";
import type { Http } from "../../src/http/http.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { exitOf } from "../../src/lib/exit.ts";
import type { Bench, Ran } from "../commands/bench.ts";
import { picture } from "./both-sides.ts";

export interface Road {
  /** Root of the site's API as the operator reaches it. */
  readonly api: string;
  readonly password: string;
  /** "admin" where none is given. */
  readonly login?: string;
  /** Something between the connector and its client. */
  readonly between?: (http: Http) => Http;
  /** A clock of its own. */
  readonly clock?: Clock;
}

/** Waits of the program take a twentieth of their time. */
const hurried: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 20)),
};

/** A command to the target `wp`, which lies at the end of this road. */
export function over(road: Road, direction: Direction): Command {
  const session = openSession("wp", { type: "basic" }, road.login ?? "admin", { password: road.password });
  return overTo({ ...road, target: "wp", manifest, authorize: session.authorize }, direction);
}

/** A site of any platform, and the way to it. */
export interface Way extends Pick<Road, "api" | "between" | "clock"> {
  readonly target: string;
  readonly manifest: Manifest;
  readonly authorize: HttpOptions["authorize"];
  /** Besides what the platform has where none is given. */
  readonly settings?: Readonly<Record<string, string>>;
  /** As of a site that takes its time where none are given. */
  readonly limits?: HttpOptions["limits"];
}

/** A command to the target of that name, which lies at the end of this way. */
export function overTo(way: Way, direction: Direction): Command {
  return async (context, args) => {
    const place = await placeOf(context, args.positionals);
    const root = await openRoot(place.dir, context.env);
    const clock = way.clock ?? hurried;
    const client = createHttp({
      baseUrl: way.api,
      authorize: way.authorize,
      pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
      tells: way.manifest.pace.tells ?? {},
      clock,
      random: Math.random,
      limits: way.limits ?? { connectMs: 2000, firstByteMs: 3000, wholeMs: 6000 },
      retry: { attempts: 3 },
    });
    const http = way.between?.(client) ?? client;
    const { codec, open } = await way.manifest.load();
    const fallbacks = way.manifest.settings.map(({ name, fallback }) => [name, fallback] as const);
    const settings = { ...Object.fromEntries(fallbacks), ...way.settings };
    const target = {
      name: way.target,
      platform: way.manifest.id,
      connector: open({ url: way.api, settings, http, clock }),
      codec,
      settings,
      defaultKind: way.manifest.defaultKind,
      requests: http.requests,
    };
    const outcome = await transfer(
      { ...context, clock },
      args,
      direction,
      target,
      root,
      scopeOf(args, place.paths),
    );
    return outcome.exit;
  };
}

/** The exit code of the program, also where the command ended with a fault. */
export const exitCodeOf = (ran: Ran): number => (ran.fault === undefined ? ran.exit : exitOf(ran.fault.kind));

/** Six posts and two pages, one below the other, with two pictures, tags, and a category in a category. */
export function writeContent(operator: Bench): void {
  operator.write(
    "ainstein.yaml",
    "content:\n  - { dir: posts, kind: post }\n  - { dir: pages, kind: page }\n",
  );
  for (let n = 1; n <= 6; n += 1) {
    const date = n % 2 === 0 ? `date: 2025-03-0${n} 10:00\n` : "";
    const image = n <= 2 ? `\n![Picture ${n}](../images/p${n}.png)\n` : "";
    operator.write(
      `posts/post-${n}.md`,
      `---\ntitle: Post ${n}\n${date}tags: [bread, "tag ${n % 2}"]\ncategories: [News/Local]\n---\n\nFirst of ${n}.\n${image}\nSecond *of* ${n}.\n`,
    );
  }
  operator.write(
    "pages/about.md",
    "---\ntitle: About\nimage: { src: ../images/p1.png, alt: P }\n---\n\nAbout us.\n",
  );
  operator.write("pages/team.md", "---\ntitle: Team\nparent: about\n---\n\nThe team.\n");
  for (const n of [1, 2]) operator.write(`images/p${n}.png`, picture(n));
}

/** How many entries, terms and uploads `writeContent` makes of an empty site. */
export const CONTENT = { entries: 8, terms: 5, media: 2 } as const;

export interface Census {
  /** Kind, slug and everything the operator's files decide, sorted. Numbers of entries and uploads are left out. */
  readonly entries: readonly string[];
  readonly terms: readonly string[];
  /** Digits of the content, sorted. */
  readonly media: readonly string[];
}

/** What the site holds, counted by WordPress itself. */
export async function census(php: (code: string) => Promise<string>): Promise<Census> {
  const told = JSON.parse(
    await php(`
    $entries = [];
    foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page'],
        'post_status' => ['publish', 'future', 'draft', 'pending', 'private'], 'orderby' => 'ID']) as $p) {
      $names = fn ($taxonomy) => implode('+', wp_get_object_terms($p->ID, $taxonomy, ['fields' => 'names', 'orderby' => 'name']));
      $content = preg_replace(['/wp-image-\\\\d+/', '/"id":\\\\d+/', '/-\\\\d+\\\\.png/'], ['wp-image', '"id"', '.png'], $p->post_content);
      $image = get_post_thumbnail_id($p->ID) ? 'image' : '';
      $entries[] = implode(' | ', [$p->post_type, $p->post_name, $p->post_status, $p->post_title, $content,
        $names('category'), $names('post_tag'), $image, get_post_field('post_name', $p->post_parent) ?: '',
        str_starts_with($p->post_date, '2025-03') ? $p->post_date : 'now']);
    }
    $terms = [];
    foreach (get_terms(['taxonomy' => ['category', 'post_tag'], 'hide_empty' => false]) as $t) {
      $terms[] = $t->taxonomy . ' ' . $t->name . ' < ' . ($t->parent ? get_term($t->parent)->name : '');
    }
    $media = array_map(fn ($a) => preg_match('/-([0-9a-f]{12})(-\\\\d+)?\\\\.png$/', get_attached_file($a->ID), $m) ? $m[1] : '?',
      get_posts(['numberposts' => -1, 'post_type' => 'attachment', 'post_status' => 'any']));
    echo json_encode(['entries' => $entries, 'terms' => $terms, 'media' => $media]);`),
  ) as { entries: string[]; terms: string[]; media: string[] };
  return { entries: told.entries.sort(), terms: told.terms.sort(), media: told.media.sort() };
}

/** Nothing on the site but its first category. */
export async function wipe(php: (code: string) => Promise<string>): Promise<void> {
  await php(`global $wpdb;
    foreach (get_posts(['numberposts' => -1, 'post_type' => 'attachment', 'post_status' => 'any', 'fields' => 'ids']) as $id)
      wp_delete_attachment($id, true);
    foreach (['posts', 'postmeta', 'term_relationships'] as $table) $wpdb->query("DELETE FROM {$wpdb->$table}");
    foreach (get_terms(['taxonomy' => ['category', 'post_tag'], 'hide_empty' => false]) as $t)
      if ($t->term_id !== 1) wp_delete_term($t->term_id, $t->taxonomy);
    wp_cache_flush();`);
}
