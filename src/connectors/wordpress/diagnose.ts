// Why a site cannot be used or does not let us in, as precisely as can be told from outside, with the cure.
import { z } from "zod";
import type { Http, Refusal } from "../../http/http.ts";
import { unescapeHtml } from "../../http/page.ts";
import type { Probed } from "../../http/probe.ts";
import { Fault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import { standsThere } from "../other-cms.ts";
import type { Credentials, Obstacle } from "../setup.ts";
import type { Discovery } from "./discover.ts";

/** Throws when the answer to the API root itself says what is wrong. */
export function explainRoot(answer: Probed): void {
  const { origin } = answer.url;
  if (answer.page?.challenge !== undefined) answer.json();
  if (answer.status === 401 && /^basic\b/i.test(answer.headers["www-authenticate"] ?? "")) {
    throw new Fault(
      "auth",
      `The web server of ${origin} asks for a password of its own before WordPress is reached.`,
      {
        code: "basic-auth-in-front",
        httpStatus: 401,
        hint: "One request cannot carry two passwords, and no extra header changes that: have /wp-json exempted from the server's password.",
      },
    );
  }
  const said = errorOf(answer);
  if (said !== undefined && answer.status >= 500) throw siteError(origin, said, answer.status);
  if (said !== undefined && said.code !== "rest_no_route" && answer.status >= 400) {
    throw new Fault(
      "unavailable",
      `The REST API of ${origin} is switched off: ${said.message} (${said.code}).`,
      {
        code: "wordpress.rest-api-off",
        httpStatus: answer.status,
        hint: "A plug-in does this. Allow the REST API for signed-in users in its settings.",
      },
    );
  }
  if (answer.status >= 200 && answer.status < 300 && answer.page === undefined) answer.json();
}

function errorOf(answer: Probed): { code: string; message: string } | undefined {
  if (answer.page !== undefined) return undefined;
  try {
    const parsed = z
      .object({ code: z.string(), message: z.string().catch("") })
      .safeParse(JSON.parse(answer.text));
    return parsed.success
      ? { code: excerpt(parsed.data.code, 60), message: excerpt(withoutTags(parsed.data.message)) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Messages for a page hold markup. */
function withoutTags(html: string): string {
  return unescapeHtml(html.replace(/<[^<>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();
}

function siteError(origin: string, { code, message }: { code: string; message: string }, status: number) {
  return new Fault("unavailable", `WordPress at ${origin} fails by itself: ${message} (${code}).`, {
    code: "wordpress.site-error",
    httpStatus: status,
    hint: "Look into the site's PHP error log: most often a plug-in or theme, after an update. After a crash WordPress mails the administrator a link to its recovery mode.",
  });
}

export function restApiOff(site: URL, failures: readonly Probed[]): Fault {
  const statuses = [...new Set(failures.map((failure) => failure.status))].join(", ");
  return new Fault(
    "unavailable",
    `${site.origin} is a WordPress, but its REST API does not answer (${statuses}).`,
    {
      code: "wordpress.rest-api-off",
      hint: "A security plug-in or the web server blocks /wp-json. Allow it there; saving Settings > Permalinks once mends missing rewrite rules.",
    },
  );
}

export function notWordPress(shown: Probed): Fault {
  const title = shown.page === undefined || shown.page.title === "" ? "" : ` ("${shown.page.title}")`;
  const { words, hint } = standsThere("wordpress", [shown]);
  return new Fault(
    "unavailable",
    `No WordPress was found at ${shown.url.origin}${shown.url.pathname}${title}: it answered ${shown.status}${words}.`,
    {
      code: "wordpress.not-wordpress",
      hint: hint ?? "Check the address: pass the one that visitors of the site use.",
    },
  );
}

export function refusesHttps(apiRoot: string): Fault {
  return new Fault("unavailable", `The site is shown over https, but its interface only at ${apiRoot}.`, {
    code: "wordpress.no-https",
    hint: "Credentials are not sent unencrypted: set both addresses in Settings > General to https.",
  });
}

/** Why the site offers no application passwords, as far as can be known; undefined when it does. */
export function passwordObstacle(site: Discovery): Obstacle | undefined {
  if (site.authUrl !== undefined || site.closed !== undefined) return undefined;
  const code = "wordpress.application-passwords-off";
  if (site.version !== undefined && olderThan(site.version, 5, 6)) {
    return {
      code,
      message: `${site.siteUrl} runs WordPress ${site.version}; application passwords came with 5.6.`,
      hint: "Update WordPress.",
    };
  }
  if (site.apiRoot.startsWith("http:")) {
    return {
      code,
      message: `${site.siteUrl} offers no application passwords: WordPress does so over https only.`,
      hint: "Give the site a certificate and connect to its https address. On a test system, set WP_ENVIRONMENT_TYPE to local in wp-config.php.",
    };
  }
  if (site.siteUrl.startsWith("http:")) {
    return {
      code,
      message: `${site.siteUrl} offers no application passwords: WordPress does not know that it is reached over https.`,
      hint: "Set both addresses in Settings > General to https, and have the proxy in front pass on X-Forwarded-Proto.",
    };
  }
  return {
    code,
    message: `${site.siteUrl} offers no application passwords: a plug-in has turned them off.`,
    hint: "Security plug-ins (Wordfence, Solid Security and others) have a setting for this: allow application passwords there.",
  };
}

export function olderThan(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split(".").map(Number);
  return first < major || (first === major && second < minor);
}

/**
 * Throws why the site does not take the credentials. Most versions of WordPress treat a wrong password as no password
 * at all, so where the answer is only "not logged in", XML-RPC is asked, which takes the password in its body.
 */
export async function verifyCredentials(
  http: Http,
  site: Pick<Discovery, "apiRoot" | "siteUrl">,
  obstacle: Obstacle | undefined,
  credentials: Credentials,
): Promise<void> {
  const refusal = await whoAmI(http);
  if (refusal === undefined) return;
  const known = explainCode(refusal.code, refusal.status);
  if (known !== undefined) throw known;
  if (obstacle !== undefined) throw authFault(obstacle, refusal.status);
  const byXmlRpc = await tryXmlRpc(http, site, credentials);
  if (byXmlRpc === "refused") throw wrongCredentials(refusal.status);
  if (byXmlRpc === "unknown") throw undecided(refusal);
  if (refusal.code !== "rest_not_logged_in") throw closedToUs(refusal);
  throw isApplicationPassword(credentials.password)
    ? stripped(refusal.status)
    : loginPassword(refusal.status);
}

/** 24 letters and digits, shown in groups of four. XML-RPC takes the password of the login form as well. */
function isApplicationPassword(password: string): boolean {
  return /^[A-Za-z0-9]{24}$/.test(password.replace(/\s/g, ""));
}

interface NotMe {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Undefined when the site knows us. Answers that are no refusal of WordPress stay the faults they are. */
async function whoAmI(http: Http): Promise<NotMe | undefined> {
  const { value } = await http.send({
    method: "GET",
    path: "/wp/v2/users/me",
    query: { context: "edit", _fields: "id" },
    repeatable: true,
    fresh: true,
    accept: [401],
    refuse: (refusal) => explainCode(codeOf(refusal.payload), refusal.status),
    decode: (payload) => z.union([meSchema, refusalSchema]).parse(payload),
  });
  return "id" in value ? undefined : { status: 401, code: value.code, message: excerpt(value.message) };
}

const meSchema = z.object({ id: z.number().int().positive() });
const refusalSchema = z.object({ code: z.string(), message: z.string().catch("") });

function codeOf(payload: Refusal["payload"]): string {
  const parsed = refusalSchema.safeParse(payload);
  return parsed.success ? parsed.data.code : "";
}

function explainCode(code: string, httpStatus: number): Fault | undefined {
  switch (code) {
    case "incorrect_password":
    case "invalid_username":
    case "invalid_email":
      return wrongCredentials(httpStatus, code);
    case "application_passwords_disabled":
      return new Fault("auth", `Application passwords are turned off on this site (${code}).`, {
        code: "wordpress.application-passwords-off",
        httpStatus,
        hint: "A plug-in does this: allow application passwords in its settings.",
      });
    case "application_passwords_disabled_for_user":
      return new Fault("auth", `Application passwords are turned off for this user (${code}).`, {
        code: "wordpress.application-passwords-off",
        httpStatus,
        hint: "Ask the site's administrator, or use another user.",
      });
    case "rest_no_route":
      return new Fault("unavailable", `The site's REST API shows no users, not even who we are (${code}).`, {
        code: "wordpress.users-hidden",
        httpStatus,
        hint: "Security plug-ins take /wp/v2/users away so that nobody can list user names: allow it for those who are signed in.",
      });
    default:
      return undefined;
  }
}

function wrongCredentials(httpStatus: number, code?: string): Fault {
  const what =
    code === "invalid_username" || code === "invalid_email"
      ? "There is no such user on this site"
      : "The site does not accept this user name and application password";
  return new Fault("auth", `${what}${code === undefined ? "" : ` (${code})`}.`, {
    code: "wordpress.wrong-credentials",
    httpStatus,
    hint: "An application password is not the one of the login form: make one in WordPress under Users > Profile > Application Passwords.",
  });
}

function loginPassword(httpStatus: number): Fault {
  return new Fault(
    "auth",
    "This is the password of the login form; WordPress wants an application password here.",
    {
      code: "wordpress.wrong-credentials",
      httpStatus,
      hint: "Make one in WordPress under Users > Profile > Application Passwords.",
    },
  );
}

function stripped(httpStatus: number): Fault {
  return new Fault(
    "auth",
    "The credentials are right, but the web server keeps the Authorization header from WordPress.",
    {
      code: "wordpress.authorization-stripped",
      httpStatus,
      hint: `Apache: put "CGIPassAuth On", or "SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1", into .htaccess. nginx: add "fastcgi_param HTTP_AUTHORIZATION $http_authorization;".`,
    },
  );
}

/** A plug-in answered in WordPress's place. Most let those through who sign in, where WordPress sees that they do. */
function closedToUs({ status, code, message }: NotMe): Fault {
  return new Fault(
    "auth",
    `The credentials are right, but a plug-in closes the REST API to us all the same: ${message} (${code}).`,
    {
      code: "wordpress.rest-api-off",
      httpStatus: status,
      hint: "Allow the REST API for signed-in users in that plug-in's settings. If it is allowed, the web server keeps the Authorization header from WordPress, and WordPress takes us for a visitor.",
    },
  );
}

function undecided(refusal: NotMe): Fault {
  return new Fault(
    "auth",
    `The site did not recognise the credentials: ${refusal.message} (${refusal.code}).`,
    {
      code: "wordpress.not-logged-in",
      httpStatus: refusal.status,
      hint: `Either user name or application password are wrong, or the web server keeps the Authorization header from WordPress (Apache: "CGIPassAuth On" or "SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1" in .htaccess; nginx: "fastcgi_param HTTP_AUTHORIZATION $http_authorization;").`,
    },
  );
}

function authFault(obstacle: Obstacle, httpStatus: number): Fault {
  return new Fault("auth", obstacle.message, { code: obstacle.code, hint: obstacle.hint, httpStatus });
}

/** `wp.getUsersBlogs`, which reads only. Many sites have XML-RPC switched off: then nothing is known. */
async function tryXmlRpc(
  http: Http,
  site: Pick<Discovery, "apiRoot" | "siteUrl">,
  { username, password }: Credentials,
): Promise<"accepted" | "refused" | "unknown"> {
  const origin = new URL(site.apiRoot).origin;
  const path = `${origin}${new URL(site.siteUrl).pathname.replace(/\/+$/, "")}/xmlrpc.php`;
  const values = [username, password].map(
    (value) => `<param><value><string>${escapeXml(value)}</string></value></param>`,
  );
  const xml = `<?xml version="1.0"?><methodCall><methodName>wp.getUsersBlogs</methodName><params>${values.join("")}</params></methodCall>`;
  try {
    const { value } = await http.send({
      method: "POST",
      path,
      body: { bytes: Buffer.from(xml, "utf8"), type: "text/xml; charset=utf-8" },
      repeatable: true,
      as: "text",
      decode: (payload) => z.string().parse(payload),
    });
    if (/<name>blogid<\/name>/.test(value)) return "accepted";
    return /<name>faultCode<\/name>\s*<value><int>403</.test(value) ? "refused" : "unknown";
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.kind !== "interrupted" && thrown.kind !== "defect")
      return "unknown";
    throw thrown;
  }
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
