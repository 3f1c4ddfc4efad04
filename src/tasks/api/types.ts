// The one model that a made API's files, its description and its documents come from.
import type { Assumption } from "../answer.ts";
import type { DatabaseModel, TableModel } from "../database/types.ts";
import type { ApiRequirements, HANDLERS, METHODS } from "../schema.ts";

export type JsonSchema = { readonly [key: string]: unknown };
export type Method = (typeof METHODS)[number];

/** A function of the made service: those that a task may name, and those that come with them. */
export type Handler =
  | (typeof HANDLERS)[number]
  | "confirmNewsletter"
  | "newsletterState"
  | "unsubscribeNewsletter"
  | "graphql";

export interface Rate {
  readonly max: number;
  readonly windowMs: number;
}

export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly handler: Handler;
  readonly authentication: "none" | "api_key" | "jwt_token";
  /** Where its rows are. */
  readonly table?: string;
  /** What a body must be. */
  readonly body?: JsonSchema;
  /** Name of the form, in events. */
  readonly form?: string;
  /** Name of the sender, with a webhook's events. */
  readonly source?: string;
  /** A limit of its own, besides that of all. */
  readonly rate?: Rate;
  /** Bodies other than JSON that is parsed: `raw` is JSON as bytes, `any` is taken and not looked at. */
  readonly accepts?: "raw" | "any";
}

/** A table as GraphQL shows it. */
export interface Resource {
  readonly table: string;
  /** Names of the type and of its fields. */
  readonly type: string;
  readonly list: string;
  readonly one: string;
  /** Undefined where a row needs what nobody may give. */
  readonly create?: { readonly name: string; readonly input: JsonSchema };
}

export interface ApiModel {
  readonly name: string;
  readonly type: ApiRequirements["type"];
  readonly dialect: "postgresql" | "mysql";
  readonly database: DatabaseModel;
  /** Those of the task and those that come with them, in the task's order. */
  readonly endpoints: readonly Endpoint[];
  readonly tables: readonly TableModel[];
  readonly resources: readonly Resource[];
  readonly rate: Rate;
  /** Undefined where browsers of other origins have no business. */
  readonly corsOrigins?: readonly string[];
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
}

/** What a task has to say before anything can be made of it. `field` is the path below `specifications`. */
export interface Need {
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

export const TABLE_HANDLERS: readonly Handler[] = ["list", "get", "create"];
/** Handlers that tell who listens what happened. */
export const EVENT_HANDLERS: readonly Handler[] = ["contact", "confirmNewsletter", "register"];
/** Columns whose values never leave the service. */
export const HIDDEN: readonly string[] = ["password_hash", "token_hash"];
