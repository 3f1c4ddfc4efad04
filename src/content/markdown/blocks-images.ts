// Images as WordPress's editor saves them: one by itself, or several as a gallery.
import type { Json } from "../../lib/json.ts";
import type { Addresses } from "./addresses.ts";
import { block } from "./delimiters.ts";
import {
  escapeText,
  imageTag,
  type LoneImage,
  loneImage,
  loneImages,
  type Node,
  type RenderContext,
  shownImage,
} from "./render.ts";
import { linked } from "./render-html.ts";

/** The blocks for a paragraph that consists of images; undefined for any other. */
export function imageBlocks(paragraph: Node, context: RenderContext): string | undefined {
  const lone = loneImage(paragraph);
  if (lone !== undefined) return imageBlock(lone, context);
  const images = loneImages(paragraph);
  return images?.every(({ image }) => isUpload(image, context.addresses))
    ? galleryBlock(images, context)
    : undefined;
}

/** A gallery is made of the site's own images; others side by side are badges and signs in a line of text. */
function isUpload(image: LoneImage["image"], addresses: Addresses): boolean {
  return shownImage(image, addresses).id !== undefined;
}

function galleryBlock(images: readonly LoneImage[], context: RenderContext): string {
  const inner = images.map((image) => imageBlock(image, context)).join("\n\n");
  const open = '<figure class="wp-block-gallery has-nested-images columns-default is-cropped">';
  return block("gallery", { linkTo: "none" }, `${open}${inner}</figure>`);
}

function imageBlock(lone: LoneImage, context: RenderContext): string {
  const image = shownImage(lone.image, context.addresses);
  const attrs: Record<string, Json> = {};
  const sized = image.id !== undefined && image.size !== "";
  if (image.id !== undefined) attrs.id = Number(image.id);
  if (sized) attrs.sizeSlug = image.size;
  if (lone.href !== undefined) attrs.linkDestination = "custom";
  else if (image.id !== undefined) attrs.linkDestination = "none";
  const size = sized ? ` size-${image.size}` : "";
  const tag = linked(imageTag({ ...image, title: undefined }, context), lone.href, context);
  const caption =
    image.title === undefined
      ? ""
      : `<figcaption class="wp-element-caption">${escapeText(image.title)}</figcaption>`;
  return block("image", attrs, `<figure class="wp-block-image${size}">${tag}${caption}</figure>`);
}
