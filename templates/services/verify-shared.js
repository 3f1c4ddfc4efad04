/**
 * Whether a delivery is from the provider. `headers`: names in lower case; `url`: as the provider was told it, with its
 * query. Its secret is read from the environment. False for whatever does not hold.
 */
export function isGenuine({ headers, url }, env = process.env) {
  const secret = env[SECRET_VARIABLE] ?? "";
  const given =
    SIGNATURE.kind === "url-secret"
      ? (new URL(url).searchParams.get(SIGNATURE.parameter) ?? "")
      : withoutPrefix(headers[SIGNATURE.header.toLowerCase()] ?? "", SIGNATURE.prefix ?? "");
  return secret !== "" && given !== "" && isSame(given, secret);
}

function withoutPrefix(text, prefix) {
  return text.startsWith(prefix) ? text.slice(prefix.length) : "";
}

function isSame(one, other) {
  const digest = (text) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
