// Answers in Wix's forms. https://dev.wix.com/docs/rest/articles/getting-started/about-errors
import type { JsonObject } from "../../lib/json.ts";
import { json, type Reply } from "../serve.ts";

/** Thrown to answer with it. */
export class Refused extends Error {
  readonly status: number;
  readonly body: JsonObject;
  constructor(status: number, body: JsonObject) {
    super(String(body.message));
    this.status = status;
    this.body = body;
  }
}

export const refusal = ({ status, body }: Refused): Reply => json(status, body);

export function refused(status: number, code: string, description: string): Refused {
  return new Refused(status, {
    message: description,
    details: { applicationError: { code, description, data: {} } },
  });
}

export interface Violation {
  readonly field: string;
  readonly description: string;
  readonly ruleName: string;
}

export function invalid(violations: readonly Violation[]): Refused {
  return new Refused(400, {
    message: violations.map(({ field, description }) => `${field} ${description}`).join(", "),
    details: {
      validationError: {
        fieldViolations: violations.map((one) => ({ ...one, violatedRule: "OTHER", data: {} })),
      },
    },
  });
}

export const notFound = (what: string): Refused => refused(404, "NOT_FOUND", `${what} not found`);
