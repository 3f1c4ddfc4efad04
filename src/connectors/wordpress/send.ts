// One write, and what its refusals mean. Read back is what the server answered.
import type { Refusal } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { wordpressFault } from "./faults.ts";
import { wholeFields } from "./read.ts";
import { decodeRow, type Row } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

/** Sends once. PHP may die after the entry is stored, so an error of the server itself says nothing about the write. */
export async function post(site: Site, type: ContentType, path: string, body: JsonObject): Promise<Row> {
  const { value } = await site.context.http.send({
    method: "POST",
    path,
    query: { _fields: await wholeFields(site, type) },
    body: { json: body },
    repeatable: false,
    decode: decodeRow,
    refuse: refuseWrite,
  });
  return value;
}

/** 503 is maintenance mode, which answers before anything is done. */
export function refuseWrite(refusal: Refusal): Fault | undefined {
  const known = wordpressFault(refusal);
  if (known !== undefined || refusal.status < 500 || refusal.status === 503) return known;
  return new Fault("ambiguous", `the site failed (HTTP ${refusal.status}) while writing`, {
    code: "wordpress.failed-writing",
    httpStatus: refusal.status,
    hint: "the site's error log names the cause; run again: what was written is found first",
  });
}

/** Parts that came back otherwise than they were sent: dropped in silence, or filtered by the role's rights. */
export function notKept(sent: JsonObject, returned: JsonObject): string[] {
  return Object.entries(sent)
    .filter(([name, value]) => name !== "protected" && !same(name, value, returned[name] ?? null))
    .map(([name]) => name);
}

export function notKeptFault(parts: readonly string[], consequence: string): Fault {
  return new Fault("invalid", `WordPress did not keep ${parts.join(", ")} as sent; ${consequence}`, {
    code: "not-kept",
    hint: "the role may lack a right (iframe and script need unfiltered_html), the value may not exist on the site, or a plug-in changes it",
  });
}

/** Markup that WordPress removes from the texts of roles without `unfiltered_html` (wp_kses_post). */
const STRIPPED = /<(script|iframe|style|form|input|select|textarea|svg|object|embed)[\s>/]/i;
const HANDLER = /<[a-z][^<>]{0,2000}\s(on[a-z]{2,30})\s*=/i;

/** Nothing is sent that this role would lose. */
export async function refuseStripped(site: Site, wire: JsonObject): Promise<void> {
  const text = [wire.body, wire.excerpt]
    .filter((value: Json | undefined) => typeof value === "string")
    .join("\n");
  const found = STRIPPED.exec(text)?.[1] ?? HANDLER.exec(text)?.[1];
  if (found === undefined || (await site.me()).can.has("unfiltered_html")) return;
  throw new Fault(
    "forbidden",
    `the site would remove \`${found.toLowerCase()}\` from this text: the role may not use it`,
    {
      code: "wordpress.html-stripped",
      hint: "connect as an Editor or Administrator (right unfiltered_html), or take it out of the file",
    },
  );
}
