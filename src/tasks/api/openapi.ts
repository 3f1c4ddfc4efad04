import type { ApiModel } from "./types.ts";
export function openapiDocument(model: ApiModel): object {
  return { openapi: "3.0.3", info: { title: model.name, version: "1.0.0" }, paths: {} };
}
