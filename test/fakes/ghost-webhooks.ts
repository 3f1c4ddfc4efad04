// Webhooks of an integration, as Ghost 5 and 6 keep them (core/server/services/webhooks/webhooks-service.js): an address once
// for each event; none are listed, and nothing is delivered here.
import { GhostRefusal } from "./ghost-store.ts";

export interface GhostWebhook {
  readonly id: string;
  readonly event: string;
  readonly target_url: string;
  readonly secret: string;
  readonly name: string;
}

export interface WebhookCall {
  readonly webhooks: Map<string, GhostWebhook>;
  readonly method: string;
  readonly id: string;
  /** Of the request; undefined where it has none. */
  readonly given: Omit<GhostWebhook, "id"> | undefined;
  readonly newId: () => string;
}

const CANNOT: Readonly<Record<string, string>> = { PUT: "edit", DELETE: "delete" };

export function answerWebhook({ webhooks, method, id, given, newId }: WebhookCall): {
  readonly status: number;
  readonly body?: object;
} {
  if (id === "" && method === "POST" && given !== undefined) {
    const { event, target_url: target } = given;
    if ([...webhooks.values()].some((one) => one.event === event && one.target_url === target)) {
      throw new GhostRefusal(422, "ValidationError", "Validation error, cannot save webhook.", {
        context: "Target URL has already been used for this event.",
      });
    }
    return { status: 201, body: { webhooks: [keep({ ...given, id: newId() })] } };
  }
  const action = CANNOT[method];
  if (id === "" || action === undefined) throw new GhostRefusal(404, "NotFoundError", "Resource not found");
  const found = webhooks.get(id);
  if (found === undefined) {
    const message = `Resource not found error, cannot ${action} webhook.`;
    throw new GhostRefusal(404, "NotFoundError", message, { context: "Webhook not found." });
  }
  if (method === "PUT") return { status: 200, body: { webhooks: [keep({ ...found, ...given })] } };
  webhooks.delete(id);
  return { status: 204 };

  function keep(webhook: GhostWebhook): GhostWebhook {
    webhooks.set(webhook.id, webhook);
    return webhook;
  }
}
