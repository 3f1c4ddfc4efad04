import { EXIT } from "../lib/exit.ts";
import type { Action, Entry, Positional } from "./entry.ts";
import type { Flag } from "./flags.ts";
import { ONLINE } from "./table-flags.ts";

const NAME: Positional = { name: "name", help: "name of the connection", of: "connections" };
const YES: Flag = { name: "yes", help: "do not ask" };

const CONNECTIONS_ACTIONS: readonly Action[] = [
  {
    name: "list",
    summary: "list all connections, as `connections` alone does",
    positionals: [],
    flags: [],
  },
  {
    name: "show",
    summary: "show all that is known of one, without its secrets",
    positionals: [NAME],
    flags: [],
  },
  {
    name: "test",
    summary: "ask the sites who we are there and what we may do",
    positionals: [
      { name: "names", optional: true, many: true, help: "connections (default: all)", of: "connections" },
    ],
    flags: ONLINE,
  },
  {
    name: "rename",
    summary: "give one another name",
    positionals: [NAME, { name: "new-name", help: "its new name" }],
    flags: [],
  },
  {
    name: "set-url",
    summary: "follow a site that has moved to another address",
    positionals: [NAME, { name: "address", help: "its new address" }],
    flags: [YES, ...ONLINE],
  },
  {
    name: "export",
    summary: "print one as JSON; with --env, with its secrets, for CI",
    positionals: [NAME],
    flags: [{ name: "env", help: "with its secrets, as AINSTEIN_CONNECTION_<NAME> takes it" }],
  },
  {
    name: "refresh",
    summary: "get it new tokens now, although they renew themselves",
    positionals: [NAME],
    flags: ONLINE,
  },
  {
    name: "revoke",
    summary: "take its credential back at the site, and keep the connection for another",
    positionals: [NAME],
    flags: [YES, ...ONLINE],
  },
  {
    name: "remove",
    summary: "take its credential back at the site and drop it; its history stays",
    positionals: [NAME],
    flags: [{ name: "keep-remote", help: "leave the credential valid at the site" }, YES, ...ONLINE],
  },
  {
    name: "forget",
    summary: "drop one with its history, so that nothing of it is left here",
    positionals: [{ ...NAME, optional: true }],
    flags: [
      { name: "all", help: "instead: the secrets and kept texts of all, e.g. after the key was lost" },
      { name: "keep-remote", help: "leave the credential valid at the site" },
      YES,
      ...ONLINE,
    ],
  },
];

const SEALED_FILE = { name: "file", help: "the sealed file" };
const PASSPHRASE: Flag = { name: "passphrase-stdin", help: "read the file's passphrase from standard input" };

const VAULT_ACTIONS: readonly Action[] = [
  {
    name: "export",
    summary: "write all connections and their secrets into a sealed file",
    positionals: [SEALED_FILE],
    flags: [PASSPHRASE],
  },
  {
    name: "import",
    summary: "read the connections of such a file in",
    positionals: [SEALED_FILE],
    flags: [{ name: "replace", help: "in place of connections that have the same name here" }, PASSPHRASE],
  },
];

