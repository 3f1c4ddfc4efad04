import type { Manifest } from "../contract.ts";

/** The embedded platform: a site in a directory of this machine. */
export const manifest: Manifest = {
  id: "local",
  title: "Local directory",
  docs: "docs/platforms/local.md",
  address: { label: "Directory of the site (made when it is not there)", example: "./site" },
  auth: [{ type: "none", id: "none", title: "No credentials: the file system decides" }],
  settings: [
    { name: "title", label: "Title that a new site gets", fallback: "My site" },
    {
      name: "timezone",
      label: "Time zone that a new site gets: an IANA name, or an offset as +02:00",
      fallback: "UTC",
    },
    {
      name: "locales",
      label:
        "Languages that entries may have, as en,de, the first for those without; any where none is given",
      fallback: "",
    },
  ],
  pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
  defaultKind: "post",
  load: async () => {
    const [{ codec }, { open }] = await Promise.all([import("./codec.ts"), import("./client.ts")]);
    return { codec, open };
  },
};
