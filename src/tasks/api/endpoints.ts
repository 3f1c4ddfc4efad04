// PURE: the endpoints of a model, with those that come along, and what each takes.

import { shortened } from "../database/names.ts";
import type { TableModel } from "../database/types.ts";
import type { EndpointSpec } from "../schema.ts";
import { CONTACT_TABLE, type ContactForm } from "./contact.ts";
import type { Meaning } from "./handlers.ts";
import { EMAIL, objectOf, rowInput, text } from "./schemas.ts";
import type { Endpoint, JsonSchema, Rate } from "./types.ts";

const LOGIN_RATE: Rate = { max: 10, windowMs: 60_000 };
/** What the column webhook_events.source holds. */
const SOURCE_LENGTH = 100;

const NAME = text({ minLength: 1, maxLength: 200 });
const BODIES: Readonly<Record<string, JsonSchema>> = {
  newsletter: objectOf({ email: EMAIL, name: NAME }, ["email"]),
  register: objectOf({ email: EMAIL, password: text({ minLength: 12, maxLength: 128 }), name: NAME }, [
    "email",
    "password",
  ]),
  login: objectOf({ email: EMAIL, password: text({ minLength: 1, maxLength: 128 }) }, ["email", "password"]),
};

interface Parts {
  /** Of the contact endpoints, in their order. */
  readonly forms: readonly ContactForm[];
  readonly tables: readonly TableModel[];
}

export function endpointsOf(
  read: readonly { readonly spec: EndpointSpec; readonly meaning: Meaning }[],
  { forms, tables }: Parts,
): readonly Endpoint[] {
  const left = [...forms];
  return read.flatMap(({ spec, meaning: { handler, table } }) => {
    const { method, path, authentication } = spec;
    const base = { method, path, handler, authentication };
    switch (handler) {
      case "contact": {
        const form = path.slice(path.lastIndexOf("/") + 1);
        return [{ ...base, table: CONTACT_TABLE, form, body: left.shift()?.body ?? {} }];
      }
      case "newsletter":
        return [{ ...base, body: BODIES.newsletter ?? {} }, ...newsletterLinks(path)];
      case "login":
        return [{ ...base, body: BODIES.login ?? {}, rate: LOGIN_RATE }];
      case "webhook":
        return [{ ...base, source: shortened(path, SOURCE_LENGTH), accepts: "raw" }];
      case "create": {
        const model = tables.find(({ name }) => name === table);
        return model === undefined ? [] : [{ ...base, table: model.name, body: rowInput(model) }];
      }
      default:
        return [
          {
            ...base,
            ...(table === undefined ? {} : { table }),
            ...(BODIES[handler] === undefined ? {} : { body: BODIES[handler] }),
          },
        ];
    }
  });
}

/** They are followed from a mail: nobody has a key there, and what a mail program posts is no JSON. */
function newsletterLinks(path: string): readonly Endpoint[] {
  const authentication = "none";
  return [
    { method: "GET", path: `${path}/confirm`, handler: "confirmNewsletter", authentication },
    { method: "GET", path: `${path}/unsubscribe`, handler: "newsletterState", authentication },
    {
      method: "POST",
      path: `${path}/unsubscribe`,
      handler: "unsubscribeNewsletter",
      authentication,
      accepts: "any",
    },
  ];
}
