// Registrations of webhooks: https://developers.webflow.com/data/reference/webhooks. Nothing is ever delivered.
import { isObject } from "../../lib/json.ts";
import { json, type Reply } from "../serve.ts";
import { invalid, notFound } from "./errors.ts";
import { newId, nowStamp, type SiteStore, type Webhook } from "./state.ts";

const TRIGGERS: ReadonlySet<unknown> = new Set([
  ...["form_submission", "site_publish", "page_created", "page_metadata_updated", "page_deleted"],
  ...["ecomm_new_order", "ecomm_order_changed", "ecomm_inventory_changed", "comment_created"],
  ...["collection_item_created", "collection_item_changed", "collection_item_deleted"],
  ...["collection_item_published", "collection_item_unpublished"],
]);
const MOST = 75;

export function listWebhooks({ webhooks }: SiteStore): Reply {
  const rows = [...webhooks.values()];
  return json(200, { webhooks: rows, pagination: { limit: 100, offset: 0, total: rows.length } });
}

export function createWebhook(store: SiteStore, body: unknown): Reply {
  const { triggerType, url } = isObject(body) ? body : {};
  if (typeof triggerType !== "string" || !TRIGGERS.has(triggerType)) {
    throw invalid({ param: "triggerType", description: "Value is not an allowed trigger" });
  }
  if (typeof url !== "string" || !/^https:\/\/[^/]/.test(url)) {
    throw invalid({ param: "url", description: "Value must be an https address" });
  }
  const alike = [...store.webhooks.values()].filter((one) => one.triggerType === triggerType);
  if (alike.length >= MOST) throw invalid({ param: "triggerType", description: "Too many registrations" });
  const { id: siteId, workspaceId } = store.site;
  const made: Webhook = {
    ...{ id: newId(), triggerType, url, workspaceId, siteId },
    ...{ filter: null, lastTriggered: null, createdOn: nowStamp(store) },
  };
  store.webhooks.set(made.id, made);
  return json(201, made);
}

export function ofWebhook(store: SiteStore, method: string, id: string): Reply {
  const found = store.webhooks.get(id);
  if (found === undefined) throw notFound("webhook");
  if (method === "GET") return json(200, found);
  if (method !== "DELETE") throw notFound("route");
  store.webhooks.delete(id);
  return { status: 204, type: "application/json", body: "" };
}
