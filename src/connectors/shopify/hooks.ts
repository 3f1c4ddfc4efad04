// Subscriptions of the app in this shop: https://shopify.dev/docs/api/admin-graphql/latest/mutations/webhookSubscriptionCreate
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import type { ConnectorContext } from "../contract.ts";
import type { Hook, Hooks } from "../contract-webhooks.ts";
import { type UserErrors, userErrorsSchema } from "./faults.ts";
import { CREATE_HOOK, DELETE_HOOK, LIST_HOOKS } from "./queries.ts";
import { openShop } from "./shop.ts";

/** What there is of content: the API has no topics of articles, blogs and pages. */
const TOPICS = ["PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE"];

const hookSchema = z
  .object({ id: z.string(), topic: z.string(), uri: z.string() })
  .transform(({ id, topic, uri }): Hook => ({ id, topic, url: uri }));
const listSchema = z.object({ nodes: z.array(hookSchema) });
const madeSchema = z.object({ webhookSubscription: hookSchema.nullish(), userErrors: userErrorsSchema });
const goneSchema = z.object({ userErrors: userErrorsSchema });

export function hooks(context: ConnectorContext): Hooks {
  const shop = openShop(context);
  const list = async (): Promise<readonly Hook[]> => {
    const answer = await shop.one({ operation: LIST_HOOKS, values: {} }, (payload) =>
      listSchema.parse(payload),
    );
    return answer.nodes;
  };
  return {
    list,
    async register(url, _secret, _known, made) {
      const there = (await list()).filter((hook) => hook.url === url);
      const fresh: Hook[] = [];
      for (const topic of TOPICS) {
        if (there.some((hook) => hook.topic === topic)) continue;
        const values = { topic, hook: { uri: url, format: "JSON" } };
        const answer = await shop.one({ operation: CREATE_HOOK, values }, (payload) =>
          madeSchema.parse(payload),
        );
        refuse(answer.userErrors, topic);
        if (!answer.webhookSubscription) continue;
        made(answer.webhookSubscription);
        fresh.push(answer.webhookSubscription);
      }
      return [...there, ...fresh];
    },
    async remove(id) {
      const answer = await shop.one({ operation: DELETE_HOOK, values: { id } }, (payload) =>
        goneSchema.parse(payload),
      );
      const others = answer.userErrors.filter(({ message }) => !/does not exist/i.test(message));
      refuse(others, id);
    },
  };
}

function refuse([first]: UserErrors, what: string): void {
  if (first === undefined) return;
  throw new Fault("invalid", `Shopify refused the webhook ${what}: ${excerpt(first.message)}`, {
    code: "shopify.webhook",
    hint: "The address must be https and reachable from the internet.",
  });
}
