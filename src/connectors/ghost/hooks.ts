// https://ghost.org/docs/admin-api/#webhooks: an integration makes and removes its own; none are listed.
import { z } from "zod";
import { Fault, isFault } from "../../lib/fault.ts";
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
  const decode = (payload: unknown) => madeSchema.parse(payload).webhooks;
  const bodyOf = (event: string, url: string, secret: string) => ({
    webhooks: [{ event, target_url: url, secret, name: `ainstein-cms ${event}` }],
  });
  /** Undefined for one that somebody removed in Ghost Admin: it cannot be asked for otherwise. */
  const renewed = async ({ id, topic, url }: Hook, secret: string): Promise<Hook | undefined> => {
    const path = `/webhooks/${encodeURIComponent(id)}/`;
    const body = bodyOf(topic, url, secret);
    return site
      .write<Hook | undefined>({ method: "PUT", path, repeatable: true, body, decode })
      .catch((thrown: unknown) => {
        if (isFault(thrown, "not-found")) return undefined;
        throw thrown;
      });
  };
  return {
    async register(url, secret, known, made) {
      const there: Hook[] = [];
      for (const event of EVENTS) {
        const before = known.find((hook) => hook.url === url && hook.topic === event);
        const kept = before && (await renewed(before, secret));
        if (kept !== undefined) {
          there.push(kept);
          continue;
        }
        const how = { method: "POST", path: "/webhooks/", repeatable: false } as const;
        const hook = await site
          .write({ ...how, body: bodyOf(event, url, secret), decode })
          .catch((thrown: unknown) => {
            throw refusal(thrown, event, url);
          });
        made(hook);
        there.push(hook);
      }
      return there;
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

/** Ghost takes an address once for each event, and tells nobody which webhook has it. */
function refusal(thrown: unknown, event: string, url: string): unknown {
  if (!isFault(thrown, "invalid") || !/already been used/i.test(thrown.message)) return thrown;
  return new Fault(
    "conflict",
    `Ghost sends ${event} to ${url} already, by a webhook that is not known here.`,
    {
      code: "webhooks.taken",
      hint: "In Ghost Admin under Integrations, remove the webhooks of this integration that have this address; then try again.",
      cause: thrown,
    },
  );
}
