// The page of a provider under docs/services, made from what the program itself goes by.
import type {
  Action,
  Authentication,
  Check,
  Field,
  Idempotency,
  Provider,
  Webhooks,
} from "../services/provider.ts";
import type { Signature } from "../services/signed.ts";

/** Markdown. Equal data give equal text. */
export function servicePage(provider: Provider): string {
  const { title, about, docs } = provider;
  const parts = [
    `# ${title}`,
    about,
    `\`\`\`sh\n${connecting(provider)}\n\`\`\``,
    ...section("What it needs", keysOf(provider)),
    ...section("How it signs in, and what the check proves", checksOf(provider)),
    ...section("Trying it without harm", [provider.testing]),
    ...section("What it is sent", actionsOf(provider)),
    ...section("What it tells", hooksOf(provider)),
    ...section("On the client's own pages", snippetOf(provider)),
    ...section("Limits", [provider.limits.words]),
    ...section("When something is wrong", troubleOf(provider)),
    ...section(
      "At the provider",
      docs.links.map(({ title: name, url }) => `- ${name}: <${url}>`),
      "\n",
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** With what the first thing that it does takes. */
function connecting({ id, actions: [action], fields }: Provider): string {
  const isSetting = (name: string): boolean => fields.some((field) => field.name === name && !field.secret);
  const settings = (action?.when ?? []).filter(isSetting).map((name) => ` --set ${name}=…`);
  const point = action === undefined ? "" : ` --point ${action.points[0]}`;
  return `ainstein-cms services connect ${id}${settings.join("")}${point}`;
}

/** The list of all of them, in the order of their titles. */
function servicesList(providers: readonly Provider[]): string {
  const sorted = [...providers].sort((one, other) => one.title.localeCompare(other.title, "en"));
  const rows = sorted.map(
    ({ id, title, types, about }) => `| [${title}](services/${id}.md) | ${types.join(", ")} | ${about} |`,
  );
  return ["| provider | type | what for |", "|---|---|---|", ...rows].join("\n");
}

const LIST = /(?<=<!-- made by [^\n]* -->\n)[\s\S]*?(?=<!-- end -->)/;

/** The page that lists them, with the list as it is now. */
export function withServicesList(page: string, providers: readonly Provider[]): string {
  return page.replace(LIST, () => `\n${servicesList(providers)}\n\n`);
}

function section(title: string, paragraphs: readonly string[], between = "\n\n"): readonly string[] {
  return paragraphs.length === 0 ? [] : [`## ${title}`, paragraphs.join(between)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const code = (text: string): string => `\`${text}\``;

const NEEDS = { calls: "yes", webhooks: "for webhooks", optional: "no" } as const;

function keysOf({ id, fields }: Provider): readonly string[] {
  if (fields.length === 0) return ["Nothing: there is no key."];
  const rows = fields.map((field) => [
    code(field.name),
    field.secret ? "secret" : "setting",
    field.default === undefined ? NEEDS[field.need ?? "calls"] : `no: ${code(field.default)}`,
    whereOf(field),
  ]);
  const example = Object.fromEntries([["provider", id], ...fields.map(({ name }) => [name, "…"])]);
  const secrets = fields.some(({ secret }) => secret)
    ? `What is needed is asked for at the prompt, and secrets are sealed in the vault. The rest is given by \`--set\`; secrets never are, but as JSON on standard input by \`--secrets-stdin\`.`
    : "What is needed is asked for at the prompt. Nothing of it is a secret.";
  return [
    table(["field", "kind", "needed", "where it is found"], rows),
    `${secrets} In CI all of it comes from the environment: \`AINSTEIN_SERVICE_<NAME>\` holds`,
    `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
  ];
}

function whereOf({ title, where, format }: Field): string {
  return `${title}. ${where}${format === undefined ? "" : ` It is ${format.words}.`}`;
}

const SIGN_INS: Readonly<Record<Authentication["kind"], string>> = {
  none: "Requests carry no credentials.",
  bearer: "Each request carries the key as a bearer token.",
  basic: "Each request carries the key by HTTP Basic.",
  header: "Each request carries the key in a header of the provider's.",
  "in-request":
    "Each request carries the key in itself, as the provider wants it; it is masked in traces and in the record.",
  "client-credentials": "The credentials are exchanged for a token, which is used until it ends.",
  "service-account":
    "A signed assertion of the service account is exchanged for a token, which is used until it ends.",
  sigv4: "Each request is signed (AWS Signature Version 4); the secret key is never sent.",
};

function checksOf({ authentication, checks, version, driver }: Provider): readonly string[] {
  const pinned =
    version === undefined ? [] : [`The version of its interface is pinned: ${code(version.value)}.`];
  if (driver !== undefined) {
    return ["It speaks the server's own protocol. The check signs in and asks who it is.", ...pinned];
  }
  return [SIGN_INS[authentication.kind], ...checks.map(checkWords), ...pinned];
}

function checkWords(check: Check): string {
  const when = check.when === undefined ? "" : `With ${check.when.map(code).join(" and ")}: `;
  if (check.kind === "none")
    return `${when}**Not verifiable without a side effect.** ${capitalised(sentence(check.why))}`;
  const what =
    check.kind === "token" ? "the sign-in itself" : code(`${check.request.method} ${check.request.path}`);
  return `${when === "" ? "The" : `${when}the`} check is ${what}; expected is ${sentence(check.expected)}`;
}

function actionsOf({ actions, snippet }: Provider): readonly string[] {
  if (actions.length === 0) {
    return [
      snippet === undefined
        ? "Nothing: it is connected for what it tells."
        : "Nothing from here: only pages can send to it.",
    ];
  }
  const rows = actions.map((action) => [
    action.points.map(code).join(", "),
    `${action.title}${given(action)}${takenWords(action)}`,
    twice(action.idempotency),
  ]);
  return [table(["when", "what is done", "never twice, because"], rows)];
}

function given({ when }: Action): string {
  return when === undefined ? "" : `, with ${when.map(code).join(" and ")}`;
}

function takenWords({ takenHours }: Action): string {
  return takenHours === undefined
    ? ""
    : `; not what is older than ${takenHours} hours, which would not count`;
}

function twice(idempotency: Idempotency): string {
  const kept = "keptHours" in idempotency && idempotency.keptHours !== undefined;
  const hours = kept ? `, which the provider remembers for ${idempotency.keptHours} hours` : "";
  switch (idempotency.kind) {
    case "header":
      return `it carries a key (${code(idempotency.name)})${hours}`;
    case "body":
      return `it carries a key (${code(idempotency.member)})${hours}`;
    case "natural":
      return `the provider knows it by ${idempotency.by}${hours}`;
    case "harmless":
      return idempotency.why;
    case "none":
      return `after a lost answer it is parked and not sent again: ${idempotency.why}`;
  }
}

function hooksOf({ id, webhooks, signature }: Provider): readonly string[] {
  const verified = signature === undefined ? [] : [signatureWords(signature)];
  return [...registering(id, webhooks), ...verified];
}

function registering(id: string, webhooks: Webhooks): readonly string[] {
  if (webhooks.kind === "none") return [`No webhooks: ${webhooks.why}`];
  if (webhooks.kind === "steps") {
    return [
      "Subscriptions are made by hand:",
      webhooks.steps.map((step, index) => `${index + 1}. ${step}`).join("\n"),
    ];
  }
  const again =
    webhooks.refresh === undefined
      ? []
      : [`A subscription ends by itself; it is renewed every ${webhooks.refresh.everyHours} hours.`];
  return [
    `\`\`\`sh\nainstein-cms services webhooks register ${id} --url https://hooks.example.com\n\`\`\``,
    ...again,
    ...(webhooks.note === undefined ? [] : [webhooks.note]),
  ];
}

function signatureWords(signature: Signature): string {
  const { secret } = signature;
  if (signature.kind === "header-secret") {
    return `Deliveries are not signed; they carry a secret in ${code(signature.header)}, compared with ${code(secret)}.`;
  }
  if (signature.kind === "url-secret") {
    return `Deliveries are not signed; the secret is a part of the address (${code(signature.parameter)}), compared with ${code(secret)}.`;
  }
  const windowMs = signature.time?.windowMs ?? Number.POSITIVE_INFINITY;
  const window = Number.isFinite(windowMs)
    ? `The signed time may lie ${windowMs / 1000} seconds from ours.`
    : "A delivery of any age is taken, and each event once by its id.";
  return `Deliveries are verified: ${code(signature.header)}, ${code(signature.algorithm)} over ${code(signature.message)} with ${code(secret)}. ${window}`;
}

function snippetOf({ snippet }: Provider): readonly string[] {
  if (snippet === undefined) return [];
  return [
    `\`\`\`html\n${snippet.html}\n\`\`\``,
    `Content security policy: ${code(snippet.csp)}`,
    sentence(snippet.consent),
  ];
}

function troubleOf({ docs }: Provider): readonly string[] {
  if (docs.troubleshooting.length === 0) return [];
  return [
    table(
      ["what is seen", "what helps"],
      docs.troubleshooting.map(({ sign, cure }) => [sign, cure]),
    ),
  ];
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
