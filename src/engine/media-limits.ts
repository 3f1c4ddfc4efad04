import type { MediaLimits } from "../connectors/contract.ts";
import type { MediaFile } from "../content/document.ts";
import { megabytes, refuseTooLarge, type SizeRules } from "../content/media-size.ts";
import { Fault } from "../lib/fault.ts";
import { mediaLine } from "./media-files.ts";
import type { Root } from "./root.ts";
import { type FileFacts, type LoadedFile, wholeFile } from "./scan.ts";
import type { Site } from "./site.ts";

const UNKNOWN: MediaLimits = { maxBytes: undefined, refused: new Map() };

function limitsOf({ target }: Site, files: readonly MediaFile[]): Promise<MediaLimits> {
  const types = [...new Set(files.map((file) => file.type))];
  return target.connector.media?.limits?.(types) ?? Promise.resolve(UNKNOWN);
}

function rulesWith(
  root: Pick<Root, "config">,
  { maxBytes = Number.POSITIVE_INFINITY }: MediaLimits,
): SizeRules {
  const { media } = root.config;
  return { ...media, maxBytes: Math.min(media.maxBytes, maxBytes) };
}

/** What a file that is to be uploaded must keep to: the root's rules, and the site's as far as they are known. */
export async function sizeRules(site: Site, root: Pick<Root, "config">, file: MediaFile): Promise<SizeRules> {
  return rulesWith(root, await limitsOf(site, [file]));
}

/** Throws `invalid`, with the line of the reference, for a file that the site would not take. Sends nothing. */
export async function refuseUploads(
  site: Site,
  root: Root,
  facts: FileFacts,
  lacking: readonly MediaFile[],
): Promise<void> {
  if (lacking.length === 0) return;
  const document = await wholeFile(root, site, facts);
  refuseWithout(site, document, lacking);
  const limits = await limitsOf(site, lacking);
  for (const file of lacking) {
    const cure = limits.refused.get(file.type);
    const line = mediaLine(document.reading, file.ref);
    const place = { file: document.path, ...(line === undefined ? {} : { line }) };
    if (cure !== undefined) {
      const message = `${JSON.stringify(file.ref)} is ${file.type}, which the site does not take`;
      throw new Fault("invalid", message, { code: "media-refused-type", place, hint: cure });
    }
    const rules = rulesWith(root, limits);
    if (file.size <= rules.maxBytes && rules.maxWidth === undefined) continue;
    const theirs = limits.maxBytes !== undefined && file.size > limits.maxBytes;
    await refuseTooLarge(file, await root.read(file.path), rules, place).catch((thrown: unknown) => {
      if (!theirs || !(thrown instanceof Fault) || thrown.code !== "media-too-large") throw thrown;
      throw new Fault("invalid", `${thrown.message}, which the site takes at most`, {
        code: thrown.code,
        place,
        hint: `Make it smaller than ${megabytes(limits.maxBytes)}, raise the site's limit, or let a smaller copy of images be sent: \`media: { onTooLarge: shrink }\` in ainstein.yaml.`,
      });
    });
  }
}

/** A site that holds no files, or an account that may not add any, takes none of them. */
function refuseWithout({ target, account }: Site, document: LoadedFile, lacking: readonly MediaFile[]): void {
  const takes = target.connector.media !== undefined;
  if (takes && account.may.includes("upload")) return;
  const [first] = lacking;
  const line = first === undefined ? undefined : mediaLine(document.reading, first.ref);
  const names = lacking.map((file) => JSON.stringify(file.ref)).join(", ");
  throw new Fault(
    takes ? "forbidden" : "unsupported",
    takes ? `this account may not upload ${names}` : `${target.platform} takes no files: ${names}`,
    {
      code: "no-uploads",
      scope: "item",
      place: { file: document.path, ...(line === undefined ? {} : { line }) },
      hint: takes
        ? "connect with an account that may upload, or let somebody upload the file and name its address"
        : "name the address of a file that is on the web",
    },
  );
}
