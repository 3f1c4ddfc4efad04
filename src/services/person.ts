// What services want to know of a person, made of the fields of an occurrence. Rules, all of them.
import { sha256Hex } from "../lib/hash.ts";
import type { Inputs } from "./provider.ts";

function emailOf({ event }: Inputs): string | undefined {
  const email = typeof event?.email === "string" ? event.email.trim().toLowerCase() : "";
  return email === "" ? undefined : email;
}

/** SHA-256 of the address, trimmed and in small letters: how advertisers name a person. */
export function emailSha256(inputs: Inputs): string | undefined {
  const email = emailOf(inputs);
  return email === undefined ? undefined : sha256Hex(email);
}

/** The person's id where there is one, else what their address is hashed to. Without either, nobody's. */
export function personId(inputs: Inputs): string | undefined {
  const id = inputs.event?.user_id;
  if (typeof id === "string" || typeof id === "number") return `user-${id}`;
  const hash = emailSha256(inputs);
  return hash === undefined ? undefined : `person-${hash.slice(0, 32)}`;
}

/** All but the last word of the name. */
export function firstName({ event }: Inputs): string | undefined {
  const words = typeof event?.name === "string" ? event.name.trim().split(/\s+/) : [];
  return words.length > 1 ? words.slice(0, -1).join(" ") : undefined;
}

/** The last word of the name; what stands before the @ where there is none. */
export function lastName(inputs: Inputs): string | undefined {
  const name = typeof inputs.event?.name === "string" ? inputs.event.name.trim() : "";
  return name === "" ? emailOf(inputs)?.split("@")[0] : name.split(/\s+/).at(-1);
}
