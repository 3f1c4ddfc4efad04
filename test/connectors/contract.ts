// The shared contract suite: what every connector is held to, whatever its platform.
import { afterAll, beforeAll, describe, test } from "vitest";
import type {
  Author,
  Codec,
  Connector,
  Draft,
  Entry,
  Kind,
  ReadResult,
  Refs,
  RemoteMedia,
  Term,
} from "../../src/connectors/contract.ts";
import type { Document, MediaFile } from "../../src/content/document.ts";
import { noLinks } from "../../src/content/links.ts";
import { uuidV5 } from "../../src/lib/hash.ts";
import type { Json, JsonObject } from "../../src/lib/json.ts";
import { CODEC_RULES } from "./rules/codec.ts";
import { LANGUAGE_RULES } from "./rules/languages.ts";
import { READING_RULES } from "./rules/reading.ts";
import { RESTORING_RULES } from "./rules/restoring.ts";
import { STORE_RULES } from "./rules/stores.ts";
import { WRITING_RULES } from "./rules/writing.ts";

/** One request as the site saw it. `write` is what the platform counts as a change, whatever the method. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly write: boolean;
}

/** A platform under test: a fake that speaks its wire format, or a real site. */
export interface ContractTarget {
  readonly name: string;
  /** Documents without a slug, of kinds the target has. Terms and images they name are made by `refsFor`. */
  readonly samples: readonly [Document, ...Document[]];
  /** A well-formed id that no entry has. */
  readonly unknownId: string;
  /** Characters of a title at most, where the platform has a limit below 300. */
  readonly longestTitle?: number;
  /** Whom revisions name; whoever is signed in where absent. */
  readonly revisionsBy?: string;
  /** Entries to make for the listing rule; more than one page of the platform's. Defaults to 5. */
  readonly listingSize?: number;
  /** A site without entries of the samples' kinds. */
  start(): Promise<RunningTarget>;
  /** Rule name -> reason. The rule is run and must fail: an exemption that is not needed fails the suite. */
  readonly exempt?: Readonly<Record<string, string>>;
}

export interface RunningTarget {
  readonly connector: Connector;
  readonly codec: Codec;
  /** Everything `encode` needs; makes missing terms and uploads the document's images. See `gatherRefs`. */
  refsFor(document: Document): Promise<Refs>;
  /** Somebody changes the entry's title or body in the CMS's own screens. */
  editElsewhere(id: string): Promise<void>;
  /** All requests since `start`, oldest first. */
  sent(): readonly Sent[];
  /** Strings that must never be seen in a fault or an address. */
  readonly secrets?: readonly string[];
  /** The site carries out the next write and its answer is lost. Left out where the target cannot do that. */
  readonly loseNextAnswer?: () => void;
  stop(): Promise<void>;
}

/** What a rule works with: the running target and shorthands over it. */
export interface World extends RunningTarget {
  readonly target: ContractTarget;
  /** The same text never twice, usable in slugs. */
  unique(label: string): string;
  kind(name: string): Promise<Kind>;
  draft(document: Document, slug: string, refs: Refs): Promise<Draft>;
  /** prepare and create, as the engine does. */
  make(document: Document, label: string): Promise<Made>;
  /** A draft that sets just these fields of the entry. */
  change(made: Made, fields: JsonObject): Draft;
  read(entry: { id: string; kind: string; locale: string }): Promise<ReadResult>;
  listed(kind: string): Promise<readonly string[]>;
}

export interface Made {
  readonly entry: Entry;
  readonly draft: Draft;
  readonly refs: Refs;
  readonly intent: Json;
}

/** A reason in words when the target lacks the optional ability the rule is about. */
export type RuleOutcome = undefined | { readonly skip: string };

export interface Rule {
  readonly name: string;
  /** Throws when the target breaks the rule. */
  readonly check: (world: World) => Promise<RuleOutcome>;
}

export const RULES: readonly Rule[] = [
  ...READING_RULES,
  ...WRITING_RULES,
  ...RESTORING_RULES,
  ...LANGUAGE_RULES,
  ...CODEC_RULES,
  ...STORE_RULES,
];

/** Runs all rules against one start of the target, in order. */
export function contractSuite(target: ContractTarget): void {
  const exempt = new Map(Object.entries(target.exempt ?? {}));
  describe(`contract: ${target.name}`, () => {
    let world: World;
    beforeAll(async () => {
      world = worldOf(target, await target.start());
    });
    afterAll(async () => {
      await world?.stop();
    });
    test("exemptions name rules and carry reasons", () => {
      const names = new Set(RULES.map((rule) => rule.name));
      for (const [name, reason] of exempt) {
        if (!names.has(name)) throw new Error(`no such rule: ${name}`);
        if (reason.trim() === "") throw new Error(`no reason given for: ${name}`);
      }
    });
    for (const rule of RULES) {
      const reason = exempt.get(rule.name);
      if (reason === undefined) {
        test(rule.name, async (context) => {
          const outcome = await rule.check(world);
          if (outcome !== undefined) context.skip(outcome.skip);
        });
      } else {
        test(`${rule.name} (exempt: ${reason})`, () => mustFail(rule, world));
      }
    }
  });
}

