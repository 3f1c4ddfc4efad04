/**
 * Whether a delivery is from the provider. `headers`: names in lower case; `body`: its bytes as they came, before anything
 * parsed them; `url`: as the provider was told it, with its query; `now`: in milliseconds. Its key is read from the
 * environment. False for whatever does not hold.
 */
export function isGenuine({ method = "POST", headers, body, url, now = Date.now() }, env = process.env) {
  const secret = env[SECRET_VARIABLE] ?? "";
  const given = givenBy(headers);
  if (secret === "" || given.signatures.length === 0) return false;
  const wantsTime = SIGNATURE.message.includes("{ts}");
  if (wantsTime && given.time === undefined) return false;
  if (!isBodySigned(headers, body, url)) return false;
  const fits = addressesOf(url).some((address) => {
    const message = messageOf({ method, body, headers, url: address, time: given.time ?? "", secret });
    return given.signatures.some((signature) => isSignature(message, signature, secret));
  });
  return fits && isTimely(given.time, now);
}

/** Signatures of which one must fit, and the time that is signed. */
function givenBy(headers) {
  const names = [SIGNATURE.header, ...(SIGNATURE.otherHeaders ?? [])];
  const text = names.map((name) => headers[name.toLowerCase()]).find((header) => header !== undefined) ?? "";
  const time =
    SIGNATURE.time?.header === undefined ? undefined : headers[SIGNATURE.time.header.toLowerCase()];
  const { form } = SIGNATURE;
  if (form.kind === "pairs") {
    const pairs = text.split(",").map((pair) => pair.trim().split(/=(.*)/s));
    const all = (name) => pairs.filter(([key]) => key === name).map(([, value = ""]) => value);
    return { signatures: all(form.signature).slice(0, 10), time: all(form.time)[0] };
  }
  const whole = form.kind === "list" ? text.split(" ").slice(0, 10) : [text];
  const prefix = form.prefix ?? "";
  const fitting = whole.filter((each) => each !== "" && each.startsWith(prefix));
  return { signatures: fitting.map((each) => each.slice(prefix.length)), time };
}

function messageOf({ method, body, headers, url, time, secret }) {
  const parts = SIGNATURE.message.split(/(\{[^}]+\})/).map((part) => {
    if (part === "{body}") return Buffer.from(body);
    if (part === "{ts}") return Buffer.from(time);
    if (part === "{url}") return Buffer.from(url);
    if (part === "{secret}") return Buffer.from(secret);
    if (part === "{method}") return Buffer.from(method.toUpperCase());
    if (part === "{sortedForm}") return Buffer.from(isForm(headers) ? sortedForm(body) : "");
    if (part.startsWith("{h:")) return Buffer.from(headers[part.slice(3, -1).toLowerCase()] ?? "");
    return Buffer.from(part);
  });
  return Buffer.concat(parts);
}

function isSignature(message, signature, secret) {
  const [family, digest] = SIGNATURE.algorithm.split("-");
  if (family === "sha256")
    return isSame(signature.toLowerCase(), createHash(family).update(message).digest("hex"));
  if (family === "hmac") {
    const made = createHmac(digest, keyOf(secret)).update(message);
    const text = SIGNATURE.encoding === "base64" ? made.digest("base64") : made.digest("hex");
    return isSame(SIGNATURE.encoding === "base64" ? signature : signature.toLowerCase(), text);
  }
  try {
    return verify(digest, message, publicKeyOf(secret), Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

function keyOf(secret) {
  if (SIGNATURE.key === "base64" || SIGNATURE.key === "hex") return Buffer.from(secret, SIGNATURE.key);
  const isPrefixed = SIGNATURE.key === "whsec" && secret.startsWith("whsec_");
  return isPrefixed ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
}

function publicKeyOf(text) {
  if (text.includes("-----BEGIN")) return createPublicKey(text);
  return createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
}

/** In a time that does not tell how much of them is alike. */
function isSame(one, other) {
  const digest = (text) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** What was signed long ago may be somebody else's copy. */
function isTimely(text, now) {
  const { time } = SIGNATURE;
  if (time === undefined) return true;
  const at = time.unit === "iso" ? Date.parse(text) : Number(text) * (time.unit === "s" ? 1000 : 1);
  return Math.abs(now - at) <= time.windowMs;
}

/** Where the form is signed in place of the body, any other body is named by its hash in the address, which is signed. */
function isBodySigned(headers, body, url) {
  if (!SIGNATURE.message.includes("{sortedForm}")) return true;
  const name = SIGNATURE.bodyHash?.parameter;
  const told = name === undefined ? null : new URL(url).searchParams.get(name);
  if (told !== null) return isSame(told.toLowerCase(), createHash("sha256").update(body).digest("hex"));
  return isForm(headers) || body.length === 0;
}

function isForm(headers) {
  return /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
}

/** Names in order, each followed by its values, each value once. */
function sortedForm(body) {
  const form = new URLSearchParams(Buffer.from(body).toString("utf8"));
  return [...new Set(form.keys())]
    .sort()
    .map((name) =>
      [...new Set(form.getAll(name))]
        .sort()
        .map((value) => name + value)
        .join(""),
    )
    .join("");
}

/** As it came, and as the provider may have had it before it was signed. */
function addressesOf(url) {
  const addresses = [url];
  const written = /^(https?):\/\/([^/?#:]+)(?::(\d+))?([/?#].*)?$/s.exec(url);
  if (SIGNATURE.portVariants === true && written !== null) {
    const [, scheme, host, port, rest = ""] = written;
    const usual = scheme === "https" ? "443" : "80";
    addresses.push(port === undefined ? `${scheme}://${host}:${usual}${rest}` : `${scheme}://${host}${rest}`);
  }
  if (SIGNATURE.decodedUrl === true) {
    try {
      addresses.push(decodeURIComponent(url));
    } catch {
      // Escapes that are none were signed as they stand.
    }
  }
  return addresses;
}
