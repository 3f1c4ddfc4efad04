// Every refusal leaves as application/problem+json, RFC 9457.
import { STATUS_CODES } from "node:http";

/** A refusal that the caller is told: status, sentence and, where it is about fields, which. */
export class Problem extends Error {
  constructor(status, detail, { errors, headers = {} } = {}) {
    super(detail);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

/** The database is away. It is worth asking again. */
export function unavailable(detail = "The database does not answer. Try again in a moment.") {
  return new Problem(503, detail, { headers: { "retry-after": "5" } });
}

export function invalidField(field, message) {
  return new Problem(400, "The request is not valid.", { errors: [{ field, message }] });
}

export function addProblems(app) {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, problemOf(error)));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new Problem(404, "There is nothing here.")),
  );
}

/** What the framework and its plugins throw, in our words; anything unknown is a 500 that tells nothing. */
function problemOf(error) {
  if (error instanceof Problem) return error;
  if (error.validation !== undefined)
    return new Problem(400, "The request is not valid.", {
      errors: error.validation.slice(0, TOLD).map(fieldError),
    });
  if (error.statusCode >= 400 && error.statusCode < 500) return new Problem(error.statusCode, error.message);
  return Object.assign(new Problem(500, "Something went wrong here. It has been logged."), { cause: error });
}

/** A body full of faults makes no answer that is larger than itself. */
const TOLD = 20;

const WORDS = {
  required: "is required",
  additionalProperties: "is not known here",
  pattern: "has a form that is not taken",
};

function fieldError({ instancePath, keyword, params, message }) {
  const parts = instancePath.split("/").slice(1);
  if (keyword === "required") parts.push(params.missingProperty);
  if (keyword === "additionalProperties") parts.push(params.additionalProperty);
  return { field: parts.join("."), message: WORDS[keyword] ?? message };
}

function sendProblem(request, reply, problem) {
  const { status, message, errors, headers } = problem;
  if (status >= 500) request.log.error({ err: problem.cause ?? problem }, "request failed");
  return reply
    .code(status)
    .headers(headers)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: "about:blank",
        title: STATUS_CODES[status] ?? "Error",
        status,
        detail: message,
        errors,
      }),
    );
}
