// Resources as a fake Drupal answers them.
import {
  type Attributes,
  type Behaviours,
  BUNDLES,
  isRelated,
  MODERATED,
  type Node,
  type Reference,
  type State,
  type StoredFile,
  stamp,
  type Term,
  type Text,
  type User,
} from "./state.ts";

export interface Shown {
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  readonly relationships: Record<string, { data: unknown }>;
  readonly links: Attributes;
}

/** The text in this language, else the original. */
export function textIn(node: Node, lang: string): { readonly code: string; readonly text: Text } {
  const own = node.texts.get(lang);
  if (own !== undefined) return { code: lang, text: own };
  const text = node.texts.get(node.langcode);
  if (text === undefined) throw new Error("a node without its original");
  return { code: node.langcode, text };
}

export function nodeAs(
  node: Node,
  lang: string,
  how: { working?: boolean; written?: boolean; linked?: boolean } = {},
): Shown {
  const { code, text: live } = textIn(node, lang);
  const text = how.working === true ? (node.draft ?? live) : live;
  const fields = BUNDLES[node.bundle] ?? {};
  const attributes: Attributes = {
    drupal_internal__nid: node.nid,
    drupal_internal__vid: node.vid + (how.working === true && node.draft !== undefined ? 1 : 0),
    langcode: code,
    revision_timestamp: stamp(node.revised),
    changed: stamp(text.changed),
    default_langcode: code === node.langcode,
    moderation_state: null,
    path: { alias: live.alias, pid: live.pid, langcode: how.written === true ? null : code },
    ...text.attributes,
    comment: { status: 2, comment_count: 0 },
  };
  const relationships: Record<string, { data: unknown }> = {
    node_type: { data: { type: "node_type--node_type", id: node.bundle } },
    uid: { data: text.relationships.uid?.[0] ?? null },
  };
  for (const [name, { type, many }] of Object.entries(fields)) {
    if (isRelated(type)) {
      const data = text.relationships[name] ?? [];
      relationships[name] = { data: many === true ? data : (data[0] ?? null) };
    } else attributes[name] ??= many === true ? [] : null;
  }
  const links =
    (node.draft !== undefined || how.linked === true) && how.working !== true
      ? { "working-copy": { href: "x" } }
      : {};
  return { type: `node--${node.bundle}`, id: node.uuid, attributes, relationships, links };
}

export function termAs({ uuid, tid, vocabulary, name, parent }: Term): Shown {
  const type = `taxonomy_term--${vocabulary}`;
  const above: Reference = { type, id: parent ?? "virtual" };
  return {
    ...{ type, id: uuid, links: {} },
    attributes: { drupal_internal__tid: tid, name, status: true },
    relationships: { parent: { data: [above] } },
  };
}

export function fileAs({ uuid, fid, filename, url, mime, bytes }: StoredFile): Shown {
  return {
    ...{ type: "file--file", id: uuid, links: {}, relationships: {} },
    attributes: {
      drupal_internal__fid: fid,
      filename,
      uri: { value: `public://${filename}`, url },
      filemime: mime,
      filesize: bytes.byteLength,
      status: false,
    },
  };
}

/** Others show their names for people alone. */
export function userAs({ uuid, uid, name }: User, whole: boolean): Shown {
  const more = whole ? { drupal_internal__uid: uid, name, timezone: "Europe/Berlin" } : {};
  return {
    ...{ type: "user--user", id: uuid, links: {}, relationships: {} },
    attributes: { display_name: name, ...more },
  };
}

/** What the configuration's resource types hold, by their addresses. */
export function configuration(path: string, { languages }: Behaviours): readonly Shown[] | undefined {
  const row = (type: string, id: string, attributes: Attributes): Shown => ({
    ...{ type, id, attributes, relationships: {}, links: {} },
  });
  const fields = Object.entries(BUNDLES).flatMap(([bundle, own]) =>
    Object.entries(own).map(([name, about]) => ({ bundle, name, ...about })),
  );
  switch (path) {
    case "/node_type/node_type":
      return Object.keys(BUNDLES).map((bundle) =>
        row("node_type--node_type", bundle, {
          drupal_internal__type: bundle,
          name: (bundle[0] ?? "").toUpperCase() + bundle.slice(1),
        }),
      );
    case "/field_config/field_config":
      return fields.map(({ bundle, name, type, target }) => {
        const [entity, of] = (target ?? "").split("--");
        const handler = {
          handler: `default:${entity}`,
          handler_settings: { target_bundles: { [of ?? ""]: of } },
        };
        return row("field_config--field_config", `${bundle}.${name}`, {
          ...{
            field_name: name,
            entity_type: "node",
            bundle,
            label: name,
            required: false,
            field_type: type,
          },
          settings: type.startsWith("entity_reference") ? handler : {},
        });
      });
    case "/field_storage_config/field_storage_config":
      return fields.map(({ name, many }) =>
        row("field_storage_config--field_storage_config", name, {
          ...{ field_name: name, entity_type: "node", cardinality: many === true ? -1 : 1 },
        }),
      );
    case "/configurable_language/configurable_language":
      return languages.map((code) =>
        row("configurable_language--configurable_language", code, { drupal_internal__id: code }),
      );
    case "/workflow/workflow":
      return [
        row("workflow--workflow", "contracts", {
          type_settings: { states: { legal: { published: false } }, entity_types: { node: ["contract"] } },
        }),
        row("workflow--workflow", "editorial", {
          type_settings: {
            states: {
              draft: { published: false },
              published: { published: true },
              archived: { published: false },
              review: { published: false },
            },
            entity_types: { node: [...MODERATED] },
          },
        }),
      ];
    default:
      return undefined;
  }
}

/** Types of the index, whoever asks. */
export function typesOf({ languages }: Behaviours): readonly string[] {
  return [
    ...Object.keys(BUNDLES).map((bundle) => `node--${bundle}`),
    ...["taxonomy_term--tags", "file--file", "user--user", "path_alias--path_alias", "node_type--node_type"],
    ...["field_config--field_config", "field_storage_config--field_storage_config", "workflow--workflow"],
    ...(languages.length > 1 ? ["configurable_language--configurable_language"] : []),
  ];
}

export function aliasesAs({ aliases }: State): readonly Shown[] {
  return [...aliases].map(([pid, { alias, nid, langcode }]) => ({
    ...{ type: "path_alias--path_alias", id: String(pid), relationships: {}, links: {} },
    attributes: { alias, path: `/node/${nid}`, langcode },
  }));
}
