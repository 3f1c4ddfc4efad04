// Whom the installation's configuration wants to be told, and what is put into the outbox for them.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { asFault, formatPlace } from "../../lib/fault.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { Json } from "../../lib/json.ts";
import { printable } from "../../lib/redact.ts";
import { type Facts, type FactsContent, factsContent } from "../../report/notification.ts";
import { DATABASE } from "../../store/db.ts";
import { closeIncidents, type NotificationKind, noteNotification } from "../../store/notifications.ts";
import type { Context } from "../context.ts";
import { loadHomeConfig, type NotificationRule } from "../home-config.ts";
import { hasHomeConfig } from "../home-file.ts";

/** What a notification needs of a command's surroundings. */
export type Told = Pick<Context, "home" | "env" | "clock" | "store" | "ui" | "version" | "signal" | "vault">;

/** One that is told: rules with the same webhook or command are one. */
export interface Receiver {
  /** Digest of its address or command. */
  readonly id: string;
  readonly rules: readonly [NotificationRule, ...NotificationRule[]];
}

/** Throws `usage` (code `home-config`) where the configuration is wrong. */
export function receivers(context: Pick<Context, "home">): readonly Receiver[] {
  const found = new Map<string, [NotificationRule, ...NotificationRule[]]>();
  for (const rule of loadHomeConfig(context).notifications) {
    const id = receiverOf(rule);
    const known = found.get(id);
    if (known === undefined) found.set(id, [rule]);
    else known.push(rule);
  }
  return [...found].map(([id, rules]) => ({ id, rules }));
}

export function receiverOf({ webhook, command }: NotificationRule): string {
  return sha256Hex(JSON.stringify([webhook ?? null, command ?? null])).slice(0, 32);
}

/** Whom it is for, as it may be shown: addresses and arguments may be secrets. */
export function receiverName({ webhook, command: [program = "", ...args] = [] }: NotificationRule): string {
  if (webhook !== undefined) return new URL(webhook).origin;
  return args.length === 0 ? program : `${program} …`;
}

export interface Incident {
  readonly kind: NotificationKind;
  readonly connection: string;
  /** While it lasts it is told once. */
  readonly incident: string;
  readonly facts: Facts;
  /** For those who ask for it. */
  readonly content?: FactsContent;
  /** Not for those who are told of this, too: it is the cause. */
  readonly unless?: NotificationKind | undefined;
}

/** Puts it into the outbox for everybody who is to know. Durable on return; never throws. */
export function tell(context: Told, { kind, connection, incident, facts, content, unless }: Incident): void {
  guarded(context, () => {
    if (!hasHomeConfig(context)) return;
    for (const { id, rules } of receivers(context)) {
      const meant = rules.filter(({ connections }) => connections?.includes(connection) !== false);
      const asking = meant.filter(({ on }) => on.includes(kind));
      if (asking.length === 0 || meant.some(({ on }) => unless !== undefined && on.includes(unless)))
        continue;
      const isOpen = content !== undefined && asking.some((rule) => rule.content);
      const whole: Facts = isOpen ? { ...facts, content: factsContent(content) } : facts;
      const lane = { receiver: id, kind, connection };
      noteNotification(context.store(), context.clock, {
        ...lane,
        incident,
        facts: whole as unknown as Json,
      });
    }
  });
}

/** It is over: the next of its kind is told anew. Never throws. */
export function tellOver(context: Told, kind: NotificationKind, connection: string, incident?: string): void {
  guarded(context, () => {
    const isKept = hasHomeConfig(context) && existsSync(resolve(context.home, DATABASE));
    if (isKept) closeIncidents(context.store(), kind, connection, incident);
  });
}

const complaints = new WeakMap<Context["ui"], Set<string>>();

/** What goes wrong with a notification changes nothing about the command: it is told on stderr. */
export function guarded(context: Pick<Context, "ui">, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    complain(context, thrown);
  }
}

/** The same is said once. */
export function complain({ ui }: Pick<Context, "ui">, thrown: unknown): void {
  const { message, hint, place } = asFault(thrown);
  const where = place === undefined ? "" : `${formatPlace(place)}: `;
  const line = printable(`notifications: ${where}${message}${hint === undefined ? "" : ` (${hint})`}`);
  const said = complaints.get(ui) ?? new Set();
  complaints.set(ui, said);
  if (said.has(line)) return;
  said.add(line);
  ui.note(line);
}
