// Several posts in one request: the answer is 200, and each of them has a result of its own.
import { isObject, type JsonObject } from "../../lib/json.ts";
import { createPost, draftView, postOf, updatePost } from "./posts.ts";
import { invalid, Refused } from "./reply.ts";
import type { Post, WixStore } from "./state.ts";

const MOST = 20;

function listIn(given: unknown): readonly JsonObject[] {
  const list = isObject(given) && Array.isArray(given.draftPosts) ? (given.draftPosts as JsonObject[]) : [];
  if (list.length >= 1 && list.length <= MOST) return list;
  throw invalid([
    { field: "draftPosts", description: `has size ${list.length}, expected 1 to ${MOST}`, ruleName: "SIZE" },
  ]);
}

/** Items are flat. Whatever a validation refuses, it refuses the whole request; what fails later is the item's. */
export function bulkCreate(store: WixStore, given: unknown): JsonObject {
  const list = listIn(given);
  const publish = isObject(given) && given.publish === true;
  return answered(
    store,
    given,
    list.map((post, index) => () => createPost(store, post, publish, `draftPosts[${index}]`)),
  );
}

export function bulkUpdate(store: WixStore, given: unknown): JsonObject {
  const { action = "UPDATE", scheduledPublishDate: at } = (isObject(given) ? given : {}) as {
    action?: string;
    scheduledPublishDate?: string;
  };
  return answered(
    store,
    given,
    listIn(given).map(({ draftPost, fieldMask }, index) => () => {
      const changes = (isObject(draftPost) ? draftPost : {}) as JsonObject;
      const post = postOf(store, String(changes.id ?? ""));
      const mask = Array.isArray(fieldMask) ? fieldMask.map(String) : undefined;
      updatePost(store, post, { given: changes, mask, action, at, where: `draftPosts[${index}].draftPost` });
      return post;
    }),
  );
}

function answered(store: WixStore, given: unknown, works: readonly (() => Post)[]): JsonObject {
  const returns = isObject(given) && given.returnFullEntity === true;
  const fieldsets = isObject(given) && Array.isArray(given.fieldsets) ? given.fieldsets.map(String) : [];
  const results = works.map((work, originalIndex): JsonObject => {
    try {
      refuseByOrder(store);
      const post = work();
      const itemMetadata = { id: post.id, originalIndex, success: true };
      return { itemMetadata, ...(returns ? { item: draftView(store, post, fieldsets) } : {}) };
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const details = thrown.body.details as JsonObject | undefined;
      const told = details?.applicationError as JsonObject | undefined;
      const error = { code: told?.code ?? "INVALID_ARGUMENT", description: thrown.message };
      return { itemMetadata: { originalIndex, success: false, error } };
    }
  });
  const totalSuccesses = results.filter(({ itemMetadata }) => (itemMetadata as JsonObject).success).length;
  const totalFailures = results.length - totalSuccesses;
  return { results, bulkActionMetadata: { totalSuccesses, totalFailures, undetailedFailures: 0 } };
}

function refuseByOrder({ behaviours }: WixStore): void {
  if (behaviours.refusesItems <= 0) return;
  behaviours.refusesItems -= 1;
  throw new Refused(400, { message: "refused by order" });
}
