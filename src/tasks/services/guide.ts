// PURE: documentation/integration-guide.md of one service.
import type { Provider } from "../../services/provider.ts";
import type { MadeSnippet } from "../../services/snippet.ts";
import { calledWith, sendName } from "./direct.ts";
import type { ServiceWish, Telling } from "./files.ts";
import { doingsOf, isTold, variableOf } from "./module.ts";

/** What was made for a service. */
export interface Connecting {
  /** Path of the module; absent where there is nothing for it to do. */
  readonly module?: string;
  readonly snippet?: MadeSnippet & { readonly path: string };
  readonly tells: readonly Telling[];
  /** Variable that the module reads the key of deliveries from. */
  readonly secretVariable?: string;
}

export function guideOf(provider: Provider, wish: ServiceWish, made: Connecting): string {
  const { title, about, testing, limits, docs } = provider;
  const sections = [
    `# ${title}`,
    about,
    ...section("How it is connected", [connected(provider, wish)]),
    ...section("What it is told", toldOf(made)),
    ...section("Calling it directly", directly(provider, wish, made)),
    ...section("By way of the receiver", byReceiver(wish, made)),
    ...section("What it tells", deliveriesOf(provider, wish, made)),
    ...section("On the pages", snippetOf(provider, made)),
    ...section("Trying it without harm", [testing]),
    ...section("Limits", [limits.words]),
    ...section(
      "When something is wrong",
      docs.troubleshooting.map(({ sign, cure }) => `- ${sign} ${cure}`),
      "\n",
    ),
    ...section(
      "At the provider",
      docs.links.map(({ title: name, url }) => `- [${name}](${url})`),
      "\n",
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, paragraphs: readonly string[], between = "\n\n"): readonly string[] {
  return paragraphs.length === 0 ? [] : [`## ${title}`, paragraphs.join(between)];
}

function connected({ id, fields }: Provider, { name }: ServiceWish): string {
  const rows = fields.map((field) => {
    const kind = field.secret ? "secret" : "setting";
    const need = field.need === "optional" ? ", optional" : field.need === "webhooks" ? ", for webhooks" : "";
    return `- \`${field.name}\` (${kind}${need}): ${field.title}. ${field.where}`;
  });
  return `The connection is called \`${name}\`. Secrets are kept in the vault of whoever runs \`ainstein-cms services connect ${id} --name ${name}\`; no file here holds one.\n\n${rows.join("\n")}`;
}

function toldOf({ tells }: Connecting): readonly string[] {
  if (tells.length === 0) return [];
  const both = tells.some(({ indirect }) => indirect === undefined);
  const rows = tells.map(({ point, title, needs, fields }) => {
    const sent = fields.length === 0 ? "all that there are" : fields.join(", ");
    return `| \`${point}\` | ${title} | ${needs.join(", ") || "nothing"} | ${sent} |`;
  });
  return [
    [
      "| what happens | what it does | fields it needs | fields it is sent |",
      "|---|---|---|---|",
      ...rows,
    ].join("\n"),
    ...(both
      ? [
          "There are two ways, and each point takes one of them: by both, it would be told twice. Called directly, it needs no program of ours, and its answer is there at once; what failed is yours to keep and to repeat. By way of the receiver nothing is lost: what happened is kept before you are answered, and sent until it is taken.",
        ]
      : []),
  ];
}

/** Without the receiver: which functions, with which variables, and what to make of an error. */
function directly(
  provider: Provider,
  { settings }: ServiceWish,
  { module, tells }: Connecting,
): readonly string[] {
  const left = tells.flatMap(({ point, indirect }) =>
    indirect === undefined ? [] : [`\`${point}\` goes by way of the receiver only: ${indirect}.`],
  );
  const [first] = tells.filter(({ indirect }) => indirect === undefined);
  if (first === undefined) return left;
  const name = sendName(first.point);
  const doings = doingsOf(tells);
  const needed = new Set(doings.flatMap(({ action: { when = [] } }) => when));
  const variables = calledWith(provider, doings, settings).map(
    ({ field: { name: field, title, need }, usual }) => {
      const free = need === "optional" && !needed.has(field) ? ", may be absent" : "";
      const words = usual === undefined ? free : `, \`${usual}\` where absent`;
      return `- \`${variableOf(provider, field)}\`: ${title}${words}`;
    },
  );
  return [
    `\`\`\`js\nimport { CallError, ${name} } from "./${module}";\n\ntry {\n  const { detail } = await ${name}({ ${exampleFields(first)} }, { id, at });\n} catch (error) {\n  if (error instanceof CallError && error.retryable) retryLater(error.id, error.at, error.retryAfterMs);\n  else throw error;\n}\n\`\`\``,
    `\`id\` is a UUID and \`at\` a Date of what happened: make them once, keep them, and give the same with each try. \`retryable\`: nothing was done, or the provider knows it again by them. \`ambiguous\`: it may have been done, and would be done again; a person must look. Anything else will not be taken as it is. Other errors are faults of the call: a field or a variable is missing, and nothing was sent.`,
    `It reads from the environment:\n\n${variables.join("\n")}`,
    ...left,
  ];
}

function byReceiver({ name }: ServiceWish, { module, tells }: Connecting): readonly string[] {
  if (tells.length === 0) return [];
  const own = tells.filter(({ point }) => !isTold(point)).map(({ point }) => `\`${point}\``);
  const itself =
    own.length === 0 ? [] : [`${own.join(", ")}: \`ainstein-cms\` tells of it by itself, wherever it runs.`];
  const [first] = tells.filter(({ point }) => isTold(point));
  if (first === undefined) return itself;
  return [
    `What happens is handed to the receiver (\`ainstein-cms webhooks serve\`), which keeps it, sends it to \`${name}\` and repeats that only where it does no harm. \`ainstein-cms services sources add <name>\` gives the address and the secret that the sender needs as \`EVENTS_URL\` and \`EVENTS_SECRET\`. An API made by \`setup_api\` hands over by itself what its forms take; other code does so with \`${module}\`:`,
    `\`\`\`js\nimport { tell } from "./${module}";\n\nawait tell("${first.point}", { ${exampleFields(first)} });\n\`\`\``,
    "A call that failed may be made again with the same `id`: it is taken once.",
    ...itself,
  ];
}

function exampleFields(telling: Telling): string {
  const names = telling.needs.length === 0 ? ["source"] : telling.needs;
  return names.map((name) => `${name}: ${name === "email" ? '"ada@example.com"' : '"…"'}`).join(", ");
}

function deliveriesOf(
  { webhooks }: Provider,
  { name }: ServiceWish,
  { module, secretVariable }: Connecting,
): readonly string[] {
  if (webhooks.kind === "none") return [webhooks.why];
  const address = `https://<the receiver's host>/services/${name}`;
  const how =
    webhooks.kind === "api"
      ? [`\`ainstein-cms services webhooks register ${name} --url ${address}\` makes the webhook there.`]
      : [
          webhooks.steps
            .map((step, index) => `${index + 1}. ${step.replaceAll("{hook.url}", address)}`)
            .join("\n"),
        ];
  const verified =
    secretVariable === undefined
      ? ["Deliveries are verified by `ainstein-cms webhooks serve`, and nowhere else."]
      : [
          `\`isGenuine\` of \`${module}\` says whether a delivery is genuine, with the key in \`${secretVariable}\`; give it the body as bytes, before anything parses it.`,
        ];
  return [...how, ...verified];
}

function snippetOf(provider: Provider, { snippet }: Connecting): readonly string[] {
  if (provider.snippet === undefined) return [];
  if (snippet === undefined) {
    return [
      "There is a snippet for pages: write the ids that it holds under `settings` in the task, and it is made.",
    ];
  }
  return [
    `\`${snippet.path}\` goes into the head of each page. It is loaded only after this: ${snippet.consent}`,
    `The content security policy of the pages needs:\n\n\`\`\`\n${snippet.csp}\n\`\`\``,
  ];
}
