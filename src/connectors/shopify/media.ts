// The shop's files: bytes go to a staging place, become a file there, and are shown once Shopify has looked at them.
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { usualExtension } from "../../content/media-types.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import { excerpt } from "../../lib/redact.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import type { Part } from "./documents.ts";
import { userErrorsSchema, userFault } from "./faults.ts";
import { waitFor } from "./find.ts";
import { DIGITS, digitsIn, shows } from "./images.ts";
import { idOf } from "./kinds.ts";
import { CREATE_FILES, FIND_FILES, NEWEST_FILES, READ_FILES } from "./queries.ts";
import { fileOf } from "./same.ts";
import { decodeOutcome, type Shop } from "./shop.ts";
import { siteSlug } from "./slug.ts";
import { stage } from "./staging.ts";

const fileSchema = z.object({
  __typename: z.string(),
  id: z.string(),
  alt: z.string().nullish(),
  fileStatus: z.enum(["FAILED", "PROCESSING", "READY", "UPLOADED"]),
  fileErrors: z.array(z.object({ message: z.string() })).catch([]),
  mimeType: z.string().nullish(),
  image: z.object({ url: z.string() }).nullish(),
  url: z.string().nullish(),
});
type File = z.infer<typeof fileSchema>;

/** Types that Shopify shows as images; others are files to link to. */
const IMAGES: ReadonlySet<string> = new Set([
  ...["image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif"],
]);

/** Of an image or a file, as Shopify's help says. */
const MAX_BYTES = 20 * 1024 * 1024;

/** Files asked about in one request. */
const SOME = 20;

/** How often a file is looked at until it is ready: about a minute and a half in all. */
const LOOKS = [300, 700, 1000, 2000, 3000, 5000, 8000, 10_000, 15_000, 20_000, 25_000];

export function mediaStore(shop: Shop): MediaStore {
  const store: MediaStore = {
    limits: async () => ({ maxBytes: MAX_BYTES, refused: new Map() }),
    async findByDigest(digests) {
      const found = new Map<string, RemoteMedia>();
      for (let start = 0; start < digests.length; start += SOME) {
        const wanted = digests.slice(start, start + SOME).map((digest) => digest.slice(0, DIGITS));
        for (const media of await search(
          shop,
          wanted.map((digits) => `filename:${digits}*`),
        )) {
          if (wanted.includes(media.digest) && !found.has(media.digest)) found.set(media.digest, media);
        }
      }
      return [...found.values()];
    },
    async at(addresses) {
      const found = new Map<string, RemoteMedia>();
      for (let start = 0; start < addresses.length; start += SOME) {
        const some = addresses.slice(start, start + SOME).filter((address) => URL.canParse(address));
        const files = await search(
          shop,
          some.map((address) => `filename:'${nameIn(address)}'`),
        );
        for (const address of some) {
          const media = files.find((candidate) => shows(candidate, address));
          if (media !== undefined) found.set(address, media);
        }
      }
      return found;
    },
    async get(ids) {
      const known = [...new Set(ids)].filter((id) => /^[A-Za-z]\w{0,40}\/[1-9]\d{0,18}$/.test(id));
      const found: RemoteMedia[] = [];
      for (let start = 0; start < known.length; start += SOME) {
        const gids = known.slice(start, start + SOME).map((id) => `gid://shopify/${id}`);
        found.push(...(await byIds(shop, gids)).flatMap((file) => mediaOf(file) ?? []));
      }
      return found;
    },
    async upload(file, bytes) {
      const [present] = await store.findByDigest([file.digest]);
      if (present !== undefined) return { ...present, digest: file.digest };
      const source = await stageFile(shop, file, bytes);
      const made = await createFile(shop, file, source);
      return { ...(await whenReady(shop, file, made)), digest: file.digest };
    },
  };
  return store;
}

