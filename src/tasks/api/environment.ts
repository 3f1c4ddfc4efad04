// PURE: .env.example. What it shows as a secret is refused by the service itself.
import { hasEvents, hasMail, hasTokens, usedHandlers } from "./source.ts";
import type { ApiModel } from "./types.ts";

interface Variable {
  readonly name: string;
  readonly about: string;
  readonly sample: string;
  readonly used: boolean;
}

const SECRET = "change-me: openssl rand -hex 32";

export function variables(model: ApiModel): readonly Variable[] {
  const always = true;
  const scheme = model.dialect === "mysql" ? "mysql" : "postgresql";
  const keys = model.endpoints.some(({ authentication }) => authentication === "api_key");
  const list: readonly Variable[] = [
    {
      name: "DATABASE_URL",
      about:
        "The database, as the account that reads and writes rows. `node migrate.js up` needs the owner of the tables.",
      sample: `${scheme}://app:password@127.0.0.1/${model.database.name}`,
      used: always,
    },
    { name: "PORT", about: "0 lets the system choose.", sample: "3000", used: always },
    { name: "HOST", about: "Use 0.0.0.0 in a container.", sample: "127.0.0.1", used: always },
    {
      name: "TRUST_PROXY",
      about: "How many proxies stand before it. Their X-Forwarded-For is believed, nobody else's.",
      sample: "0",
      used: always,
    },
    {
      name: "API_KEYS",
      about: "name:key of each caller, commas between them.",
      sample: `site:${SECRET}`,
      used: keys,
    },
    {
      name: "JWT_SECRET",
      about: "Signs the tokens of those who sign in.",
      sample: SECRET,
      used: hasTokens(model),
    },
    {
      name: "WEBHOOK_SECRET",
      about: "What deliveries are signed with: whsec_… or text.",
      sample: SECRET,
      used: usedHandlers(model).includes("webhook"),
    },
    {
      name: "CORS_ORIGINS",
      about: "Origins that browsers may call from, commas between them.",
      sample: (model.corsOrigins ?? []).join(","),
      used: model.corsOrigins !== undefined,
    },
    {
      name: "SMTP_URL",
      about: "Sends the newsletter's confirmations. Without it the newsletter answers 503.",
      sample: "",
      used: hasMail(model),
    },
    { name: "MAIL_FROM", about: "Their sender.", sample: "", used: hasMail(model) },
    {
      name: "PUBLIC_URL",
      about: "Where this service is seen from outside, for links in mails.",
      sample: "",
      used: hasMail(model),
    },
    {
      name: "EVENTS_URL",
      about: "Is told of form submissions and registrations. Without it nothing is queued.",
      sample: "",
      used: hasEvents(model),
    },
    {
      name: "EVENTS_SECRET",
      about: "Signs them, as Standard Webhooks says.",
      sample: "",
      used: hasEvents(model),
    },
    {
      name: "METRICS_TOKEN",
      about: "Reads /metrics. Without it this machine may, and nobody else.",
      sample: "",
      used: always,
    },
    { name: "LOG_LEVEL", about: "error, warn, info or debug.", sample: "info", used: always },
    {
      name: "NODE_ENV",
      about: "In production GraphQL does not describe itself.",
      sample: "production",
      used: model.type === "graphql",
    },
  ];
  return list.filter(({ used }) => used);
}

export function environmentSample(model: ApiModel): string {
  const head =
    "# Copy to .env and fill in; .env is no part of the repository. The service refuses the samples of secrets.\n";
  return (
    head +
    variables(model)
      .map(({ name, about, sample }) => `\n# ${about}\n${name}=${sample}\n`)
      .join("")
  );
}
