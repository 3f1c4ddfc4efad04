// Addresses that stand alone in their paragraph and that WordPress shows as what they lead to.
import { escapeUrlText } from "./opaque-text.ts";

interface Provider {
  /** As WordPress's editor calls it. */
  readonly slug: string;
  readonly type: "video" | "rich" | "photo";
  readonly pattern: RegExp;
  /** What it shows is usually 16 by 9; without this a video keeps the width that the site gives it. */
  readonly wide?: true;
  /** The editor does not scale what it shows. */
  readonly fixed?: true;
}

/** Those that WordPress 6.1 and its successors know, but for shops, whose addresses authors mean as links. */
const PROVIDERS: readonly Provider[] = [
  video("youtube", /^((m|www)\.)?youtube\.com\/(watch\?|live\/)|^youtu\.be\/./, true),
  video("youtube", /^((m|www)\.)?youtube\.com\/(playlist\?|shorts\/)/),
  video("vimeo", /^(www\.|player\.)?vimeo\.com\/./, true),
  video("dailymotion", /^(www\.)?dailymotion\.com\/./, true),
  video("ted", /^(www\.|embed\.)?ted\.com\/talks\/./, true),
  video("wordpress-tv", /^wordpress\.tv\/./, true),
  video("videopress", /^videopress\.com\/v\/./, true),
  video("animoto", /^(www\.)?(animoto|video214)\.com\/play\/./, true),
  video("tiktok", /^(www\.)?tiktok\.com\/.*\/video\//),
  rich("twitter", /^(www\.)?(twitter|x)\.com\/\w{1,15}\/status(es)?\/./),
  rich("soundcloud", /^(www\.)?soundcloud\.com\/./),
  rich("spotify", /^(open|play)\.spotify\.com\/./),
  rich("mixcloud", /^(www\.)?mixcloud\.com\/./),
  rich("reverbnation", /^(www\.)?reverbnation\.com\/./),
  rich("reddit", /^(www\.)?reddit\.com\/r\/[^/]+\/comments\//),
  rich("imgur", /^([\w.-]+\.)?imgur\.com\/./),
  rich("issuu", /^(www\.)?issuu\.com\/.+\/docs\/./),
  rich("kickstarter", /^(www\.)?kickstarter\.com\/projects\/|^kck\.st\/./),
  rich("scribd", /^(www\.)?scribd\.com\/(doc|document)\/./),
  rich("speaker-deck", /^(www\.)?speakerdeck\.com\/./),
  rich("tumblr", /^[\w-]+\.tumblr\.com\/./),
  rich("cloudup", /^cloudup\.com\/./),
  rich("crowdsignal", /^([\w.-]+\.)?polldaddy\.com\/.|^poll\.fm\/.|^[\w.-]+\.survey\.fm\/./),
  { ...rich("pinterest", /^([a-z]{2}|www)\.pinterest\.com(\.(au|mx))?\/./), fixed: true },
  { ...rich("bluesky", /^bsky\.app\/profile\/.+\/post\/./), fixed: true },
  { slug: "flickr", type: "photo", pattern: /^(www\.)?flickr\.com\/.|^flic\.kr\/./ },
];

function video(slug: string, pattern: RegExp, wide = false): Provider {
  return { slug, type: "video", pattern, ...(wide ? { wide } : {}) };
}

function rich(slug: string, pattern: RegExp): Provider {
  return { slug, type: "rich", pattern };
}

const ADDRESS = /^https?:\/\/([^\s<>"'`*[\](){}|\\^]+)$/;
const REFERENCE = /&[#\w]+;/;

export interface Embed {
  readonly attrs: Readonly<Record<string, string | boolean>>;
  /** What stands between the delimiters of the block. */
  readonly html: string;
}

/** The editor's embed of an address; undefined where WordPress has none. */
export function embedOf(address: string): Embed | undefined {
  const rest = ADDRESS.exec(address)?.[1];
  if (rest === undefined || REFERENCE.test(address)) return undefined;
  const provider = PROVIDERS.find(({ pattern }) => pattern.test(rest));
  if (provider === undefined) return undefined;
  const { slug, type } = provider;
  const shape = provider.wide ? "wp-embed-aspect-16-9 wp-has-aspect-ratio" : undefined;
  const classes = [
    "wp-block-embed",
    `is-type-${type}`,
    `is-provider-${slug}`,
    `wp-block-embed-${slug}`,
    shape,
  ];
  return {
    attrs: {
      url: address,
      type,
      providerNameSlug: slug,
      ...(provider.fixed ? {} : { responsive: true }),
      ...(shape === undefined ? {} : { className: shape }),
    },
    html: `<figure class="${classes.filter((name) => name !== undefined).join(" ")}"><div class="${WRAPPER}">\n${escapeUrlText(address)}\n</div></figure>`,
  };
}

/** The class of the element that holds an embed's address. */
export const WRAPPER = "wp-block-embed__wrapper";
