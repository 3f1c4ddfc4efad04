import type { Asking, UserError } from "./context.ts";
import { userError } from "./context.ts";
import { demandWriter } from "./entries.ts";
import {
  findMetafield,
  findOwner,
  type Metafield,
  newId,
  nowStamp,
  SHOP_ID,
  type ShopStore,
  typeOf,
} from "./state.ts";
import { appSpace, digestOf, metafieldView } from "./views.ts";

export interface MetafieldInput {
  readonly id?: string | null;
  readonly namespace?: string | null;
  readonly key?: string | null;
  readonly type?: string | null;
  readonly value?: string | null;
}

interface SetInput extends MetafieldInput {
  readonly ownerId: string;
  readonly key: string;
  readonly value: string;
  readonly compareDigest?: string | null;
}

/** The most that one request may set. */
const SET_LIMIT = 25;

/** Does a value fit? By the name of its type; of a list each element. */
const FITS: Readonly<Record<string, (value: string) => boolean>> = {
  boolean: (value) => value === "true" || value === "false",
  color: (value) => /^#[0-9a-f]{6}$/i.test(value),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  date_time: (value) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value) && !Number.isNaN(Date.parse(value)),
  file_reference: (value) => /^(?:MediaImage|GenericFile|Video)$/.test(typeOf(value)),
  id: (value) => value.trim() !== "",
  json: isJson,
  multi_line_text_field: () => true,
  number_decimal: (value) => /^-?\d+(?:\.\d{1,9})?$/.test(value),
  number_integer: (value) => /^-?\d{1,16}$/.test(value),
  article_reference: (value) => typeOf(value) === "Article",
  page_reference: (value) => typeOf(value) === "Page",
  product_reference: (value) => typeOf(value) === "Product",
  metaobject_reference: (value) => typeOf(value) === "Metaobject",
  collection_reference: (value) => typeOf(value) === "Collection",
  rich_text_field: isJson,
  single_line_text_field: (value) => !/[\r\n]/.test(value),
  url: (value) => /^(?:https?|mailto|sms|tel):/.test(value) && URL.canParse(value),
  ...Object.fromEntries(
    ["dimension", "link", "money", "rating", "volume", "weight"].map((type) => [type, isJson] as const),
  ),
};

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function fits(type: string, value: string): boolean | undefined {
  const list = /^list\.(.+)$/.exec(type)?.[1];
  const one = FITS[list ?? type];
  if (one === undefined) return undefined;
  if (list === undefined) return one(value);
  if (!isJson(value)) return false;
  const items: unknown = JSON.parse(value);
  const text = (item: unknown): string => (typeof item === "string" ? item : JSON.stringify(item));
  return Array.isArray(items) && items.every((item) => one(text(item)));
}

export function metafieldFaults(
  store: ShopStore,
  inputs: readonly MetafieldInput[],
  field: readonly string[],
  ownerType?: (index: number) => string,
): UserError[] {
  return inputs.flatMap((input, index) => {
    const at = [...field, String(index)];
    const type = input.type ?? typeBefore(store, input, ownerType?.(index));
    const namespace = appSpace(input.namespace);
    const key = input.key ?? "";
    if (input.id === undefined && !/^[\w-]{3,255}$/.test(namespace)) {
      return userError(
        [...at, "namespace"],
        namespace.length < 3 ? "TOO_SHORT" : "INVALID",
        "Namespace is invalid",
      );
    }
    if (input.id === undefined && !/^[\w-]{2,64}$/.test(key)) {
      return userError([...at, "key"], key.length < 2 ? "TOO_SHORT" : "INVALID", "Key is invalid");
    }
    if (type === undefined || type === "") return userError([...at, "type"], "BLANK", "Type can't be blank");
    if ((input.value ?? "") === "") return userError([...at, "value"], "BLANK", "Value can't be blank");
    const verdict = fits(type, input.value ?? "");
    if (verdict === undefined) {
      return userError([...at, "type"], "INVALID_TYPE", `Type ${type} is not a valid metafield type`);
    }
    return verdict ? [] : userError([...at, "value"], "INVALID_VALUE", `Value does not fit the type ${type}`);
  });
}

/** The type that a definition or the stored metafield says. */
function typeBefore(
  store: ShopStore,
  input: MetafieldInput & { readonly ownerId?: string },
  ownerType: string | undefined,
): string | undefined {
  const stored = findStored(store, input.ownerId, input);
  const namespace = appSpace(input.namespace);
  const defined = store.definitions.find(
    (one) =>
      one.namespace === namespace &&
      one.key === input.key &&
      (ownerType === undefined || one.ownerType === ownerType.toUpperCase()),
  );
  return stored?.type ?? defined?.type;
}

function findStored(
  store: ShopStore,
  ownerId: string | undefined,
  { id, namespace, key }: MetafieldInput,
): Metafield | undefined {
  if (id !== null && id !== undefined) return findMetafield(store, id);
  const space = appSpace(namespace);
  const owned = store.metafields.get(ownerId ?? "") ?? [];
  return owned.find((one) => one.namespace === space && one.key === key);
}

