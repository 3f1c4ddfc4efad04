/** The host's first label, which stands behind the key's last hyphen. */
function dataCentre({ values }) {
  return /-([a-z]{2,4}\d{1,3})$/.exec(values.api_key)?.[1];
}

/** What a member of an audience is called in addresses. */
function memberHash({ event }) {
  if (typeof event.email !== "string") return undefined;
  return createHash("md5").update(event.email.trim().toLowerCase()).digest("hex");
}

function emailOf({ event }) {
  const email = typeof event.email === "string" ? event.email.trim().toLowerCase() : "";
  return email === "" ? undefined : email;
}

/** How advertisers name a person. */
function emailSha256(what) {
  const email = emailOf(what);
  return email === undefined ? undefined : createHash("sha256").update(email).digest("hex");
}

/** The same person is the same customer, in as many characters as fit. */
function customerNumber(what) {
  return emailSha256(what)?.slice(0, 20);
}

/** The person's id where there is one, else what their address is hashed to. */
function personId(what) {
  const { user_id: id } = what.event;
  if (typeof id === "string" || typeof id === "number") return `user-${id}`;
  const hash = emailSha256(what);
  return hash === undefined ? undefined : `person-${hash.slice(0, 32)}`;
}

/** Who it is about; without a person each event is somebody else's. */
function distinctId(what) {
  return personId(what) ?? `event-${what.id}`;
}

/** All but the last word of the name. */
function firstName({ event }) {
  const words = typeof event.name === "string" ? event.name.trim().split(/\s+/) : [];
  return words.length > 1 ? words.slice(0, -1).join(" ") : undefined;
}

/** The last word of the name; what stands before the @ where there is none. */
function lastName(what) {
  const { name } = what.event;
  const text = typeof name === "string" ? name.trim() : "";
  return text === "" ? emailOf(what)?.split("@")[0] : text.split(/\s+/).at(-1);
}

function companyName({ event }) {
  return typeof event.company === "string" ? event.company : "[not given]";
}

function currencyCode({ event }) {
  const code = typeof event.currency === "string" ? event.currency.trim().toUpperCase() : "";
  return /^[A-Z]{3}$/.test(code) ? code : undefined;
}

function currencyLower(what) {
  return currencyCode(what)?.toLowerCase();
}

/** `amount_cents` in the currency's main unit, with as many decimals as the currency has. */
function decimalAmount(what) {
  const { amount_cents: amount } = what.event;
  const currency = currencyCode(what);
  if (currency === undefined || !Number.isSafeInteger(amount) || amount < 0) return undefined;
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const padded = String(amount).padStart(digits + 1, "0");
  return digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

function numericAmount(what) {
  const amount = decimalAmount(what);
  return amount === undefined ? undefined : Number(amount);
}

/** Where a proof is wanted of who has the token. */
function appSecretProof({ values }) {
  if (values.app_secret === undefined) return undefined;
  return createHmac("sha256", values.app_secret).update(values.access_token).digest("hex");
}

/** Nobody in particular: a visitor for each event. */
function clientId({ id, at }) {
  return `${Number.parseInt(id.replaceAll("-", "").slice(0, 8), 16)}.${Math.floor(at.getTime() / 1000)}`;
}

/** A visit of its own, without which realtime reports leave the event out. */
function sessionId({ at }) {
  return String(Math.floor(at.getTime() / 1000));
}

function micros({ at }) {
  return at.getTime() * 1000;
}

function hasApiKey({ values }) {
  return values.api_key_sid !== undefined && values.api_key_secret !== undefined;
}

/** Who calls, which is the API key where there is one with its secret. */
function caller(what) {
  return hasApiKey(what) ? what.values.api_key_sid : what.values.account_sid;
}

function callerSecret(what) {
  return hasApiKey(what) ? what.values.api_key_secret : what.values.auth_token;
}

const HEADLINES = {
  form_submission: "A form was sent",
  user_registration: "Somebody registered",
  checkout: "An order was placed",
  content_published: "Content was published",
  content_updated: "Content was updated",
  run_failed: "A run failed",
};

/** What happened, in a few words. */
function headline({ point, event }) {
  const about = event.form ?? event.title ?? event.order_id ?? event.run;
  if (about === undefined) return HEADLINES[point];
  return `${HEADLINES[point]}: ${String(about).replace(/\s+/g, " ").trim().slice(0, 120)}`;
}

/** The headline, and each field on a line of its own. */
function fullText(what) {
  return [headline(what), ...Object.entries(what.event).map(([name, value]) => `${name}: ${value}`)].join(
    "\n",
  );
}

/** As much of it as a text message takes. */
function shortText(what) {
  const signs = Array.from(fullText(what));
  return signs.length <= 600 ? signs.join("") : `${signs.slice(0, 599).join("")}…`;
}
