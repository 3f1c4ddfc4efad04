import { isObject } from "../../lib/json.ts";
import type { Asking } from "./context.ts";
import { notModelled, userError } from "./context.ts";
import type { Given } from "./entries.ts";
import { type BulkOperation, newId, nowStamp, type ShopStore } from "./state.ts";
import { bulkStatus, bulkView } from "./views.ts";

interface BulkArgs {
  readonly mutation: string;
  readonly stagedUploadPath: string;
  readonly clientIdentifier?: Given<string>;
}

/** Begun; `carryOutDue` does it when its time has come. */
export function bulkOperationRunMutation(args: BulkArgs, asking: Asking): object {
  const { store } = asking;
  const running = [...store.bulk.values()].filter((one) =>
    /^(?:CREATED|RUNNING)$/.test(bulkStatus(store, one)),
  );
  if (running.length >= store.behaviours.bulkLimit) {
    return refused("LIMIT_REACHED", "Bulk operations limit reached. Please try again later.");
  }
  const target = store.staged.get(args.stagedUploadPath);
  if (target?.bytes === undefined) {
    return refused("NO_SUCH_FILE", "The JSONL file could not be found. Try uploading the file again.");
  }
  const rows = rowsOf(Buffer.from(target.bytes).toString("utf8"));
  if (rows === undefined) return refused("INVALID_STAGED_UPLOAD_FILE", "The JSONL file is invalid.");
  const { bulkEnds: ends, bulkDone } = store.behaviours;
  const carried = ends === "COMPLETED" ? rows : rows.slice(0, bulkDone);
  const operation: BulkOperation = {
    id: newId(store, "BulkOperation"),
    query: args.mutation,
    clientIdentifier: args.clientIdentifier ?? undefined,
    createdAt: nowStamp(store),
    endsAt: store.clock.now() + store.behaviours.bulkMs,
    ends,
    work: () => carried.map((row, index) => numbered(asking.runMutation(args.mutation, row), index)),
    lines: [],
    canceled: false,
  };
  store.bulk.set(operation.id, operation);
  asking.wrote = true;
  return { bulkOperation: bulkView(store, operation), userErrors: [] };
}

/** Line by line, one after the other. */
export function carryOutDue(store: ShopStore): void {
  for (const operation of store.bulk.values()) {
    const { work, canceled, endsAt } = operation;
    if (work === undefined || canceled || endsAt > store.clock.now()) continue;
    operation.work = undefined;
    operation.lines = work();
  }
}

export function bulkOperationRunQuery(): never {
  throw notModelled("bulkOperationRunQuery");
}

export function bulkOperationCancel({ id }: { readonly id: string }, { store }: Asking): object {
  const operation = store.bulk.get(id);
  if (operation === undefined) {
    return { bulkOperation: null, userErrors: [userError(["id"], null, "Bulk operation does not exist")] };
  }
  if (operation.work === undefined) {
    const message = "A bulk operation cannot be canceled when it is completed";
    return { bulkOperation: bulkView(store, operation), userErrors: [userError(null, null, message)] };
  }
  operation.canceled = true;
  return { bulkOperation: bulkView(store, operation), userErrors: [] };
}

/** The operations that a query's facets look through, newest last. */
export function bulkOperations(store: ShopStore): readonly BulkOperation[] {
  return [...store.bulk.values()];
}

function refused(code: string, message: string): object {
  return { bulkOperation: null, userErrors: [userError(null, code, message)] };
}

function rowsOf(text: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    const rows = text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line): unknown => JSON.parse(line));
    return rows.length > 0 && rows.every(isObject) ? rows : undefined;
  } catch {
    return undefined;
  }
}

function numbered(line: string, index: number): string {
  return `${line.slice(0, -1)},"__lineNumber":${index}}`;
}
