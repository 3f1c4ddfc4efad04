import { writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/lib/exit.ts";
import { selfSigned } from "../../http/certificate.ts";
import {
  acceptsByXmlRpc,
  deserted,
  inFront,
  listen,
  PASSWORD,
  page,
  plain,
  proxy,
  says,
  secure,
} from "./hosts.ts";
import { breaking, findings, openPractice } from "./practice.ts";

const practice = openPractice();
const { wordpress, behind, ask } = practice;

interface Odd {
  readonly host: () => Promise<string>;
  readonly more?: (host: string) => Promise<Record<string, unknown>>;
  /** As `check: code`. */
  readonly cause: string;
  /** Of what a person is told, cure and link included. */
  readonly says: RegExp;
}

/** TLS record of an alert: fatal, protocol_version (RFC 5246, 7.2). */
const TOO_OLD = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);

const GHOST_KEY = `${"a".repeat(24)}:${"b".repeat(64)}`;

const HOSTS: Readonly<Record<string, Odd>> = {
  "a gateway whose site is down": {
    host: () => plain((_, response) => page(response, 502, "502 Bad Gateway")),
    cause: "answer: gateway",
    says: /gets no answer from the site behind it \(502.*The site itself is down/s,
  },
  "Cloudflare, which does not reach the site": {
    host: () => plain((_, response) => page(response, 522, "acme.example | 522: Connection timed out")),
    cause: "answer: gateway",
    says: /522: Connection timed out.*#nobody-answers/s,
  },
  "a site that says when maintenance is over": {
    host: () => plain((_, response) => page(response, 503, "Maintenance", { "retry-after": "600" })),
    cause: "answer: out-of-service",
    says: /It asks for 600 s of patience/,
  },
  "a firewall that does not like our name": {
    host: () => plain((_, response) => page(response, 406, "Not Acceptable!")),
    cause: "answer: firewall",
    says: /firewall that refuses our requests.*User-Agent.*#a-challenge-page/s,
  },
  "a firewall that refuses who signs in": {
    host: () =>
      behind({
        answers: ({ headers }, response) => {
          if (headers.authorization === undefined) return false;
          page(response, 403, "403 Forbidden");
          return true;
        },
      }),
    cause: "sign-in: firewall",
    says: /Visitors are shown the interface; who signs in is not.*Wordfence/s,
  },
  "a server that wants a certificate of ours": {
    host: () => plain((_, response) => page(response, 400, "400 No required SSL certificate was sent")),
    cause: "answer: client-certificate",
    says: /wants to be shown a certificate of ours/,
  },
  "a network that wants its own sign-in first": {
    host: async () => {
      const portal = await plain((_, response) => page(response, 200, "Hotel WiFi"));
      return plain((_, response) => response.writeHead(302, { location: `${portal}/login` }).end());
    },
    cause: "sign-in: redirected-astray",
    says: /No WordPress was found at .*"Hotel WiFi".*a hotel's.*#redirects/s,
  },
  "a network that wants its own sign-in first, of a site that was never asked before": {
    host: async () => {
      const portal = await plain((_, response) => page(response, 200, "Hotel WiFi"));
      return plain((_, response) => response.writeHead(302, { location: `${portal}/login` }).end());
    },
    more: async (host) => ({ platform: "drupal", url: host, auth: "basic" }),
    cause: "sign-in: redirected-astray",
    says: /Visitors of \S+ are sent on to .*"Hotel WiFi"/s,
  },
  "a page of somebody else's, at a site that was never asked before": {
    host: () => plain((_, response) => page(response, 200, "This name is for sale")),
    more: async (host) => ({ platform: "ghost", url: host, auth: "admin-key", token: GHOST_KEY }),
    cause: "sign-in: ghost.not-ghost",
    says: /shows no Ghost/,
  },
  "an interface that is at another address of the site": {
    host: () =>
      behind({
        answers: ({ url = "" }, response) => {
          if (!url.startsWith("/wp-json")) return false;
          page(response, 404, "Not found");
          return true;
        },
      }),
    cause: "sign-in: interface-elsewhere",
    says: /does not answer at \S+wp-json; it does at \S+rest_route=\..*AINSTEIN_CONNECTION_ACME/s,
  },
  "an interface that is closed to everybody": {
    host: () =>
      behind({
        answers: (request, response) => {
          if (acceptsByXmlRpc(request, response)) return true;
          if (request.url?.startsWith("/wp-json") !== true) return false;
          return says(response, 401, { code: "rest_disabled", message: "REST API restricted" });
        },
      }),
    more: async () => ({ password: PASSWORD }),
    cause: "sign-in: wordpress.rest-api-off",
    says: /credentials are right, but a plug-in closes the REST API.*restricted \(rest_disabled\)/s,
  },
  "an interface that is forbidden to everybody": {
    host: () =>
      behind({
        answers: ({ url = "" }, response) =>
          /wp-json|rest_route/.test(url) &&
          says(response, 403, { code: "rest_forbidden", message: "No REST for you" }),
      }),
    cause: "sign-in: wordpress.rest-api-off",
    says: /switched off: No REST for you \(rest_forbidden\)/,
  },
  "a plug-in that hides the users": {
    host: () =>
      behind({
        answers: (request, response) =>
          request.url?.startsWith("/wp-json/wp/v2/users") === true &&
          says(response, 404, { code: "rest_no_route", message: "No route was found" }),
      }),
    cause: "sign-in: wordpress.users-hidden",
    says: /shows no users.*Security plug-ins/s,
  },
  "an account that may not see itself": {
    host: () =>
      behind({
        answers: (request, response) =>
          request.url?.startsWith("/wp-json/wp/v2/users") === true &&
          says(response, 403, { code: "rest_user_cannot_view", message: "Sorry" }),
      }),
    cause: "sign-in: forbidden",
    says: /Cure: Have the site's administrator give the account that right/,
  },
  "a site that hangs up without a word": {
    host: () => plain((request) => request.socket.destroy()),
    cause: "answer: no-answer",
    says: /connection broke.*Cure: Run it once more/s,
  },
  "data that is cut off": {
    host: () => behind({ changes: (body) => body.slice(0, body.length / 2) }),
    cause: "sign-in: not-json",
    says: /not whole JSON.*Cure:.*cut off/s,
  },
  "a byte order mark before the data": {
    host: () => behind({ changes: (body) => `\ufeff${body}` }),
    cause: "sign-in: noise-before-json",
    says: /byte order mark.*without a byte order mark/s,
  },
  "a server that speaks an old TLS only": {
    host: async () => `https://${await listen(createTcpServer((socket) => socket.end(TOO_OLD)))}`,
    cause: "certificate: tls-old",
    says: /TLS 1\.2 or 1\.3 switched on/,
  },
  "a proxy that is gone": {
    host: async () => (await wordpress()).url,
    more: async () => ({ proxy: await deserted() }),
    cause: "certificate: connection-refused",
    says: /It is the proxy that.*Cure: Correct the proxy/s,
  },
  "a proxy that wants a password": {
    host: async () => "https://acme.test",
    more: async () => ({ proxy: await proxy(407) }),
    cause: "certificate: proxy-auth",
    says: /proxy 127\.0\.0\.1:\d+ asks for a user name and password/,
  },
  "a proxy that wants a password, and a site without https": {
    host: async () => "http://acme.test",
    more: async () => ({ proxy: await proxy(407) }),
    cause: "answer: proxy-auth",
    says: /asks for a user name and password/,
  },
  "a proxy that does not allow the site": {
    host: async () => "https://acme.test",
    more: async () => ({ proxy: await proxy(403) }),
    cause: "certificate: proxy-refused",
    says: /does not let us through to acme\.test:443 \(403\).*NO_PROXY/s,
  },
  "a proxy that does not reach the site": {
    host: async () => "https://acme.test",
    more: async () => ({ proxy: await proxy(502) }),
    cause: "certificate: proxy-refused",
    says: /does not reach acme\.test:443 \(502\)/,
  },
  "a certificate for another name, behind a proxy": {
    host: async () => {
      const certificate = selfSigned({ name: "other.test" });
      writeFileSync(join(practice.cwd(), "ca.pem"), certificate.cert);
      return secure(certificate, (_, response) => response.end());
    },
    more: async () => ({ caFile: "ca.pem", proxy: await proxy(200) }),
    cause: "certificate: certificate-name",
    says: /for another name: other\.test/,
  },
};

describe("of an odd host the cause is named, and no other:", () => {
  it.each(Object.entries(HOSTS))("%s", async (_, { host, more, cause, says }) => {
    const url = await host();
    const ran = await ask(url, await more?.(url));
    expect(breaking(ran)).toEqual([cause]);
    expect(ran.out).toMatch(says);
    expect(ran.exit).toBe(EXIT.failed);
    const [finding] = findings(ran).filter(({ state }) => state === "broken");
    expect(finding?.cure ?? "").not.toBe("");
    expect(finding?.link).toMatch(/^docs\//);
  });
});

describe("an odd host that works", () => {
  it("is well behind a proxy, its certificate looked at", async () => {
    const certificate = selfSigned();
    writeFileSync(join(practice.cwd(), "ca.pem"), certificate.cert);
    const url = await secure(certificate, inFront(await wordpress(), {}));
    const ran = await ask(url, { caFile: "ca.pem", proxy: await proxy(200) });
    expect(breaking(ran)).toEqual([]);
    expect(ran.out).toMatch(/reached through the proxy.*ok +certificate +issued by.*ok +sign-in/s);
  });

  it("whose interface announces its end is told so, though visitors are not", async () => {
    const guarded = await behind({
      answers: ({ url = "" }, response) => {
        if (!url.startsWith("/wp-json/wp/v2/users")) return false;
        response.setHeader("x-shopify-api-deprecated-reason", "https://vendor.test/gone");
        return false;
      },
    });
    const ran = await ask(guarded);
    expect(breaking(ran)).toEqual([]);
    expect(ran.out).toContain("the site announces x-shopify-api-deprecated-reason: https://vendor.test/gone");
  });

  it("says what the account may not do, in whole words", async () => {
    const ran = await ask((await wordpress()).url, { username: "auth", password: "auth pass" });
    expect(ran.out).toContain("The account may not make tags and categories there.");
  });
});
