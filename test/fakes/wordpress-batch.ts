// Batches of the fake, after WP_REST_Server::serve_batch_request_v1: requests one after the other, each with its answer.
import { type Answer, type Asked, refuse } from "./wordpress-routes.ts";
import type { Quirks, State } from "./wordpress-state.ts";

interface Inner {
  readonly method?: string;
  readonly path: string;
  readonly body?: Record<string, unknown>;
}

export function batchOf(asked: Asked, state: State, quirks: Quirks, route: (inner: Asked) => Answer): Answer {
  if (quirks.batchOff === true) return refuse(404, "rest_no_route");
  const { requests } = JSON.parse(asked.request.body) as { readonly requests: readonly Inner[] };
  const most = quirks.batchMost ?? 25;
  if (requests.length > most) {
    const params = { requests: `requests must contain at most ${most} items.` };
    return refuse(400, "rest_invalid_param", { params });
  }
  const dies = quirks.batchDiesAfter ?? requests.length;
  const responses = requests.slice(0, dies).map((inner) => {
    const url = new URL(inner.path, state.url);
    const method = inner.method ?? "POST";
    const body = JSON.stringify(inner.body ?? {});
    const own = { ...asked, url, path: url.pathname, request: { ...asked.request, method, body } };
    const reply = quirks.answersInBatch?.(own.path, body) ?? route(own);
    const given = quirks.rewrites === undefined ? reply.body : quirks.rewrites(own.path, reply.body);
    return { body: given, status: reply.status, headers: reply.headers ?? [] };
  });
  if (quirks.batchDiesAfter !== undefined) {
    quirks.dropsAnswerAfterCommit = 1;
    delete quirks.batchDiesAfter;
  }
  return { status: 207, body: { responses } };
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly write: boolean;
}

/** Requests that write; of a batch each one in it, as if it had been sent alone. */
export function eachWrite<T extends Request>(requests: readonly T[]): readonly T[] {
  return requests.flatMap((request) => {
    if (!request.write) return [];
    if (!request.url.includes("/batch/v1")) return request;
    const { requests: inner } = JSON.parse(request.body) as { readonly requests: readonly Inner[] };
    return inner.map(({ method = "POST", path, body = {} }) => ({
      ...request,
      method,
      url: path,
      body: JSON.stringify(body),
    }));
  });
}