/** Sets them, checked before; those that are not named stay. Did anything change? */
export function putMetafields(store: ShopStore, ownerId: string, inputs: readonly MetafieldInput[]): boolean {
  return inputs.map((input) => putMetafield(store, ownerId, input)).some(({ changed }) => changed);
}

function putMetafield(
  store: ShopStore,
  ownerId: string,
  input: MetafieldInput,
): { readonly metafield: Metafield; readonly changed: boolean } {
  const now = nowStamp(store);
  const stored = findStored(store, ownerId, input);
  const type = input.type ?? typeBefore(store, { ...input, ownerId }, typeOf(ownerId)) ?? "";
  const value = input.value ?? "";
  if (stored !== undefined) {
    const changed = stored.type !== type || stored.value !== value;
    Object.assign(stored, { type, value }, changed ? { updatedAt: now } : {});
    return { metafield: stored, changed };
  }
  const metafield: Metafield = {
    id: newId(store, "Metafield"),
    ownerId,
    namespace: appSpace(input.namespace),
    key: input.key ?? "",
    ...{ type, value, createdAt: now, updatedAt: now },
  };
  store.metafields.set(ownerId, [...(store.metafields.get(ownerId) ?? []), metafield]);
  return { metafield, changed: true };
}

export function metafieldsSet(
  { metafields }: { readonly metafields: readonly SetInput[] },
  asking: Asking,
): object {
  const { store } = asking;
  const faults = setFaults(store, metafields);
  for (const { ownerId } of metafields) demandWriter(asking, typeOf(ownerId), "metafieldsSet");
  if (faults.length > 0) return { metafields: [], userErrors: faults };
  const set = metafields.map((input) => {
    const { metafield, changed } = putMetafield(store, input.ownerId, input);
    if (changed) touch(store, input.ownerId);
    return metafieldView(store, metafield);
  });
  asking.wrote = true;
  return { metafields: set, userErrors: [] };
}

function setFaults(store: ShopStore, inputs: readonly SetInput[]): readonly object[] {
  if (inputs.length > SET_LIMIT) {
    const message = `Exceeded the maximum metafields input limit of ${SET_LIMIT}.`;
    return [{ ...userError(["metafields"], "LESS_THAN_OR_EQUAL_TO", message), elementIndex: null }];
  }
  const owners = inputs.flatMap(({ ownerId }, index) =>
    isOwner(store, ownerId)
      ? []
      : [userError(["metafields", String(index), "ownerId"], "INVALID", "Owner does not exist.")],
  );
  const stale = inputs.flatMap((input, index) =>
    isStale(store, input)
      ? [
          userError(
            ["metafields", String(index)],
            "STALE_OBJECT",
            "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.",
          ),
        ]
      : [],
  );
  const values = metafieldFaults(store, inputs, ["metafields"], (index) =>
    typeOf(inputs[index]?.ownerId ?? ""),
  );
  return [...owners, ...stale, ...values].map((fault) => ({
    ...fault,
    elementIndex: Number(fault.field?.[1] ?? 0),
  }));
}

/** A digest that is null says: only where there is none yet. */
function isStale(store: ShopStore, input: SetInput): boolean {
  if (input.compareDigest === undefined) return false;
  const stored = findStored(store, input.ownerId, input);
  return input.compareDigest !== (stored === undefined ? null : digestOf(stored));
}

interface Identifier {
  readonly ownerId: string;
  readonly namespace: string;
  readonly key: string;
}

export function metafieldsDelete(
  { metafields }: { readonly metafields: readonly Identifier[] },
  asking: Asking,
): object {
  const { store } = asking;
  for (const { ownerId } of metafields) demandWriter(asking, typeOf(ownerId), "metafieldsDelete");
  const unknown = metafields.findIndex(({ ownerId }) => !isOwner(store, ownerId));
  if (unknown >= 0) {
    const fault = userError(["metafields", String(unknown), "ownerId"], null, "Owner does not exist.");
    return { deletedMetafields: [], userErrors: [fault] };
  }
  const deletedMetafields = metafields.map((identifier) => {
    const stored = findStored(store, identifier.ownerId, identifier);
    if (stored === undefined) return null;
    dropMetafield(store, stored);
    touch(store, identifier.ownerId);
    return { __typename: "MetafieldIdentifier", ...identifier };
  });
  asking.wrote = true;
  return { deletedMetafields, userErrors: [] };
}

function dropMetafield(store: ShopStore, { id, ownerId }: Metafield): void {
  const rest = (store.metafields.get(ownerId) ?? []).filter((one) => one.id !== id);
  if (rest.length > 0) store.metafields.set(ownerId, rest);
  else store.metafields.delete(ownerId);
}

function isOwner(store: ShopStore, id: string): boolean {
  return id === SHOP_ID || findOwner(store, id) !== undefined;
}

function touch(store: ShopStore, ownerId: string): void {
  const owner = findOwner(store, ownerId);
  if (owner !== undefined) owner.updatedAt = nowStamp(store);
}
