// What a provider's fields are to be: what is missing, and what may be made new, is asked of a person.
import { serviceVariable } from "../../auth/environment.ts";
import { Fault } from "../../lib/fault.ts";
import type { Field, Provider } from "../../services/provider.ts";
import { missingFields } from "../../services/values.ts";
import type { Context } from "../context.ts";

export type Values = Readonly<Record<string, string>>;

export interface Given {
  readonly values: Values;
  /** Of these, what was there before. */
  readonly kept: Values;
  /** They are written nowhere. */
  readonly fromEnvironment: boolean;
}

export interface Asking {
  /** A person may be asked for what is missing. */
  readonly ask: boolean;
  /** And for secrets that are kept: who connects again has new ones, or confirms the old ones by an empty answer. */
  readonly renew?: boolean;
}

/** How secrets are given. */
export const waysFor = (name: string): string =>
  `at the prompt of \`ainstein-cms services connect\`, as JSON by --secrets-stdin, or in CI by ${serviceVariable(name)}`;

/** With what a person adds. Throws `usage` for what is missing where nobody can be asked. */
export async function completed(
  { ui }: Context,
  provider: Provider,
  name: string,
  { values, kept }: Given,
  { ask, renew = false }: Asking,
): Promise<Values> {
  const missing = missingFields(provider, values);
  const canAsk = ask && ui.interactive;
  if (missing.length > 0 && !canAsk) throw credentialsMissing(provider, name, missing);
  const questions = [
    ...missing.map((field): Question => ({ field })),
    ...(canAsk && renew ? renewals(provider, values, kept) : []),
  ];
  const added: Record<string, string> = {};
  for (const { field, otherwise } of questions) {
    const title = otherwise === undefined ? field.title : `${field.title} (${otherwise})`;
    ui.note(`${field.title}: ${field.where}`);
    const instead = `--secrets-stdin, or ${serviceVariable(name)}`;
    const answer = field.secret ? await ui.secret(title, instead) : await ui.input(title, instead);
    if (answer.trim() !== "") added[field.name] = answer;
  }
  return { ...values, ...added };
}

interface Question {
  readonly field: Field;
  /** What an empty answer does. */
  readonly otherwise?: string;
}

/** Secrets that are kept, and what signs webhooks that are made by hand. */
function renewals({ fields, webhooks }: Provider, values: Values, kept: Values): readonly Question[] {
  const isThere = ({ name }: Field, among: Values): boolean => (among[name] ?? "") !== "";
  return fields
    .filter(({ secret }) => secret)
    .flatMap((field): Question[] => {
      if (isThere(field, kept)) return [{ field, otherwise: "empty keeps the one that is stored" }];
      const byHand = field.need === "webhooks" && webhooks.kind === "steps";
      if (!byHand || isThere(field, values)) return [];
      return [{ field, otherwise: "for what comes in; empty leaves it out" }];
    });
}

function credentialsMissing({ title }: Provider, name: string, missing: readonly Field[]): Fault {
  const names = missing.map((field) => field.name).join(", ");
  const where = missing.map((field) => `${field.name}: ${field.where}`).join(" ");
  return new Fault("usage", `${title} needs ${names}.`, {
    code: "services.credentials-missing",
    hint: `${where} Give them ${waysFor(name)}.`,
  });
}
