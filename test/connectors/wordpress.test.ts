// The contract suite on WordPress: a real one, and the fake, which can lose answers.
import { describe } from "vitest";
import { startWordPress } from "../../scripts/wordpress.mjs";
import { codec } from "../../src/connectors/wordpress/codec.ts";
import type { Document } from "../../src/content/document.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { addRevision } from "../fakes/wordpress-state.ts";
import { withoutWordPress } from "../wordpress.ts";
import { contractSuite, gatherRefs, type RunningTarget } from "./contract.ts";

const DOT = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const FILES = new Map([
  [
    "./dot.png",
    {
      file: {
        ref: "./dot.png",
        path: "dot.png",
        digest: sha256Hex(DOT),
        type: "image/png",
        size: DOT.byteLength,
      },
      bytes: DOT,
    },
  ],
]);

const full: Document = {
  kind: "post",
  locale: "",
  fields: {
    title: "A full post & more",
    status: "published",
    date: "2024-02-29T12:30:00",
    excerpt: "In short.",
    categories: ["Recipes/Bread", "In\\/Out"],
    tags: ["Rye", "Cats & Dogs"],
    image: { src: "./dot.png", alt: "A dot" },
    sticky: true,
    commentStatus: "closed",
    format: "aside",
  },
  body: "First *paragraph*.\n\n## Heading\n\n- one\n- two\n\n![A dot](./dot.png)\n",
};
const page: Document = {
  kind: "page",
  locale: "",
  fields: { title: "A page", status: "private" },
  body: "Text.\n",
};

async function running(
  api: string,
  password: string,
  more: Pick<RunningTarget, "editElsewhere" | "stop"> & Partial<RunningTarget>,
): Promise<RunningTarget> {
  const { connector, sent } = openWordPress(api, "admin", password, 100);
  return {
    connector,
    codec,
    refsFor: (document) => gatherRefs({ connector, codec, files: FILES }, document),
    sent: () => sent,
    secrets: [password],
    ...more,
  };
}

describe.skipIf(withoutWordPress)("a real site", () => {
  contractSuite({
    name: "wordpress",
    samples: [full, page],
    unknownId: "99999999",
    start: async () => {
      const wordpress = await startWordPress();
      await wordpress.php(
        "foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any']) as $p) wp_delete_post($p->ID, true);",
      );
      return running(wordpress.api, wordpress.users.admin, {
        editElsewhere: async (id) => {
          await wordpress.php(`wp_update_post(['ID' => ${Number(id)}, 'post_title' => 'Edited elsewhere']);`);
        },
        stop: () => wordpress.stop(),
      });
    },
  });
});

contractSuite({
  name: "wordpress (fake)",
  samples: [full, page],
  unknownId: "99999999",
  listingSize: 120,
  start: async () => {
    const fake = await startFakeWordPress();
    return running(fake.api, fake.users.admin, {
      editElsewhere: async (id) => {
        const post = fake.state.posts.get(Number(id));
        if (post === undefined) throw new Error(`no post ${id}`);
        post.title = "Edited elsewhere";
        addRevision(fake.state, post, 1);
      },
      loseNextAnswer: () => {
        fake.quirks.dropsAnswerAfterCommit = 1;
      },
      stop: () => fake.stop(),
    });
  },
});