/** Commands that prepare a machine or a directory. */
export const SETUP_COMMANDS: readonly Entry[] = [
  {
    name: "init",
    summary: "describe a directory of content",
    about:
      "Scans the front matter of a directory (Hugo, Jekyll, Astro or plain), proposes kinds, field mapping and ignored fields, and writes ainstein.yaml and a line for git.",
    positionals: [{ name: "dir", optional: true, help: "directory of the content (default: this one)" }],
    flags: [
      {
        name: "target",
        value: "name",
        repeatable: true,
        of: "connections",
        help: "connection it may be written to; again for more",
      },
      { name: "dry-run", help: "print the proposal and write nothing" },
      YES,
      { name: "force", help: "replace an ainstein.yaml that is there already" },
    ],
    examples: ["ainstein-cms init", "ainstein-cms init ./content --target wp-client --yes"],
    exits: [EXIT.done, EXIT.usage],
    load: async () => (await import("../commands/init.ts")).init,
  },
  {
    name: "connect",
    summary: "connect a site, or renew a connection",
    about:
      "Finds the site's interface, gets credentials from the browser, a prompt or standard input, checks who they belong to, and saves them sealed. An existing name is renewed.",
    positionals: [
      {
        name: "platform",
        optional: true,
        help: "(default: asked)",
        of: "platforms",
      },
    ],
    flags: [
      {
        name: "name",
        value: "name",
        help: "name of the connection (default: made from platform and address)",
      },
      { name: "url", value: "address", help: "address of the site; a shop's name; for local, a directory" },
      {
        name: "auth",
        value: "method",
        help: "how to sign in, e.g. app-password (default: by browser where the site can)",
      },
      { name: "username", value: "name", help: "whom to sign in as" },
      { name: "password-stdin", help: "read the password from standard input" },
      { name: "token-stdin", help: "read a token that was made at the vendor from standard input" },
      { name: "client-id", value: "id", help: "app to sign in as, as the vendor's page shows it" },
      { name: "client-secret-stdin", help: "read the secret of that app from standard input" },
      { name: "scopes", value: "list", help: "rights to ask for, e.g. read_content,write_content" },
      { name: "header-stdin", help: "read extra headers (Name: value) from standard input" },
      { name: "proxy", value: "address", help: "reach the site through this proxy" },
      { name: "ca-file", value: "file", help: "trust certificates of this authority (PEM)" },
      {
        name: "set",
        value: "name=value",
        repeatable: true,
        help: "a setting of the platform; again for more",
      },
      {
        name: "port",
        value: "n",
        type: "count",
        help: "local port the browser comes back to (default: the one the app lists, or any)",
      },
      { name: "no-browser", help: "print the address to open instead of opening it" },
      { name: "timeout", value: "s", type: "count", help: "seconds to wait for the browser" },
      ...ONLINE,
    ],
    examples: [
      "ainstein-cms connect wordpress --url https://example.org",
      "ainstein-cms connect wordpress --name wp --url https://example.org \\\n      --auth app-password --username admin --password-stdin < password.txt",
      "ainstein-cms connect shopify --name shop --url my-shop.myshopify.com",
      "ainstein-cms connect shopify --name shop --url my-shop.myshopify.com \\\n      --auth app --client-id 0123abcd --client-secret-stdin < secret.txt",
      "ainstein-cms connect local --name demo --url ./site",
    ],
    exits: [EXIT.done, EXIT.usage, EXIT.auth, EXIT.unavailable, EXIT.interrupted],
    load: async () => (await import("../commands/connect.ts")).connect,
  },
  {
    name: "connections",
    summary: "list, test and change connections",
    about: "Lists what is connected, as whom, and since when it was last checked.",
    positionals: [],
    flags: [],
    actions: CONNECTIONS_ACTIONS,
    examples: [
      "ainstein-cms connections",
      "ainstein-cms connections test wp-client",
      "ainstein-cms connections export wp-client --env",
      "ainstein-cms connections refresh shopify-client",
    ],
    exits: [EXIT.done, EXIT.usage, EXIT.auth, EXIT.unavailable],
    load: async () => (await import("../commands/connections.ts")).connections,
  },
  {
    name: "vault",
    summary: "move an installation to another machine",
    about:
      "Writes all connections, services and sources of events with their secrets into one file, sealed under a passphrase, and reads them in elsewhere. Runs, history and events that wait to be sent stay where they are. Tokens that renew themselves work in one place only: after the move, use them there.",
    positionals: [],
    flags: [],
    actions: VAULT_ACTIONS,
    examples: [
      "ainstein-cms vault export agency.vault",
      "ainstein-cms vault import agency.vault",
      "ainstein-cms vault import agency.vault --passphrase-stdin < passphrase.txt",
    ],
    exits: [EXIT.done, EXIT.usage, EXIT.auth],
    load: async () => (await import("../commands/vault.ts")).vault,
  },
  {
    name: "fields",
    summary: "show a site's fields, and map front matter to them",
    about:
      "Asks a site for the fields of its content types and shows them with their types, and proposes a mapping for front matter keys of this directory that nobody has mapped yet. Changes nothing on the site.",
    positionals: [
      { name: "connection", help: "connection to ask", of: "connections" },
      { name: "kind", optional: true, help: "one content type (default: all)" },
    ],
    flags: [
      {
        name: "save",
        help: "write the mapping into ainstein.yaml, and the fields into ainstein.fields for `check`",
      },
      ...ONLINE,
    ],
    examples: ["ainstein-cms fields wp-client post", "ainstein-cms fields wp-client --save"],
    exits: [EXIT.done, EXIT.usage, EXIT.auth, EXIT.unavailable],
    load: async () => (await import("../commands/fields.ts")).fields,
  },
  {
    name: "check",
    summary: "check content offline",
    about:
      "Looks at files only: front matter, schema, links, images, slugs, lockfile. Needs no connection, no secret and no network, so it is fit for pull requests from forks.",
    positionals: [
      { name: "paths", optional: true, many: true, help: "files or directories (default: all of the root)" },
    ],
    flags: [
      {
        name: "format",
        value: "format",
        choices: ["text", "github", "gitlab"],
        spoken: true,
        help: "github prints annotations, gitlab a Code Quality report (default: text)",
      },
    ],
    examples: [
      "ainstein-cms check",
      "ainstein-cms check posts --json",
      "ainstein-cms check --format gitlab > code-quality.json",
    ],
    exits: [EXIT.done, EXIT.usage],
    looks: true,
    load: async () => (await import("../commands/check.ts")).check,
  },
];