const nameIn = (address: string) => fileOf(address).replace(/[\\']/g, "\\$&");

/** What is not shown anywhere yet, or never will be, is no upload. */
function mediaOf(file: File): RemoteMedia | undefined {
  const url = file.image?.url ?? file.url;
  if (file.fileStatus !== "READY" || url === undefined || url === null) return undefined;
  const id = `${file.__typename}/${idOf(file.id)}`;
  return { id, digest: digitsIn(url), url, type: file.mimeType ?? "", alt: file.alt ?? "", variants: [] };
}

const nodesSchema = z.object({ nodes: z.array(z.unknown()) });

/** Files that are ready, besides those searched for the newest: searches lag behind. */
async function search(shop: Shop, queries: readonly string[]): Promise<readonly RemoteMedia[]> {
  return (await searchFiles(shop, queries)).flatMap((file) => mediaOf(file) ?? []);
}

async function searchFiles(shop: Shop, queries: readonly string[]): Promise<readonly File[]> {
  if (queries.length === 0) return [];
  const parts: readonly Part[] = [
    ...queries.map((query) => ({ operation: FIND_FILES, values: { query } })),
    { operation: NEWEST_FILES, values: {} },
  ];
  const { outcomes } = await shop.ask(parts, { fresh: true });
  return outcomes.flatMap((outcome) =>
    decodeOutcome(outcome, (payload) => nodesSchema.parse(payload)).nodes.flatMap(fileIn),
  );
}

/** Videos and 3D models are no business of ours. */
function fileIn(node: unknown): readonly File[] {
  const file = fileSchema.safeParse(node);
  return file.success ? [file.data] : [];
}

async function byIds(shop: Shop, ids: readonly string[]): Promise<readonly File[]> {
  const nodes = await shop.one({ operation: READ_FILES, values: { ids } }, (payload) =>
    z.array(z.unknown()).parse(payload),
  );
  return nodes.flatMap(fileIn);
}

// --- Uploading ---------------------------------------------------------------------------------------------

const isImage = (file: MediaFile) => IMAGES.has(file.type);

/** Puts the bytes where Shopify fetches them from: the address they have there. */
async function stageFile(shop: Shop, file: MediaFile, bytes: Uint8Array): Promise<string> {
  const staged = await stage(shop, {
    resource: isImage(file) ? "IMAGE" : "FILE",
    filename: uploadName(file),
    type: file.type,
    bytes,
    refused: (why) => notStaged(file, why),
  });
  return staged.address;
}

function notStaged(file: MediaFile, why: string): Fault {
  return new Fault("invalid", `${file.path} was not uploaded: ${why}`, {
    code: "shopify.upload-refused",
    place: { file: file.path },
  });
}

const filesSchema = z.object({ files: z.array(z.unknown()).nullish(), userErrors: userErrorsSchema });

/** After a lost answer, and where the name is taken, the file of that name is looked for. */
async function createFile(shop: Shop, file: MediaFile, source: string): Promise<File> {
  const own: JsonObject = {
    originalSource: source,
    filename: uploadName(file),
    contentType: isImage(file) ? "IMAGE" : "FILE",
    ...(file.alt === undefined || file.alt === "" ? {} : { alt: file.alt }),
  };
  try {
    const answer = await shop.one({ operation: CREATE_FILES, values: { files: [own] } }, (payload) =>
      filesSchema.parse(payload),
    );
    refuseErrors(answer.userErrors, file);
    const [made] = (answer.files ?? []).flatMap(fileIn);
    if (made !== undefined) return made;
    throw new Fault("ambiguous", `the shop does not say what became of ${file.path}`, {
      code: "shopify.no-answer",
    });
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw thrown;
    const digits = file.digest.slice(0, DIGITS);
    const landed = await waitFor(shop, async () =>
      (await searchFiles(shop, [`filename:${digits}*`])).find((other) => digitsOf(other) === digits),
    );
    if (landed === undefined) throw thrown;
    return landed;
  }
}

const digitsOf = ({ image, url }: File) => digitsIn(image?.url ?? url ?? "");

function refuseErrors(errors: z.infer<typeof userErrorsSchema>, file: MediaFile): void {
  const fault = userFault(errors, { kind: "file", slug: "" });
  if (fault === undefined) return;
  throw new Fault(fault.kind, `${file.path}: ${fault.message}`, {
    code: "shopify.upload-refused",
    place: { file: file.path },
  });
}

/** An address is there once Shopify has looked at the file. */
async function whenReady(shop: Shop, { path }: MediaFile, made: File): Promise<RemoteMedia> {
  let file = made;
  for (let look = 0; ; look += 1) {
    if (file.fileStatus === "FAILED") {
      const why = excerpt(file.fileErrors.map(({ message }) => message).join("; ") || "no reason given", 200);
      throw new Fault("invalid", `${path}: Shopify could not use the file (${why})`, {
        code: "shopify.file-failed",
        place: { file: path },
      });
    }
    const media = mediaOf(file);
    if (media !== undefined) return media;
    const pause = LOOKS[look];
    if (pause === undefined) break;
    await shop.context.clock.sleep(pause);
    file = (await byIds(shop, [made.id]))[0] ?? file;
  }
  throw new Fault("unavailable", `${path}: Shopify is still at work on the file`, {
    code: "shopify.file-waits",
    scope: "item",
    place: { file: path },
    hint: "run the command again in a while",
  });
}

/** `0123456789ab-harbour.jpg`: the digits first, since searches know how names begin. */
function uploadName(file: MediaFile): string {
  const stem = (file.path.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "");
  const words = siteSlug(stem)
    .replace(/[^a-z0-9-]+/g, "")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const extension = usualExtension(file.type) || ".bin";
  return `${file.digest.slice(0, DIGITS)}-${words === "" ? "media" : words}${extension}`;
}
