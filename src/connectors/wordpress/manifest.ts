import type { Manifest } from "../contract.ts";

export const manifest: Manifest = {
  id: "wordpress",
  title: "WordPress",
  docs: "docs/platforms/wordpress.md",
  address: { label: "Address of the site", example: "https://www.example.com" },
  auth: [
    {
      type: "basic",
      id: "app-password",
      title: "Application password",
      username: "User name or e-mail",
      password: "Application password",
      handOff: true,
    },
  ],
  settings: [
    {
      name: "body",
      label: "How bodies are stored: block markup, or the HTML of the classic editor",
      values: ["blocks", "classic"],
      fallback: "blocks",
    },
  ],
  // No two hosts are alike: how many requests at one time do good is found out.
  pace: { perSecond: Number.POSITIVE_INFINITY },
  defaultKind: "post",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
