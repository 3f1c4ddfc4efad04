// The providers there are. Each one's data is loaded when it is asked for.
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Provider } from "./provider.ts";

const PROVIDERS: Readonly<Record<string, () => Promise<Provider>>> = {
  stripe: async () => (await import("./stripe/provider.ts")).provider,
  paypal: async () => (await import("./paypal/provider.ts")).provider,
  square: async () => (await import("./square/provider.ts")).provider,
  "authorize-net": async () => (await import("./authorize-net/provider.ts")).provider,
  mailchimp: async () => (await import("./mailchimp/provider.ts")).provider,
  mandrill: async () => (await import("./mandrill/provider.ts")).provider,
  sendgrid: async () => (await import("./sendgrid/provider.ts")).provider,
  twilio: async () => (await import("./twilio/provider.ts")).provider,
  intercom: async () => (await import("./intercom/provider.ts")).provider,
  "google-analytics": async () => (await import("./google-analytics/provider.ts")).provider,
  mixpanel: async () => (await import("./mixpanel/provider.ts")).provider,
  hotjar: async () => (await import("./hotjar/provider.ts")).provider,
  "facebook-pixel": async () => (await import("./facebook-pixel/provider.ts")).provider,
  hubspot: async () => (await import("./hubspot/provider.ts")).provider,
  salesforce: async () => (await import("./salesforce/provider.ts")).provider,
  zapier: async () => (await import("./zapier/provider.ts")).provider,
  airtable: async () => (await import("./airtable/provider.ts")).provider,
  auth0: async () => (await import("./auth0/provider.ts")).provider,
  google: async () => (await import("./google/provider.ts")).provider,
  facebook: async () => (await import("./facebook/provider.ts")).provider,
  github: async () => (await import("./github/provider.ts")).provider,
  linkedin: async () => (await import("./linkedin/provider.ts")).provider,
  "firebase-auth": async () => (await import("./firebase-auth/provider.ts")).provider,
  cognito: async () => (await import("./cognito/provider.ts")).provider,
  s3: async () => (await import("./s3/provider.ts")).provider,
  postgresql: async () => (await import("./postgresql/provider.ts")).provider,
  mongodb: async () => (await import("./mongodb/provider.ts")).provider,
  redis: async () => (await import("./redis/provider.ts")).provider,
};

/** Other names that people have for them. */
const ALIASES: Readonly<Record<string, string>> = {
  authorizenet: "authorize-net",
  "authorize.net": "authorize-net",
  "mailchimp-transactional": "mandrill",
  "twilio-sendgrid": "sendgrid",
  ga: "google-analytics",
  ga4: "google-analytics",
  meta: "facebook-pixel",
  "meta-pixel": "facebook-pixel",
  "google-signin": "google",
  "google-login": "google",
  "facebook-login": "facebook",
  "github-login": "github",
  "linkedin-login": "linkedin",
  firebase: "firebase-auth",
  "aws-cognito": "cognito",
  postgres: "postgresql",
  mongo: "mongodb",
  "aws-s3": "s3",
  "amazon-s3": "s3",
};

export const providerIds: readonly string[] = Object.keys(PROVIDERS);

/** The id that a name stands for: case and `_` are no difference. Undefined for one there is not. */
export function providerId(name: string): string | undefined {
  const plain = name.trim().toLowerCase().replaceAll("_", "-").replaceAll(" ", "-");
  const id = Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : plain;
  return id !== undefined && Object.hasOwn(PROVIDERS, id) ? id : undefined;
}

/** Throws `usage` with the nearest name and the list. */
export async function findProvider(name: string): Promise<Provider> {
  const id = providerId(name);
  const load = id === undefined ? undefined : PROVIDERS[id];
  if (load !== undefined) return load();
  const near = nearestName(name, [...providerIds, ...Object.keys(ALIASES)]);
  throw new Fault("usage", `There is no provider ${JSON.stringify(name)}.`, {
    code: "services.unknown-provider",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${providerIds.join(", ")}.`,
  });
}

/** All of them, in the order of the list. */
export async function allProviders(): Promise<readonly Provider[]> {
  return Promise.all(Object.values(PROVIDERS).map((load) => load()));
}
