// Answers of a fake Drupal, its errors with their odd shapes among them.

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a page. */
  readonly body: unknown;
}

export interface Asked {
  readonly method: string;
  /** Below the JSON:API, e.g. `/node/article`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly lang: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Uint8Array;
}

const JSONAPI = { version: "1.0" };

export const data = (status: number, value: unknown, more: object = {}): Answer => ({
  status,
  body: { jsonapi: JSONAPI, data: value, ...more },
});

export class Refused extends Error {
  readonly answer: Answer;

  constructor(status: number, title: string, detail: string, pointer?: string, headers = {}) {
    super(detail);
    const source = pointer === undefined ? {} : { source: { pointer } };
    const body = { jsonapi: JSONAPI, errors: [{ title, status: String(status), detail, ...source }] };
    this.answer = { status, headers, body };
  }
}

export const notFound = (path: string) =>
  new Refused(
    404,
    "Not Found",
    `The "entity" parameter was not converted for the path "${path}" (route name: "x")`,
  );

export const badRequest = (detail: string) => new Refused(400, "Bad Request", detail);

export const unprocessable = (detail: string, pointer?: string) =>
  new Refused(422, "Unprocessable Content", detail, pointer);

export const cannotSet = (verb: string, field: string, member = "attributes", why = "") =>
  new Refused(
    403,
    "Forbidden",
    `The current user is not allowed to ${verb} the selected field (${field}).${why}`,
    `/data/${member}/${field}`,
  );
