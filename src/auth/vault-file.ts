// An installation in one file, sealed under a passphrase.
import { z } from "zod";
import { Fault } from "../lib/fault.ts";
import type { ConnectionRecord } from "../store/connections.ts";
import type { ServiceRecord } from "../store/services.ts";
import type { SourceRecord } from "../store/sources.ts";
import { checkOf, deriveKey, newDerivation, openBytes, parseDerivation, sealBytes } from "./sealing.ts";

/** One with its secrets as the vault names them. */
export interface Packed<Of> {
  readonly record: Of;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Installation {
  readonly connections: readonly Packed<ConnectionRecord>[];
  readonly services: readonly Packed<ServiceRecord>[];
  readonly sources: readonly Packed<SourceRecord>[];
}

const FORMAT = "ainstein-cms vault";
/** 1 knew of connections alone. */
const VERSION = 2;

const text = z.string();
const texts = z.record(z.string(), z.string());
const connection = z.strictObject({
  name: text,
  platform: text,
  url: text,
  auth: text,
  username: text.exactOptional(),
  settings: texts,
  proxy: text.exactOptional(),
  caFile: text.exactOptional(),
  site: text,
  siteTitle: text,
  account: text,
  createdAt: text,
  checkedAt: text,
});
const service = z.strictObject({
  name: text,
  provider: text,
  settings: texts,
  points: z.array(text),
  fields: z.array(text),
  every: text,
  verdict: z.json(),
  provedAt: text,
  createdAt: text,
});
const source = z.strictObject({ name: text, createdAt: text });

const packed = <Of extends z.ZodType>(record: Of) => z.array(z.strictObject({ record, secrets: texts }));
const contentSchema: z.ZodType<Installation> = z.strictObject({
  connections: packed(connection),
  services: packed(service).default([]),
  sources: packed(source).default([]),
});
const fileSchema = z.object({ format: z.literal(FORMAT), version: z.number().int() });
const sealedSchema = fileSchema.extend({ derivation: z.unknown(), check: text, sealed: text });

/** The text of a file that opens under `passphrase` alone. */
export async function sealFile(passphrase: string, installation: Installation): Promise<string> {
  const derivation = newDerivation();
  const key = await deriveKey(passphrase, derivation);
  const plain = Buffer.from(JSON.stringify(installation), "utf8");
  const sealed = Buffer.from(sealBytes(key, contextOf(derivation.salt), plain)).toString("base64");
  const check = checkOf(key, derivation.salt);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, derivation, check, sealed }, null, 2)}\n`;
}

/** Throws `auth` for a wrong passphrase, `usage` for a file that is none of these or was altered; `name` is for messages. */
export async function openFile(passphrase: string, content: string, name: string): Promise<Installation> {
  const { derivation, check, sealed } = readEnvelope(content, name);
  const key = await deriveKey(passphrase, derivation);
  if (checkOf(key, derivation.salt) !== check) {
    throw new Fault("auth", `This passphrase does not open ${name}. Nothing was changed.`, {
      code: "vault.wrong-passphrase",
      hint: "Use the one that was given when the file was made; without it nothing in it can be read.",
    });
  }
  try {
    const plain = openBytes(key, contextOf(derivation.salt), Buffer.from(sealed, "base64"));
    return contentSchema.parse(JSON.parse(Buffer.from(plain).toString("utf8")));
  } catch {
    throw damaged(name);
  }
}

function readEnvelope(content: string, name: string) {
  const value = parseJson(content, name);
  const kind = fileSchema.safeParse(value);
  if (!kind.success) throw damaged(name);
  if (kind.data.version > VERSION) {
    throw new Fault("usage", `${name} was written by a newer ainstein-cms.`, {
      code: "vault.newer",
      hint: "Upgrade: npm install -g ainstein-cms@latest",
    });
  }
  const file = sealedSchema.safeParse(value);
  const derivation = file.success ? parseDerivation(file.data.derivation) : undefined;
  if (!file.success || derivation === undefined) throw damaged(name);
  return { derivation, check: file.data.check, sealed: file.data.sealed };
}

function parseJson(content: string, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw damaged(name);
  }
}

function contextOf(salt: string): readonly string[] {
  return ["file", FORMAT, salt];
}

function damaged(name: string): Fault {
  return new Fault(
    "usage",
    `${name} is no vault file of ainstein-cms, or was damaged. Nothing was changed.`,
    {
      code: "vault.file-damaged",
      hint: "Copy the file again, or write it anew where it came from: ainstein-cms vault export <file>",
    },
  );
}
