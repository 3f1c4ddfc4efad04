import type { Asking } from "./context.ts";
import { userError } from "./context.ts";
import type { Given } from "./entries.ts";
import { newId, nowStamp, type WebhookSubscription } from "./state.ts";
import { webhookView } from "./views.ts";

interface WebhookInput {
  readonly uri?: Given<string>;
  readonly callbackUrl?: Given<string>;
  readonly format?: Given<string>;
  readonly filter?: Given<string>;
  readonly name?: Given<string>;
  readonly includeFields?: Given<readonly string[]>;
  readonly metafieldNamespaces?: Given<readonly string[]>;
}

interface CreateArgs {
  readonly topic: string;
  readonly webhookSubscription: WebhookInput;
}

export function webhookSubscriptionCreate(
  { topic, webhookSubscription: input }: CreateArgs,
  asking: Asking,
): object {
  const { store } = asking;
  const uri = input.uri ?? input.callbackUrl ?? "";
  const twin = [...store.webhooks.values()].some((one) => one.topic === topic && one.uri === uri);
  const fault = !/^(?:https|pubsub|arn):/.test(uri)
    ? "Address is not allowed"
    : twin
      ? "Address for this topic has already been taken"
      : undefined;
  if (fault !== undefined) {
    return {
      webhookSubscription: null,
      userErrors: [userError(["webhookSubscription", "callbackUrl"], null, fault)],
    };
  }
  const now = nowStamp(store);
  const webhook: WebhookSubscription = {
    id: newId(store, "WebhookSubscription"),
    topic,
    uri,
    format: input.format ?? "JSON",
    filter: input.filter ?? null,
    name: input.name ?? null,
    includeFields: input.includeFields ?? [],
    metafieldNamespaces: input.metafieldNamespaces ?? [],
    createdAt: now,
    updatedAt: now,
  };
  store.webhooks.set(webhook.id, webhook);
  asking.wrote = true;
  return { webhookSubscription: webhookView(webhook), userErrors: [] };
}

interface UpdateArgs {
  readonly id: string;
  readonly webhookSubscription: WebhookInput;
}

export function webhookSubscriptionUpdate(
  { id, webhookSubscription: input }: UpdateArgs,
  asking: Asking,
): object {
  const webhook = asking.store.webhooks.get(id);
  if (webhook === undefined) return { webhookSubscription: null, userErrors: [missing()] };
  const { uri, callbackUrl, format, filter, name, includeFields, metafieldNamespaces } = input;
  const given = { uri: uri ?? callbackUrl, format, filter, name, includeFields, metafieldNamespaces };
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  Object.assign(webhook, changes, { updatedAt: nowStamp(asking.store) });
  asking.wrote = true;
  return { webhookSubscription: webhookView(webhook), userErrors: [] };
}

export function webhookSubscriptionDelete({ id }: { readonly id: string }, asking: Asking): object {
  if (!asking.store.webhooks.delete(id)) {
    return { deletedWebhookSubscriptionId: null, userErrors: [missing()] };
  }
  asking.wrote = true;
  return { deletedWebhookSubscriptionId: id, userErrors: [] };
}

function missing(): ReturnType<typeof userError> {
  return userError(["id"], null, "Webhook subscription does not exist");
}
