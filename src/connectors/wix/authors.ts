// Members of the site: an author of a post is one of them.
import { z } from "zod";
import { foldName } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import type { Author } from "../contract.ts";
import type { Site } from "./site.ts";

const text = z.string().nullish();
const memberSchema = z.object({
  id: z.string(),
  loginEmail: text,
  profile: z.object({ nickname: text, slug: text }).nullish(),
});

const PAGE = 100;
/** A site may have very many members; authors are among the first. */
const MOST = 1000;

/** https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members/list-members */
export async function authors(site: Site): Promise<readonly Author[]> {
  const found: Author[] = [];
  for (let offset = 0; offset < MOST; offset += PAGE) {
    const query = { fieldsets: "FULL", "paging.limit": PAGE, "paging.offset": offset };
    const { value } = await site.get(
      "/members/v1/members",
      query,
      (payload) => z.object({ members: z.array(memberSchema).nullish() }).parse(payload).members ?? [],
    );
    found.push(...value.map(authorOf));
    if (value.length < PAGE) break;
  }
  return found;
}

function authorOf({ id, loginEmail, profile }: z.infer<typeof memberSchema>): Author {
  const name = profile?.nickname ?? "";
  const slug = profile?.slug ?? "";
  return {
    id,
    slug: slug === "" ? id : slug,
    name: name === "" ? slug : name,
    ...((loginEmail ?? "") === "" ? {} : { aliases: [loginEmail ?? ""] }),
  };
}

/** Id of the member whom this names, by id, slug, nickname or e-mail address. */
export async function authorNamed(site: Site, name: string): Promise<string> {
  const member = memberNamed(await authors(site), name);
  if (member !== undefined) return member.id;
  throw new Fault("usage", `the setting author names no member of the site: "${name}"`, {
    code: "wix.no-author",
    scope: "connection",
    hint: "name one as the site's dashboard shows them under Site members",
  });
}

/** Pure. Undefined where nobody, or more than one, is called so. */
export function memberNamed(members: readonly Author[], name: string): Author | undefined {
  const key = foldName(name);
  const [named, other] = members.filter((member) => foldName(member.name) === key);
  return (
    members.find(({ id }) => id === name) ??
    members.find(({ slug }) => foldName(slug) === key) ??
    members.find(({ aliases = [] }) => aliases.some((alias) => foldName(alias) === key)) ??
    (other === undefined ? named : undefined)
  );
}
