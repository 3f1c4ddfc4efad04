import type { Manifest } from "../contract.ts";

export const manifest: Manifest = {
  id: "joomla",
  title: "Joomla",
  docs: "docs/platforms/joomla.md",
  address: { label: "Address of the site", example: "https://www.example.com" },
  auth: [
    {
      type: "token",
      id: "token",
      title: "API token of a user",
      label: "Joomla API token",
      sentAs: { name: "x-joomla-token" },
    },
  ],
  settings: [
    {
      name: "category",
      label: "Path of the category for articles that name none; the site's first where empty",
      fallback: "",
    },
    {
      name: "timezone",
      label: "The site's time zone, where it does not tell its own",
      fallback: "",
    },
  ],
  pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
  defaultKind: "article",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
