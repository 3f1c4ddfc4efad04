import { EXIT } from "../lib/exit.ts";
import type { Entry } from "./entry.ts";

const SERVICE = { name: "service", help: "name of a service, as `list` shows it" } as const;

/** Commands about third-party services. */
export const SERVICE_COMMANDS: readonly Entry[] = [
  {
    name: "services",
    summary: "connect newsletters, CRMs, payments and statistics",
    about:
      "A client has a newsletter, a CRM, payments, statistics. Each is connected by keys that are asked for at the prompt and sealed in the vault, or come from the environment (AINSTEIN_SERVICE_<NAME>), and are proven before they are stored. Some providers have no way to prove a key without a side effect: that is said plainly. `show <provider>` tells what each needs, where it is found, and what its check proves.",
    positionals: [],
    flags: [],
    actions: [
      {
        name: "list",
        summary: "list the services that are connected",
        positionals: [],
        flags: [{ name: "all", spoken: true, help: "list every provider there is" }],
      },
      {
        name: "show",
        summary: "show a service that is connected, or what a provider needs",
        positionals: [{ name: "name", help: "a service, or a provider" }],
        flags: [],
      },
      {
        name: "connect",
        summary: "prove credentials of a provider, and store them; or renew them",
        positionals: [{ name: "provider", help: "as `list --all` shows it" }],
        flags: [
          { name: "name", value: "name", spoken: true, help: "what to call it (default: the provider)" },
          {
            name: "set",
            value: "field=value",
            spoken: true,
            repeatable: true,
            help: "a field that is no secret",
          },
          { name: "secrets-stdin", help: "read secrets as JSON from standard input" },
          {
            name: "point",
            value: "point",
            repeatable: true,
            help: "tell it of this, e.g. form_submission, or of none (default: as before)",
          },
          {
            name: "field",
            value: "field",
            repeatable: true,
            help: "it may be sent this, e.g. email, or all (default: as before, else all)",
          },
          {
            name: "every",
            value: "interval",
            help: "real_time, hourly, daily, weekly, every_15_minutes (default: as before, else real_time)",
          },
        ],
      },
      {
        name: "test",
        summary: "prove the credentials of these services, or of all, once more",
        positionals: [{ ...SERVICE, optional: true, many: true }],
        flags: [],
      },
      {
        name: "send",
        summary: "send a service one occurrence, made by hand, now",
        positionals: [SERVICE, { name: "point", help: "what happened, e.g. form_submission" }],
        flags: [
          { name: "field", value: "name=value", spoken: true, repeatable: true, help: "what is told of it" },
          { name: "yes", help: "do not ask" },
        ],
      },
      {
        name: "events",
        summary: "list what waits to be sent, was sent, is parked or was given up",
        positionals: [],
        flags: [
          {
            name: "state",
            value: "state",
            spoken: true,
            choices: ["waiting", "sent", "parked", "dead"],
            help: "of this state alone",
          },
          { name: "in", help: "what providers told by their webhooks instead" },
          { name: "limit", value: "n", type: "count", spoken: true, help: "so many (default: 50)" },
        ],
      },
      {
        name: "replay",
        summary: "send parked or dead ones again",
        positionals: [{ name: "delivery", help: "as `events` numbers them", optional: true, many: true }],
        flags: [{ name: "all-dead", spoken: true, help: "every one that was given up" }],
      },
      {
        name: "remove",
        summary: "forget a service and its secrets here; nothing changes at the provider",
        positionals: [SERVICE],
        flags: [{ name: "yes", help: "do not ask about what it was not sent yet" }],
      },
      {
        name: "forget",
        summary: "remove a person from what waits, is parked or was given up here",
        positionals: [{ name: "email", help: "the address of the person" }],
        flags: [{ name: "yes", help: "do not ask" }],
      },
      {
        name: "webhooks",
        summary: "have a provider tell of what happens there: register, list, remove",
        positionals: [
          { name: "what", help: "register, list or remove" },
          SERVICE,
          {
            name: "ids",
            optional: true,
            many: true,
            help: "remove only these (default: all made from here)",
          },
        ],
        flags: [{ name: "url", value: "url", help: "where the provider reaches `webhooks serve`, https" }],
      },
      {
        name: "sources",
        summary: "who may tell of what happened, at /events/<source>: add, list, remove",
        positionals: [
          { name: "what", help: "add, list or remove" },
          { name: "source", optional: true, help: "what to call it, e.g. forms" },
        ],
        flags: [],
      },
    ],
    examples: [
      "ainstein-cms services list --all",
      "ainstein-cms services show mailchimp",
      "ainstein-cms services connect mailchimp --set list_id=0123456789 \\\n      --point form_submission --field email",
      "ainstein-cms services test",
      "ainstein-cms services events --state dead",
      "ainstein-cms services replay --all-dead",
      "ainstein-cms services sources add forms",
    ],
    exits: [EXIT.done, EXIT.usage, EXIT.auth, EXIT.unavailable, EXIT.interrupted],
    load: async () => (await import("../commands/services.ts")).services,
  },
];
