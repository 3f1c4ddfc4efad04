// https://ghost.org/docs/admin-api/#webhooks: an integration makes and removes its own; none are listed.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { ConnectorContext } from "../contract.ts";
import type { Hook, Hooks } from "../contract-webhooks.ts";
import { openSite } from "./site.ts";

const EVENTS = ["post", "page"].flatMap((kind) =>
  ["added", "edited", "deleted", "published", "unpublished"].map((change) => `${kind}.${change}`),
);

const madeSchema = z.object({
  webhooks: z
    .tuple([z.object({ id: z.string(), event: z.string(), target_url: z.string() })])
    .transform(([{ id, event, target_url: url }]): Hook => ({ id, topic: event, url })),
});

export function hooks(context: ConnectorContext): Hooks {
  const site = openSite(context);
  return {
    async register(url, secret, known) {
      const there = known.filter((hook) => hook.url === url);
      const made: Hook[] = [];
      for (const event of EVENTS) {
        if (there.some(({ topic }) => topic === event)) continue;
        const hook = { event, target_url: url, secret, name: `ainstein-cms ${event}` };
        const decode = (payload: unknown) => madeSchema.parse(payload).webhooks;
        const how = { method: "POST", path: "/webhooks/", repeatable: false } as const;
        made.push(await site.write({ ...how, body: { webhooks: [hook] }, decode }));
      }
      return [...there, ...made];
    },
    async remove(id) {
      const path = `/webhooks/${encodeURIComponent(id)}/`;
      const how = { repeatable: true, as: "text", decode: () => undefined } as const;
      await site.write({ method: "DELETE", path, ...how }).catch((thrown: unknown) => {
        if (!isFault(thrown, "not-found")) throw thrown;
      });
    },
  };
}
