// What a provider said, fit to be shown: short, on one line, without secrets and without anybody's personal data.
import { excerpt, redact } from "../lib/redact.ts";
import { firstText } from "./json-path.ts";
import type { Provider } from "./provider.ts";
import type { Answered } from "./service.ts";

/** `hidden`: texts that must not be shown, however they came there. */
export function cleanWords(text: string, hidden: readonly string[], length = 240): string {
  return excerpt(redact(text, hidden), length).replace(/[\w.%+-]+@[\w-]+(?:\.[\w-]+)+/g, "[address]");
}

/** Status, what it means, and the provider's own words where it has some. */
export function answerWords(
  { errors }: Provider,
  { status, payload }: Answered,
  meaning: string | undefined,
  hidden: readonly string[],
): string {
  const message = firstText(payload, errors?.message ?? []);
  const code = status < 300 && message === undefined ? undefined : firstText(payload, errors?.code ?? []);
  const said = [code, message].filter((text) => text !== undefined && text !== "").join(" ");
  const own = said === "" ? "" : ` (${cleanWords(said, hidden)})`;
  return `${status}${meaning === undefined ? "" : `: ${meaning}`}${own}`;
}
