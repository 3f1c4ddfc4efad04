import { json, type Reply } from "../serve.ts";

/** A refusal in Webflow's form. `code` is one of those that its API description lists. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly Detail[];

  constructor(status: number, code: string, message: string, details: readonly Detail[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export interface Detail {
  readonly param: string;
  readonly description: string;
}

export const malformed = (why: string) => new Refused(400, "bad_request", `Bad Request: ${why}`);

export const invalid = (...details: readonly Detail[]) =>
  new Refused(400, "validation_error", "Validation Error", details);

export const notFound = (what: string, code = "resource_not_found") =>
  new Refused(404, code, `Requested resource not found: ${what}`);

export function refusal(
  { status, code, message, details }: Refused,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return json(status, { message, code, externalReference: null, details }, headers);
}
