import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB)?$/i;

const bytes = z.union([
  z.number().positive(),
  z.string().regex(SIZE, "A size is a number of bytes, or as 500kB, 5MB"),
]);

export const mediaFields = {
  maxBytes: bytes.describe("Largest file that is uploaded or downloaded, as 5MB; default 50MB"),
  maxWidth: z.number().int().min(16).describe("Widest image that is uploaded, in pixels"),
  onTooLarge: z
    .enum(["refuse", "shrink"])
    .describe("What happens to larger images: the document is refused (default), or a smaller copy is sent"),
  pull: z
    .enum(["link", "download"])
    .describe(
      "What new documents do with the site's images and files: link to them (default), or keep them beside",
    ),
} as const;

/** What `media:` says of files, every default filled in. */
export interface MediaRules {
  readonly maxBytes: number;
  readonly maxWidth: number | undefined;
  readonly onTooLarge: "refuse" | "shrink";
  readonly pull: "link" | "download";
}

type Given = { readonly [K in keyof typeof mediaFields]?: z.infer<(typeof mediaFields)[K]> | undefined };

export function mediaRules({ maxBytes = "50MB", maxWidth, onTooLarge, pull }: Given = {}): MediaRules {
  return {
    maxBytes: typeof maxBytes === "number" ? maxBytes : sizeOf(maxBytes),
    maxWidth,
    onTooLarge: onTooLarge ?? "refuse",
    pull: pull ?? "link",
  };
}

/** In bytes; 1 kB is 1024. */
function sizeOf(text: string): number {
  const [, number, unit = "B"] = SIZE.exec(text) ?? [];
  return Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? 1));
}
