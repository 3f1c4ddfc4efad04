// PURE: what each kind of endpoint answers, for the description and the documents.
import type { TableModel } from "../database/types.ts";
import { columnSchema, EMAIL } from "./schemas.ts";
import type { Endpoint, Handler, JsonSchema } from "./types.ts";

export interface Success {
  readonly status: number;
  readonly description: string;
  readonly schema: JsonSchema;
}

export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const ID: JsonSchema = { type: "string" };
const TIME: JsonSchema = { type: "string", format: "date-time" };

function whole(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", required: Object.keys(properties), properties };
}

function status(...values: readonly string[]): JsonSchema {
  return whole({ status: { type: "string", enum: values } });
}

const PERSON = (): JsonSchema =>
  whole({
    id: ID,
    email: EMAIL,
    name: columnSchema({ name: "name", type: "string", length: 200, nullable: true }),
    created_at: TIME,
  });

export const SUMMARIES: Readonly<Record<Handler, string>> = {
  contact: "Leave a message",
  newsletter: "Ask for the newsletter; a mail asks for confirmation",
  confirmNewsletter: "Confirm, by the link of the mail",
  newsletterState: "How the subscription stands; changes nothing",
  unsubscribeNewsletter: "End the subscription",
  register: "Make an account",
  login: "Get a token for an e-mail address and a password",
  profile: "Who one is",
  list: "Page by page, all rows",
  get: "One row",
  create: "A new row",
  webhook: "Take a signed delivery",
  graphql: "Carry out GraphQL operations",
};

/** What comes where all goes well. */
export function successesOf({ handler }: Endpoint, table: TableModel | undefined): readonly Success[] {
  const row = table === undefined ? {} : ref(rowName(table));
  switch (handler) {
    case "contact":
      return [{ status: 201, description: "It is stored.", schema: whole({ id: ID, created_at: TIME }) }];
    case "newsletter":
      return [{ status: 202, description: "The same whoever asks.", schema: status("pending") }];
    case "confirmNewsletter":
      return [{ status: 200, description: "As it is now.", schema: status("confirmed", "unsubscribed") }];
    case "newsletterState":
      return [
        { status: 200, description: "As it is.", schema: status("pending", "confirmed", "unsubscribed") },
      ];
    case "unsubscribeNewsletter":
      return [{ status: 200, description: "It is ended.", schema: status("unsubscribed") }];
    case "register":
      return [{ status: 201, description: "The account.", schema: PERSON() }];
    case "login":
      return [{ status: 200, description: "A token for an hour.", schema: tokenSchema() }];
    case "profile":
      return [{ status: 200, description: "The account of the token.", schema: PERSON() }];
    case "list":
      return [
        { status: 200, description: "A page; `next` is null in the last one.", schema: pageSchema(row) },
      ];
    case "get":
      return [{ status: 200, description: "The row.", schema: row }];
    case "create":
      return [{ status: 201, description: "The row as it is stored.", schema: row }];
    case "webhook":
      return [
        { status: 200, description: "It was taken before.", schema: status("duplicate") },
        { status: 202, description: "It is taken.", schema: status("accepted") },
      ];
    case "graphql":
      return [{ status: 200, description: "Results, errors among them.", schema: ref("GraphQLResults") }];
  }
}

function tokenSchema(): JsonSchema {
  return whole({
    token: { type: "string" },
    token_type: { type: "string", enum: ["Bearer"] },
    expires_in: { type: "integer", example: 3600 },
  });
}

function pageSchema(row: JsonSchema): JsonSchema {
  return whole({ items: { type: "array", items: row }, next: { type: "string", nullable: true } });
}

export function rowName(table: TableModel): string {
  return table.singular.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request is not valid; `errors` names the fields.",
  401: "Who calls is not known.",
  404: "There is no such thing.",
  409: "There is one like this already.",
  413: "The body is larger than 64 KiB.",
  415: "The body is not JSON.",
  429: "Too many requests; `retry-after` says for how many seconds.",
  503: "The database does not answer; `retry-after` says for how many seconds.",
};

/** What else can come, by status. */
export function refusalsOf(
  endpoint: Endpoint,
): readonly { readonly status: number; readonly description: string }[] {
  const { handler, authentication, accepts } = endpoint;
  const takesJson = endpoint.body !== undefined || accepts === "raw" || handler === "graphql";
  const when: Readonly<Record<number, boolean>> = {
    400: takesJson || handler === "list",
    401: authentication !== "none" || ["login", "webhook"].includes(handler),
    404: ["get", "confirmNewsletter", "newsletterState", "unsubscribeNewsletter"].includes(handler),
    409: ["register", "create"].includes(handler),
    413: takesJson || accepts === "any",
    415: takesJson,
    429: true,
    503: true,
  };
  return Object.entries(REFUSALS)
    .map(([code, description]) => ({
      status: Number(code),
      description: described(handler, Number(code), description),
    }))
    .filter(({ status: code }) => when[code] === true);
}

function described(handler: Handler, code: number, usual: string): string {
  if (handler === "newsletter" && code === 503) return "The database does not answer, or no mail is set up.";
  return handler === "login" && code === 401 ? "The e-mail address or the password is wrong." : usual;
}
