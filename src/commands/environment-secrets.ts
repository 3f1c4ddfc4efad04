// How a connection from the environment signs in.
import { type EnvironmentConnection, variableFor } from "../auth/environment.ts";
import type { Secrets } from "../auth/session.ts";
import { memoryKeep } from "../auth/token-keep.ts";
import type { AuthMethod, Manifest } from "../connectors/contract.ts";
import { Fault } from "../lib/fault.ts";
import { findMethod } from "./connection.ts";

/** Tokens that an app gets for itself live as long as this process. */
export function secretsGiven(given: EnvironmentConnection): Secrets {
  const { password, token, clientId, clientSecret, scopes, headers } = given;
  const client =
    clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };
  return {
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(client === undefined
      ? {}
      : { client: { id: client.clientId, secret: client.clientSecret }, tokens: memoryKeep() }),
    ...(scopes === undefined ? {} : { scopes: listScopes(scopes) }),
    ...(headers === undefined ? {} : { headers }),
  };
}

/** As people write them, separated by spaces or commas. */
export function listScopes(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((scope) => scope !== "");
}

/**
 * The method that `auth` names, else the first that the given fields fit. Throws `usage`, naming the variable, where the
 * fields are not those of the method, and for one that needs a person.
 */
export function methodGiven(
  manifest: Pick<Manifest, "title" | "auth">,
  name: string,
  given: EnvironmentConnection,
): AuthMethod {
  const method =
    given.auth === undefined
      ? (manifest.auth.find((candidate) => fits(candidate, given)) ?? manifest.auth[0])
      : findMethod(manifest, given.auth);
  if (method.type === "oauth" && method.grant === "code") throw needsPerson(manifest, name, method);
  for (const field of ["token", "clientId", "clientSecret", "scopes"] as const) {
    const belongs = fieldsOf(method).includes(field);
    const isThere = given[field] !== undefined;
    if (belongs === isThere || (field === "scopes" && method.type === "oauth")) continue;
    const why = belongs ? `"${field}" is missing` : `"${field}" is nothing that ${method.id} takes`;
    throw new Fault("usage", `${variableFor(name)} does not fit ${manifest.title}'s ${method.id}: ${why}.`, {
      code: "bad-environment-connection",
      hint: `${belongs ? "Set" : "Remove"} "${field}" in the JSON of ${variableFor(name)}${belongs ? "" : ', or name another "auth"'}.`,
    });
  }
  return method;
}

type Field = "password" | "token" | "clientId" | "clientSecret" | "scopes";

function fieldsOf(method: AuthMethod): readonly Field[] {
  switch (method.type) {
    case "none":
      return [];
    case "basic":
      return ["password"];
    case "token":
      return ["token"];
    case "oauth":
      return ["clientId", "clientSecret"];
  }
}

function fits(method: AuthMethod, given: EnvironmentConnection): boolean {
  if (method.type === "oauth" && method.grant === "code") return false;
  return fieldsOf(method).some((field) => given[field] !== undefined);
}

/** Its tokens change as they are used, and nothing that is kept in a variable could follow. */
function needsPerson(manifest: Pick<Manifest, "title" | "auth">, name: string, method: AuthMethod): Fault {
  const others = manifest.auth.filter((other) => other.type !== "oauth" || other.grant !== "code");
  const list = others.map(({ id }) => id).join(" or ");
  return new Fault(
    "usage",
    `${variableFor(name)} asks for ${method.id}: its tokens change with use, so they cannot come from the environment.`,
    {
      code: "tokens-rotate",
      hint: list === "" ? `Store a connection instead: ainstein-cms connect` : `Set "auth" to ${list}.`,
    },
  );
}
