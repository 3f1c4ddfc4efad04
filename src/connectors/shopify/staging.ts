// Bytes beside the Admin API: to a staging place where Shopify fetches them from, and from where it shows what came of them.
import { z } from "zod";
import type { Fault } from "../../lib/fault.ts";
import { userErrorsSchema, userFault } from "./faults.ts";
import { STAGE_UPLOADS } from "./queries.ts";
import type { Shop } from "./shop.ts";

export interface Staging {
  readonly resource: "IMAGE" | "FILE" | "BULK_MUTATION_VARIABLES";
  readonly filename: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  /** The fault that says why it did not get there. */
  readonly refused: (why: string) => Fault;
}

export interface Staged {
  /** Where Shopify fetches it from. */
  readonly address: string;
  /** Its name within the staging place. */
  readonly path: string | undefined;
}

const stagedSchema = z.object({
  stagedTargets: z
    .array(
      z.object({
        url: z.string(),
        resourceUrl: z.string(),
        parameters: z.array(z.object({ name: z.string(), value: z.string() })),
      }),
    )
    .nullish(),
  userErrors: userErrorsSchema,
});

export async function stage(shop: Shop, staging: Staging): Promise<Staged> {
  const { resource, filename, type, bytes, refused } = staging;
  const input = {
    filename,
    mimeType: type,
    httpMethod: "POST",
    fileSize: String(bytes.byteLength),
    resource,
  };
  const answer = await shop.one(
    { operation: STAGE_UPLOADS, values: { input: [input] } },
    (payload) => stagedSchema.parse(payload),
    { begins: true },
  );
  const fault = userFault(answer.userErrors, { kind: "file", slug: "" });
  if (fault !== undefined) throw refused(fault.message);
  const [target] = answer.stagedTargets ?? [];
  if (target === undefined) throw refused("the shop names no place for it");
  const form = new FormData();
  for (const { name, value } of target.parameters) form.set(name, value);
  form.set("file", new Blob([Uint8Array.from(bytes)], { type }), filename);
  const body = new Response(form);
  await deliver(shop, staging, target.url, {
    bytes: new Uint8Array(await body.arrayBuffer()),
    type: body.headers.get("content-type") ?? "multipart/form-data",
  });
  return {
    address: target.resourceUrl,
    path: target.parameters.find(({ name }) => name === "key")?.value,
  };
}

/** To a store of the vendor's, without credentials; a sandbox has it under its own address. */
async function deliver(
  { context: { http, url } }: Shop,
  { refused }: Staging,
  address: string,
  body: { readonly bytes: Uint8Array; readonly type: string },
): Promise<void> {
  if (!URL.canParse(address)) throw refused("the shop names no address for it");
  if (new URL(address).origin !== new URL(url).origin) {
    if (http.upload === undefined) throw refused("nothing can be sent beyond the shop's own address");
    await http.upload(address, body);
    return;
  }
  const { headers } = await http.send({
    method: "POST",
    path: address,
    body,
    as: "text",
    anonymous: true,
    repeatable: true,
    decode: () => undefined,
    refuse: ({ status }) => refused(`its staging place answered ${status}`),
  });
  // Of something in between: the bytes may never have arrived.
  if (/^text\/html/i.test(headers["content-type"] ?? ""))
    throw refused("its staging place answered with a page");
}

/** Of a store of the vendor's, without credentials; a sandbox has it under its own address. At most `maxBytes`. */
export async function collect(
  { context: { http, url } }: Shop,
  address: string,
  { maxBytes, refused }: { readonly maxBytes: number; readonly refused: (why: string) => Fault },
): Promise<Uint8Array> {
  const isOwn = URL.canParse(address) && new URL(address).origin === new URL(url).origin;
  if (!isOwn && !/^https:\/\//.test(address)) throw refused("the shop names no address for it");
  if (http.download !== undefined) return http.download(address, maxBytes);
  if (!isOwn) throw refused("nothing can be fetched beyond the shop's own address");
  const { value } = await http.send({
    method: "GET",
    path: address,
    as: "bytes",
    anonymous: true,
    repeatable: true,
    decode: (payload) => payload as Uint8Array,
    refuse: ({ status }) => refused(`its place answered ${status}`),
  });
  return value;
}
