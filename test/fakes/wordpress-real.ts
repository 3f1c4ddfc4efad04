// A real WordPress with what the traps need: registered custom fields and a content type of a plug-in.
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import type { Connector, Entry } from "../../src/connectors/contract.ts";
import { type Opened, openWordPress } from "./wordpress-client.ts";

const PLUGIN = `<?php
add_filter('wp_revisions_to_keep', fn($count) => (int) get_option('revisions_kept', $count));
add_action('init', function () {
  register_post_meta('post', 'rating', ['type' => 'integer', 'single' => true, 'show_in_rest' => true]);
  register_post_meta('post', 'locked', ['type' => 'string', 'single' => true, 'show_in_rest' => true,
    'auth_callback' => '__return_false']);
  register_post_type('recipe', ['public' => true, 'label' => 'Recipes', 'show_in_rest' => true,
    'rest_base' => 'recipes', 'supports' => ['title', 'editor', 'custom-fields'], 'taxonomies' => ['category']]);
});`;

export interface RealSite extends Opened {
  readonly wordpress: WordPress;
  /** The connector as another user. */
  as(login: keyof WordPress["users"]): Connector;
  /** Runs PHP inside, as somebody in the CMS would act. */
  php(code: string): Promise<string>;
  read(id: string, kind?: string): Promise<Entry>;
  stop(): Promise<void>;
}

export async function startRealSite(): Promise<RealSite> {
  const wordpress = await startWordPress({ plugins: { "kinds.php": PLUGIN } });
  const admin = openWordPress(wordpress.api, "admin", wordpress.users.admin);
  return {
    ...admin,
    wordpress,
    as: (login) => openWordPress(wordpress.api, login, wordpress.users[login]).connector,
    php: (code) => wordpress.php(code),
    read: async (id, kind = "post") => {
      const [result] = await admin.connector.read([{ id, kind, locale: "" }]);
      if (result?.entry === undefined) throw new Error(`no entry ${id}`);
      return result.entry;
    },
    stop: () => wordpress.stop(),
  };
}
