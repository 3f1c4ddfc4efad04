// One write, and what its refusals mean. Read back is what the server answered.
import type { Refusal } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
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

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}
