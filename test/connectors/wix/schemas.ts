// Wix's own types, as JSON Schemas: what the sandbox is asked and answers has to fit them.
import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { validateRicosDocument } from "ricos-schema/next";
import { isObject } from "../../../src/lib/json.ts";
import type { Exchange } from "../../../src/sandbox/wix/routes.ts";

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function compiled(file: string): (name: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  (formats as unknown as (ajv: Ajv) => void)(ajv);
  ajv.addFormat("GUID", GUID);
  ajv.addFormat("WEB_URL", /^https?:\/\//);
  ajv.addFormat("DECIMAL_VALUE", /^-?\d+(?:\.\d+)?$/);
  ajv.addFormat("LANGUAGE_TAG", /^[a-z]{2,4}(?:-[A-Za-z0-9]+)*$/);
  ajv.addFormat("COLOR_HEX", /^#[0-9a-f]+$/i);
  ajv.addFormat("CURRENCY", /^[A-Z]{3}$/);
  const path = new URL(`../../../fixtures/wix/${file}`, import.meta.url);
  ajv.addSchema(JSON.parse(readFileSync(path, "utf8")) as object, file);
  const known = new Map<string, ValidateFunction>();
  return (name) => {
    const there = known.get(name) ?? ajv.compile({ $ref: `${file}#/definitions/${name}` });
    known.set(name, there);
    return there;
  };
}

const blog = compiled("blog.schema.json");
const media = compiled("media.schema.json");

/** Method and path -> names of the types of request and answer. */
const TYPES: readonly (readonly [
  string,
  RegExp,
  ValidateFunction | undefined,
  ValidateFunction | undefined,
])[] = [
  [
    "POST",
    /^\/blog\/v3\/draft-posts\/query$/,
    blog("QueryDraftPostsRequest"),
    blog("QueryDraftPostsResponse"),
  ],
  [
    "POST",
    /^\/blog\/v3\/bulk\/draft-posts\/create$/,
    blog("BulkCreateDraftPostsRequest"),
    blog("BulkCreateDraftPostsResponse"),
  ],
  [
    "PATCH",
    /^\/blog\/v3\/draft-posts\/update$/,
    blog("BulkUpdateDraftPostsRequest"),
    blog("BulkCreateDraftPostsResponse"),
  ],
  ["POST", /^\/blog\/v3\/draft-posts$/, blog("CreateDraftPostRequest"), blog("CreateDraftPostResponse")],
  [
    "PATCH",
    /^\/blog\/v3\/draft-posts\/[^/]+$/,
    blog("UpdateDraftPostRequest"),
    blog("CreateDraftPostResponse"),
  ],
  ["POST", /^\/blog\/v3\/draft-posts\/[^/]+\/publish$/, undefined, blog("PublishDraftPostResponse")],
  ["GET", /^\/blog\/v3\/draft-posts\/(?:trash-bin\/)?[^/]+$/, undefined, blog("CreateDraftPostResponse")],
  ["POST", /^\/site-media\/v1\/files\/import$/, media("ImportFileRequest"), media("ImportFileResponse")],
  [
    "POST",
    /^\/site-media\/v1\/files\/generate-upload-url$/,
    media("GenerateFileUploadUrlRequest"),
    media("GenerateFileUploadUrlResponse"),
  ],
  ["GET", /^\/site-media\/v1\/files\/get-file-by-id$/, undefined, media("ImportFileResponse")],
];

export function checked(): { readonly watch: (exchange: Exchange) => void; readonly problems: string[] } {
  const problems: string[] = [];
  const tell = (where: string, check: ValidateFunction | undefined, value: unknown) => {
    if (check === undefined || check(value)) return;
    const [first] = check.errors ?? [];
    problems.push(`${where}: ${first?.instancePath} ${first?.message} ${JSON.stringify(first?.params)}`);
  };
  return {
    problems,
    watch: ({ method, path, request, status, answer }) => {
      const types = TYPES.find(([verb, pattern]) => verb === method && pattern.test(path));
      if (types === undefined || status >= 300) return;
      tell(`request of ${method} ${path}`, types[2], request);
      tell(`answer to ${method} ${path}`, types[3], answer);
      for (const document of contentsOf(request)) {
        const result = validateRicosDocument(document as never) as { type: string; errors?: unknown };
        if (result.type !== "ok")
          problems.push(`rich content: ${JSON.stringify(result.errors).slice(0, 300)}`);
      }
    },
  };
}

/** Every rich content in a request, wherever it stands. */
function contentsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(contentsOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === "richContent" ? [child] : contentsOf(child),
  );
}
