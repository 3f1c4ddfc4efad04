import type { Manifest } from "../contract.ts";

export const manifest: Manifest = {
  id: "ghost",
  title: "Ghost",
  docs: "docs/platforms/ghost.md",
  address: { label: "Address of the site", example: "https://blog.example.com" },
  auth: [
    {
      type: "token",
      id: "admin-key",
      title: "Admin API key of a custom integration",
      label: "Admin API key (id:secret)",
      sentAs: { name: "authorization", scheme: "Ghost" },
      // https://ghost.org/docs/admin-api/#token-authentication
      signs: {
        audience: "/admin/",
        seconds: 300,
        hint: "Copy the Admin API key, not the Content API key: Ghost's admin > Settings > Integrations > Add custom integration. It has a colon in the middle.",
      },
    },
  ],
  settings: [
    {
      name: "newsletter",
      label: "Whether a document's `newsletter` goes out by e-mail when the post is first published",
      values: ["never", "as-documents-say"],
      fallback: "never",
    },
  ],
  // Ghost states no limit; a small server does four writes at one time well.
  pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
  defaultKind: "post",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
