// https://developers.webflow.com/data/reference/webhooks: 75 per trigger and site at most.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { ConnectorContext } from "../contract.ts";
import type { Hook, Hooks } from "../contract-webhooks.ts";
import { openSite } from "./site.ts";

const TRIGGERS = [
  "collection_item_created",
  "collection_item_changed",
  "collection_item_deleted",
  "collection_item_published",
  "collection_item_unpublished",
];

const hookSchema = z
  .object({ id: z.string(), triggerType: z.string(), url: z.string() })
  .transform(({ id, triggerType, url }): Hook => ({ id, topic: triggerType, url }));
const listSchema = z.object({ webhooks: z.array(hookSchema) });

export function hooks(context: ConnectorContext): Hooks {
  const site = openSite(context);
  const list = async (): Promise<readonly Hook[]> => {
    const { id } = await site.identity();
    const { value } = await site.get(`/sites/${id}/webhooks`, {}, (payload) => listSchema.parse(payload));
    return value.webhooks;
  };
  return {
    list,
    async register(url, _secret, _known, made) {
      const { id } = await site.identity();
      const there = (await list()).filter((hook) => hook.url === url);
      const fresh: Hook[] = [];
      for (const triggerType of TRIGGERS) {
        if (there.some(({ topic }) => topic === triggerType)) continue;
        const path = `/sites/${id}/webhooks`;
        const body = { triggerType, url };
        const decode = (payload: unknown) => hookSchema.parse(payload);
        const hook = await site.write({ method: "POST", path, body, repeatable: false, decode });
        made(hook);
        fresh.push(hook);
      }
      return [...there, ...fresh];
    },
    async remove(id) {
      const path = `/webhooks/${encodeURIComponent(id)}`;
      const how = { repeatable: true, as: "text", decode: () => undefined } as const;
      await site.write({ method: "DELETE", path, ...how }).catch((thrown: unknown) => {
        if (!isFault(thrown, "not-found")) throw thrown;
      });
    },
  };
}
