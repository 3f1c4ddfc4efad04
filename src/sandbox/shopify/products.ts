// Products as far as they are content: what is for sale, at what price and where, is not modelled.
import type { Asking, UserError } from "./context.ts";
import { notModelled, userError } from "./context.ts";
import { applyChanges, chooseHandle, type EntryInput, entryFaults, type Given, tagList } from "./entries.ts";
import { fileFromSource } from "./files.ts";
import { cleaned } from "./html.ts";
import { isTaken, newId, nowStamp, type Product, type ShopStore } from "./state.ts";
import { productView, shopView } from "./views.ts";

interface ProductInput extends EntryInput {
  readonly id?: Given<string>;
  readonly descriptionHtml?: Given<string>;
  readonly productType?: Given<string>;
  readonly vendor?: Given<string>;
  readonly status?: Given<Product["status"]>;
  readonly tags?: Given<readonly string[]>;
  readonly seo?: Given<{ readonly title?: Given<string>; readonly description?: Given<string> }>;
}

interface ProductArgs {
  readonly product?: Given<ProductInput>;
  readonly identifier?: Given<{ readonly id?: Given<string>; readonly handle?: Given<string> }>;
  readonly media?: Given<readonly { readonly originalSource: string; readonly alt?: Given<string> }[]>;
}

const CONTENT = ["title", "handle", "templateSuffix", "metafields", "id", "descriptionHtml", "productType"];
const MODELLED = new Set([...CONTENT, "vendor", "status", "tags", "seo", "redirectNewHandle"]);

export function productCreate({ product: input, media }: ProductArgs, asking: Asking): object {
  const { store } = asking;
  if (!input) throw notModelled("productCreate without its argument `product`");
  refuseTrade(input);
  const faults: UserError[] = entryFaults(store, input, ["product"], true);
  const chosen = chooseHandle(store, input.handle, input.title ?? "", taken(store), ["product"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  if (faults.length > 0) return { product: null, shop: shopView(store), userErrors: faults };
  const now = nowStamp(store);
  const product: Product = {
    id: newId(store, "Product"),
    handle: chosen.handle,
    title: "",
    templateSuffix: null,
    createdAt: now,
    updatedAt: now,
    descriptionHtml: "",
    productType: "",
    vendor: store.shop.name,
    status: "ACTIVE",
    tags: [],
    seo: { title: null, description: null },
    media: [],
  };
  store.products.set(product.id, product);
  applyChanges(asking, product, changesOf(asking, product, input, media), input.metafields ?? []);
  return { product: productView(store, product), shop: shopView(store), userErrors: [] };
}

export function productUpdate({ product: input, identifier, media }: ProductArgs, asking: Asking): object {
  const { store } = asking;
  if (!input) throw notModelled("productUpdate without its argument `product`");
  refuseTrade(input);
  const product = findProduct(store, {
    id: identifier?.id ?? input.id ?? null,
    handle: identifier?.handle ?? null,
  });
  if (product === undefined) {
    return { product: null, userErrors: [userError(["id"], null, "Product does not exist")] };
  }
  const faults: UserError[] = entryFaults(store, input, ["product"], false);
  const same = !input.handle || input.handle === product.handle;
  const chosen = same
    ? { handle: product.handle }
    : chooseHandle(store, input.handle, product.title, taken(store, product.id), ["product"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  if (faults.length > 0) return { product: null, userErrors: faults };
  const changes = { ...changesOf(asking, product, input, media), handle: chosen.handle };
  applyChanges(asking, product, changes, input.metafields ?? []);
  return { product: productView(store, product), userErrors: [] };
}

export function productDelete(
  { input }: { readonly input: { readonly id: string } },
  asking: Asking,
): object {
  const { store } = asking;
  if (!store.products.delete(input.id)) {
    const fault = userError(["id"], null, "Product does not exist");
    return { deletedProductId: null, shop: shopView(store), userErrors: [fault] };
  }
  store.metafields.delete(input.id);
  asking.wrote = true;
  return { deletedProductId: input.id, shop: shopView(store), userErrors: [] };
}

export function findProduct(
  store: ShopStore,
  { id, handle }: { readonly id?: Given<string>; readonly handle?: Given<string> },
): Product | undefined {
  if (id) return store.products.get(id);
  return [...store.products.values()].find((one) => one.handle === handle);
}

/** A price or a variant that a client sends is never quietly lost: it is refused. */
function refuseTrade(input: ProductInput): void {
  // The schema itself says `false` for what was left out.
  const beyond = Object.entries(input).flatMap(([name, value]) =>
    MODELLED.has(name) || value === false ? [] : [name],
  );
  if (beyond.length > 0) throw notModelled(`of a product: ${beyond.join(", ")}`);
}

function changesOf(
  asking: Asking,
  product: Product,
  input: ProductInput,
  media: ProductArgs["media"],
): Partial<Product> {
  const { store } = asking;
  const added = (media ?? []).map(
    ({ originalSource, alt }) => fileFromSource(asking, { originalSource, alt, contentType: "IMAGE" }).id,
  );
  const { title, descriptionHtml, productType, vendor, status, tags, seo, templateSuffix } = input;
  return {
    media: [...product.media, ...added],
    ...(typeof title === "string" ? { title } : {}),
    ...(templateSuffix === undefined ? {} : { templateSuffix }),
    ...(descriptionHtml === undefined
      ? {}
      : { descriptionHtml: cleaned(descriptionHtml ?? "", store.behaviours.cleansHtml) }),
    ...(productType === undefined ? {} : { productType: productType ?? "" }),
    ...(typeof vendor === "string" ? { vendor } : {}),
    ...(status ? { status } : {}),
    ...(tags === undefined ? {} : { tags: tagList(tags ?? []) }),
    ...(seo ? { seo: mergedSeo(product.seo, seo) } : {}),
  };
}

function mergedSeo(before: Product["seo"], seo: NonNullable<ProductInput["seo"]>): Product["seo"] {
  return {
    title: seo.title === undefined ? before.title : seo.title || null,
    description: seo.description === undefined ? before.description : seo.description || null,
  };
}

function taken(store: ShopStore, except?: string): (handle: string) => boolean {
  return (handle) => isTaken(store.products, handle, except);
}
