// Tags and members of staff.
import { z } from "zod";
import { foldName } from "../../content/term-path.ts";
import { isFault } from "../../lib/fault.ts";
import type { Author, Term, TermStore } from "../contract.ts";
import { TAGS } from "./kinds.ts";
import { wholeList } from "./list.ts";
import type { Site } from "./site.ts";

const tagSchema = z.object({ id: z.string(), name: z.string(), slug: z.string() });
type Tag = z.infer<typeof tagSchema>;

const termOf = ({ id, name, slug }: Tag): Term => ({ id, taxonomy: TAGS, name, slug, path: [name] });

const allTags = (site: Site) =>
  wholeList(site, "/tags/", { fields: "id,name,slug", order: "id asc" }, { key: "tags", item: tagSchema });

/** `notices`: what the last list showed to be wrong with the site's tags. */
export function termStore(site: Site): TermStore & { readonly notices: () => readonly string[] } {
  let queue: Promise<unknown> = Promise.resolve();
  let doubled: readonly string[] = [];
  return {
    notices: () => doubled,
    async list() {
      const tags = await allTags(site);
      doubled = doubledIn(tags);
      return tags.map(termOf);
    },
    create(_taxonomy, name) {
      // Ghost takes a name twice: side by side, equal names would become two tags.
      const made = queue.then(() => createTag(site, name));
      queue = made.catch(() => undefined);
      return made;
    },
  };
}

/** Ghost lets two tags have one name: an entry's may then be either. */
function doubledIn(tags: readonly Tag[]): readonly string[] {
  const slugs = new Map<string, readonly string[]>();
  for (const { name, slug } of tags) slugs.set(name, [...(slugs.get(name) ?? []), slug]);
  return [...slugs].flatMap(([name, several]) =>
    several.length < 2
      ? []
      : [
          `The site has the tag "${name}" ${several.length} times (${several.join(", ")}): remove all but one in Ghost's admin > Tags.`,
        ],
  );
}

async function createTag(site: Site, name: string): Promise<Term> {
  const present = await tagNamed(site, name);
  if (present !== undefined) return termOf(present);
  try {
    const made = await site.write({
      method: "POST",
      path: "/tags/",
      body: { tags: [{ name }] },
      repeatable: false,
      begins: true,
      decode: (payload) => z.object({ tags: z.tuple([tagSchema]) }).parse(payload).tags[0],
    });
    return termOf(made);
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw thrown;
    const landed = await tagNamed(site, name);
    if (landed === undefined) throw thrown;
    return termOf(landed);
  }
}

async function tagNamed(site: Site, name: string): Promise<Tag | undefined> {
  const key = foldName(name);
  const tags = await allTags(site);
  return tags.find((tag) => tag.name === name) ?? tags.find((tag) => foldName(tag.name) === key);
}

const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  email: z.string().catch(""),
});

export async function authors(site: Site): Promise<readonly Author[]> {
  const users = await wholeList(site, "/users/", { order: "id asc" }, { key: "users", item: userSchema });
  return users.map(({ id, name, slug, email }) => ({
    ...{ id, name, slug },
    ...(email === "" ? {} : { aliases: [email] }),
  }));
}
