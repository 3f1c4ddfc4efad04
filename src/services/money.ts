// Amounts as providers write them. An occurrence has them in the currency's smallest unit.
import type { Inputs } from "./provider.ts";

/** A rule: the currency's code in capitals. */
export function currencyCode({ event }: Inputs): string | undefined {
  const code = typeof event?.currency === "string" ? event.currency.trim().toUpperCase() : "";
  return /^[A-Z]{3}$/.test(code) ? code : undefined;
}

/** A rule: the currency's code in small letters. */
export function currencyLower(inputs: Inputs): string | undefined {
  return currencyCode(inputs)?.toLowerCase();
}

/** A rule: the amount in the currency's main unit, with as many decimals as the currency has. */
export function decimalAmount(inputs: Inputs): string | undefined {
  const amount = inputs.event?.amount_cents;
  const currency = currencyCode(inputs);
  if (currency === undefined || typeof amount !== "number" || !Number.isSafeInteger(amount) || amount < 0)
    return undefined;
  const digits =
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const padded = String(amount).padStart(digits + 1, "0");
  return digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

/** A rule: the same as a number, for those who want one. */
export function numericAmount(inputs: Inputs): number | undefined {
  const amount = decimalAmount(inputs);
  return amount === undefined ? undefined : Number(amount);
}