/** An exempted rule must fail: one that is kept, or does not apply, needs no exemption. */
export async function mustFail(rule: Rule, world: World): Promise<void> {
  const broken = await rule.check(world).then(
    () => false,
    () => true,
  );
  if (!broken) throw new Error(`the exemption is not needed: ${rule.name}`);
}

/** Starts the target, runs the work against it, stops it. */
export async function withTarget<T>(target: ContractTarget, work: (world: World) => Promise<T>): Promise<T> {
  const running = await target.start();
  try {
    return await work(worldOf(target, running));
  } finally {
    await running.stop();
  }
}

function worldOf(target: ContractTarget, running: RunningTarget): World {
  const { connector, codec } = running;
  let count = 0;
  const started = Date.now().toString(36);
  const world: World = {
    ...running,
    target,
    unique: (label) => `${label}-${started}-${++count}`,
    kind: async (name) => kindNamed(await connector.model(), name),
    draft: async (document, slug, refs) => {
      const { site } = await connector.whoami();
      const name = [site, document.kind, "", slug, document.locale, "contract"].join("\n");
      const { wire } = codec.encode(document, refs, undefined);
      const key = uuidV5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", name);
      return { key, kind: document.kind, locale: document.locale, scope: "", slug, wire };
    },
    make: async (document, label) => {
      const refs = await running.refsFor(document);
      const draft = await world.draft(document, world.unique(label), refs);
      const intent = await connector.prepare(draft);
      return { entry: await connector.create(draft, intent), draft, refs, intent };
    },
    change: ({ draft, refs }, fields) => {
      const document = {
        kind: draft.kind,
        locale: draft.locale,
        fields: { title: "T", ...fields },
        body: "",
      };
      const { wire } = codec.encode(document, refs, undefined);
      const wanted = Object.entries(wire).filter(([part]) => Object.hasOwn(fields, part));
      return { ...draft, wire: Object.fromEntries(wanted) };
    },
    read: async ({ id, kind, locale }) => {
      const [result, ...rest] = await connector.read([{ id, kind, locale }]);
      if (result === undefined || rest.length > 0) throw new Error("read must give one result per reference");
      return result;
    },
    listed: async (kind) => {
      const ids: string[] = [];
      for await (const page of connector.list([kind])) ids.push(...page.map((row) => row.id));
      return ids;
    },
  };
  return world;
}

function kindNamed(model: { readonly kinds: readonly Kind[] }, name: string): Kind {
  const kind = model.kinds.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`the model does not name the kind ${name}`);
  return kind;
}

/** What `gatherRefs` is told besides the connector. */
export interface RefsSource {
  readonly connector: Connector;
  readonly codec: Codec;
  readonly settings?: Readonly<Record<string, string>>;
  readonly authors?: readonly Author[];
  readonly parents?: Refs["parents"];
  /** Bytes behind the references that samples use. */
  readonly files?: ReadonlyMap<string, { readonly file: MediaFile; readonly bytes: Uint8Array }>;
}

/** A `refsFor` for any connector: creates what the document needs on the site, through the connector alone. */
export async function gatherRefs(source: RefsSource, document: Document): Promise<Refs> {
  const { connector, codec } = source;
  const account = await connector.whoami();
  const kind = kindNamed(await connector.model(), document.kind);
  const needs = codec.needs(document, kind);
  const files: MediaFile[] = [];
  const media: RemoteMedia[] = [];
  for (const { ref, alt } of needs.media) {
    const found = source.files?.get(ref);
    if (found === undefined || connector.media === undefined) throw new Error(`no such sample file: ${ref}`);
    const file = { ...found.file, alt };
    files.push(file);
    media.push(await connector.media.upload(file, found.bytes));
  }
  for (const need of needs.terms) await ensureTerm(connector, need.taxonomy, need.path);
  const taxonomies = [...new Set(Object.values(kind.taxonomies).map((taxonomy) => taxonomy.id))];
  const lists = await Promise.all(taxonomies.map((taxonomy) => connector.terms?.list(taxonomy) ?? []));
  return {
    timezone: account.timezone,
    siteUrl: account.siteUrl,
    terms: lists.flat(),
    media,
    files,
    links: noLinks,
    types: {},
    may: [],
    authors: source.authors ?? [],
    parents: source.parents ?? [],
    kind,
    settings: source.settings ?? {},
  };
}

async function ensureTerm(connector: Connector, taxonomy: string, path: readonly string[]): Promise<void> {
  let parent: Term | undefined;
  for (const name of path) parent = await connector.terms?.create(taxonomy, name, parent);
}
