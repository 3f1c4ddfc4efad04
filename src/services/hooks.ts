// Subscriptions at a provider whose interface has requests for them.
import { Fault } from "../lib/fault.ts";
import { isPage } from "./exchange.ts";
import { allAt, textAt } from "./json-path.ts";
import type { Inputs, JsonPath, RequestTemplate, Webhooks } from "./provider.ts";
import { type Asker, ask } from "./request.ts";
import type { Answered, Registered, ServiceHooks } from "./service.ts";
import { demandText } from "./template.ts";
import { answerWords } from "./words.ts";

type ByRequest = Extract<Webhooks, { readonly kind: "api" }>;

/** Every method throws the Fault of what the provider refused. */
export function createHooks(
  webhooks: ByRequest,
  asker: Asker,
  inputs: Inputs,
  hidden: () => readonly string[],
): ServiceHooks {
  const send = async (request: RequestTemplate, named: Inputs["named"], gone = false): Promise<Answered> => {
    const answered = await ask(
      asker,
      request,
      { ...inputs, named: named ?? {} },
      { repeatable: request.method !== "POST" },
    );
    if (answered.status < 300 && !isPage(answered)) return answered;
    if (gone && [404, 410].includes(answered.status)) return answered;
    throw refused(asker, answered, hidden());
  };
  const found = async (): Promise<readonly Listed[]> => {
    const { payload } = await send(webhooks.list.request, {});
    return allAt(payload, webhooks.list.items).flatMap((item) => listed(item, webhooks));
  };
  const { refresh } = webhooks;
  return {
    register: async (url, secret) => {
      const named = { "hook.url": url, "hook.secret": secret };
      const target = demandText(webhooks.target ?? "{hook.url}", { ...inputs, named }, "raw", asker.filler);
      const all = await found();
      const [there, ...others] = all.filter((each) => bare(each.url) === bare(target));
      if (webhooks.exclusive === true && there === undefined && all.length > 0) throw taken(asker, all);
      const chosen = webhooks.create.chosen === undefined ? {} : { [webhooks.create.chosen]: secret };
      if (there !== undefined && there.url === target) {
        const signed = await signing(webhooks, there.id, send);
        return { id: there.id, url, values: { ...chosen, ...there.values, ...signed } };
      }
      // The same address with another secret in it: its deliveries would be refused from now on.
      for (const { id } of there === undefined ? [] : [there, ...others]) {
        await send(webhooks.remove.request, { "hook.id": id }, true);
      }
      const { payload } = await send(webhooks.create.request, { ...named, "hook.target": target });
      const id = textAt(payload, webhooks.create.id);
      if (id === undefined) throw noId(asker);
      const values = { ...chosen, ...kept(payload, webhooks.create.keeps) };
      return { id, url, values: { ...values, ...(await signing(webhooks, id, send)) } };
    },
    list: async () => (await found()).map((each) => ({ ...each, url: bare(each.url), values: {} })),
    remove: async (id) => {
      await send(webhooks.remove.request, { "hook.id": id }, true);
    },
    ...(refresh === undefined
      ? {}
      : {
          refresh: async (id: string) => {
            await send(refresh.request, { "hook.id": id });
          },
        }),
  };
}

type Listed = Registered;

function listed(item: unknown, { list }: ByRequest): readonly Listed[] {
  const id = textAt(item, list.id);
  const url = textAt(item, list.url);
  return id === undefined || url === undefined ? [] : [{ id, url, values: kept(item, list.keeps) }];
}

function kept(payload: unknown, keeps: Readonly<Record<string, JsonPath>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(keeps).flatMap(([field, path]): [string, string][] => {
      const text = textAt(payload, path);
      return text === undefined ? [] : [[field, text]];
    }),
  );
}

async function signing(
  { sign }: ByRequest,
  id: string,
  send: (request: RequestTemplate, named: Inputs["named"]) => Promise<Answered>,
): Promise<Record<string, string>> {
  if (sign === undefined) return {};
  return kept((await send(sign.request, { "hook.id": id })).payload, sign.keeps);
}

/** Without what a query says: a secret may stand there. */
function bare(url: string): string {
  return url.split("?")[0] ?? url;
}

function refused({ provider }: Asker, answered: Answered, hidden: readonly string[]): Fault {
  const { status } = answered;
  const kind =
    status === 401 ? "auth" : status === 403 ? "forbidden" : status >= 400 ? "invalid" : "protocol";
  const words = answerWords(provider, answered, undefined, hidden);
  return new Fault(kind, `${provider.title} did not take the subscription: ${words}.`, {
    code: "services.webhook-refused",
    httpStatus: status,
    ...(provider.webhooks.kind === "api" && provider.webhooks.note !== undefined
      ? { hint: provider.webhooks.note }
      : {}),
  });
}

function taken({ provider: { title } }: Asker, [first]: readonly Listed[]): Fault {
  const where = first === undefined ? "elsewhere" : bare(first.url);
  return new Fault("conflict", `${title} tells ${where} already, and can tell one address only.`, {
    code: "services.webhook-taken",
    hint: `Remove that address at ${title} if nothing needs it any more, and run the command again.`,
  });
}

function noId({ provider }: Asker): Fault {
  return new Fault("protocol", `${provider.title} made a subscription and did not say its id.`, {
    code: "services.webhook-unnamed",
    hint: "Run the command again: what is there is adopted.",
  });
}
