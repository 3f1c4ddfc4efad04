// Webflow's own schemas, as its SDK has them, over everything that a sandbox is asked and answers.
import * as webflow from "webflow-api/serialization/index.js";
import { isObject } from "../../../src/lib/json.ts";
import type { Answered, Asked } from "../../../src/sandbox/webflow/behaviours.ts";
import type { WebflowSandbox } from "../../../src/sandbox/webflow/server.ts";

type Parsed =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly errors: readonly { readonly path: readonly string[]; readonly message: string }[];
    };

interface Schema {
  parse(raw: unknown, options?: object): unknown;
}

interface Route {
  readonly pattern: RegExp;
  readonly request?: Schema;
  /** Lists of items are described as single items: each is held to the schema by itself. */
  readonly each?: Schema;
  readonly answer?: Schema;
  readonly answerEach?: Schema;
  /** Keys that the SDK's schema does not know and Webflow's API description does. */
  readonly newer?: readonly string[];
}

const { items } = webflow.collections;
const { CollectionItem, CollectionItemPatchSingle, CollectionItemPostSingle, CollectionItemList } = webflow;

const ROUTES: readonly Route[] = [
  { pattern: /^GET \/token\/introspect$/, answer: webflow.Authorization },
  { pattern: /^GET \/sites$/, answer: webflow.Sites },
  { pattern: /^GET \/sites\/\w+$/, answer: webflow.Site },
  { pattern: /^POST \/sites\/\w+\/publish$/, newer: ["publishScope"], answer: webflow.SitesPublishResponse },
  { pattern: /^GET \/sites\/\w+\/collections$/, answer: webflow.CollectionList },
  { pattern: /^GET \/sites\/\w+\/assets$/, answer: webflow.Assets, newer: ["folderId"] },
  { pattern: /^POST \/sites\/\w+\/assets$/, answer: webflow.AssetUpload },
  { pattern: /^(?:GET|PATCH) \/assets\/\w+$/, answer: webflow.Asset, newer: ["folderId"] },
  // What `validations` holds of choices and references is told in the guide alone.
  {
    pattern: /^GET \/collections\/\w+$/,
    answer: webflow.Collection,
    newer: ["collectionId", "options", "maxLength"],
  },
  { pattern: /^GET \/collections\/\w+\/items(?:\/live)?$/, answer: CollectionItemList },
  { pattern: /^GET \/collections\/\w+\/items\/\w+(?:\/live)?$/, answer: CollectionItem },
  { pattern: /^POST \/collections\/\w+\/items$/, each: CollectionItemPostSingle, answerEach: CollectionItem },
  { pattern: /^POST \/collections\/\w+\/items\/live$/, each: CollectionItem, answerEach: CollectionItem },
  { pattern: /^POST \/collections\/\w+\/items\/bulk$/, answerEach: CollectionItem },
  {
    pattern: /^PATCH \/collections\/\w+\/items\/[0-9a-f]{24}(?:\/live)?$/,
    request: CollectionItemPatchSingle,
    answer: CollectionItem,
  },
  {
    pattern: /^PATCH \/collections\/\w+\/items(?:\/live)?$/,
    request: items.ItemsUpdateItemsRequest,
    answer: CollectionItemList,
  },
  {
    pattern: /^POST \/collections\/\w+\/items\/publish$/,
    request: items.ItemIDsWithLocales,
    answer: items.ItemsPublishItemResponse,
  },
  { pattern: /^DELETE \/collections\/\w+\/items\/live$/, request: items.ItemsDeleteItemsLiveRequest },
  { pattern: /^GET \/sites\/\w+\/webhooks$/, answer: webflow.WebhookList },
  { pattern: /^POST \/sites\/\w+\/webhooks$/, request: webflow.Webhook, answer: webflow.Webhook },
  { pattern: /^GET \/webhooks\/\w+$/, answer: webflow.Webhook },
  { pattern: /^DELETE \// },
];

/** What does not fit, one line each; grows while the sandbox runs. */
export function watchVendor({ behaviours }: WebflowSandbox): readonly string[] {
  const problems: string[] = [];
  behaviours.onAnswer = (asked, answered) => {
    problems.push(...problemsOf(asked, answered));
  };
  return problems;
}

export function problemsOf({ method, path, body }: Asked, answered: Answered): readonly string[] {
  const name = `${method} ${path.replace(/\?.*$/, "")}`;
  const route = ROUTES.find(({ pattern }) => pattern.test(name));
  if (route === undefined) return [`${name}: no such route in the API description`];
  const about = (part: string, found: readonly string[]) => found.map((one) => `${name} ${part}: ${one}`);
  const asked = body === "" ? undefined : JSON.parse(body);
  const isRefused = answered.status >= 400;
  const answer = answered.body === "" ? undefined : JSON.parse(answered.body);
  const newer = new Set(route.newer);
  return [
    // What is refused may be anything.
    ...(isRefused ? [] : about("asks", held(asked, route.request, route.each, newer))),
    ...(isRefused
      ? about("refuses", held(answer, webflow.Error_, undefined, newer))
      : about("answers", held(answer, route.answer, route.answerEach, newer))),
  ];
}

function held(
  value: unknown,
  schema: Schema | undefined,
  each: Schema | undefined,
  newer: ReadonlySet<string>,
): readonly string[] {
  if (value === undefined) return [];
  if (each !== undefined) {
    const list = isObject(value) && Array.isArray(value.items) ? value.items : [value];
    return list.flatMap((one: unknown) => faults(each, one, newer));
  }
  return schema === undefined ? [] : faults(schema, value, newer);
}

function faults(schema: Schema, value: unknown, newer: ReadonlySet<string>): readonly string[] {
  const parsed = schema.parse(value, {
    unrecognizedObjectKeys: "fail",
    allowUnrecognizedUnionMembers: false,
    allowUnrecognizedEnumValues: false,
    breadcrumbsPrefix: [],
  }) as Parsed;
  if (parsed.ok) return [];
  return (
    parsed.errors
      .filter(({ path, message }) => !(newer.has(path.at(-1) ?? "") && /unexpected key/i.test(message)))
      // Absent and null say the same in Webflow's answers, and the SDK knows absent only.
      .map(({ path, message }) => `${path.join(".")} ${message}`)
  );
}
