// What leaves the service: mails that ask for consent, events that are signed; and webhooks that come to it.
import { eventProbes } from "./events.ts";
import type { Handler } from "./expect.ts";
import { newsletterProbes } from "./newsletter.ts";
import type { Probe } from "./probe.ts";
import type { Trial } from "./trial.ts";
import { webhookProbes } from "./webhooks.ts";

export function deliveryProbes(trial: Trial, base: string): readonly Probe[] {
  const of = (handler: Handler) => trial.wanted.endpoints.filter((endpoint) => endpoint.handler === handler);
  return [
    ...of("newsletter").flatMap((endpoint) => newsletterProbes(trial, base, endpoint)),
    ...of("register").flatMap((endpoint) => eventProbes(trial, base, endpoint)),
    ...of("contact")
      .slice(0, 1)
      .flatMap((endpoint) => eventProbes(trial, base, endpoint)),
    ...of("webhook").flatMap((endpoint) => webhookProbes(trial, base, endpoint)),
  ];
}
