import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/lib/exit.ts";
import type { Quirks } from "../../fakes/wordpress-state.ts";
import { issued, selfSigned } from "../../http/certificate.ts";
import {
  acceptsByXmlRpc,
  deserted,
  PASSWORD,
  page,
  plain,
  refusesByXmlRpc,
  secure,
  speaksHttp,
} from "./hosts.ts";
import { breaking, findings, openPractice } from "./practice.ts";

const practice = openPractice();
const { wordpress, behind, ask } = practice;

/** Like most sites, it makes passwords for programs. */
const OFFERS_PASSWORDS: Quirks = {
  rewrites: (path, body) => {
    if (path !== "") return body;
    const { home } = body as { readonly home: string };
    const authorization = `${home}/wp-admin/authorize-application.php`;
    return {
      ...(body as object),
      authentication: { "application-passwords": { endpoints: { authorization } } },
    };
  },
};

describe("a site that is well", () => {
  it("is found so, step by step, and the exit code is 0", async () => {
    const ran = await ask((await wordpress()).url);
    expect(breaking(ran)).toEqual([]);
    expect(ran.exit).toBe(EXIT.done);
    const seen = Object.fromEntries(
      findings(ran).map(({ check, state, seen }) => [check, `${state} ${seen}`]),
    );
    expect(seen).toMatchObject({
      connection: "ok acme is a connection to WordPress, from the environment",
      name: "ok 127.0.0.1",
      certificate: expect.stringContaining("note 127.0.0.1"),
      answer: expect.stringMatching(/^ok 127\.0\.0\.1:\d+ answers \(200\)/),
      clock: expect.stringMatching(/^ok the site's and this machine's differ by [01] s$/),
      "sign-in": "ok as Admin (administrator)",
      rights: "ok may read, write, publish, remove, upload, terms, html",
      version: "ok WordPress",
      kinds: "ok post, page",
    });
    expect(ran.out.split("\n").at(-1)).toBe("acme: all well");
    expect(ran.all).not.toContain("admin pass");
  });

  it("is written to by nobody who looks", async () => {
    const site = await wordpress();
    await ask(site.url);
    expect(site.requests.length).toBeGreaterThan(3);
    expect(site.requests.filter(({ write }) => write)).toEqual([]);
  });

  it("of which something will be gone is a warning, and no failure", async () => {
    const ran = await ask(await behind({ adds: () => ({ sunset: "Sat, 31 Jul 2027 00:00:00 GMT" }) }));
    expect(ran.exit).toBe(EXIT.done);
    expect(ran.out).toContain("the site announces sunset: Sat, 31 Jul 2027");
    expect(ran.out).toContain("acme: 1 warning");
  });

  it("whose guard lets through who signs in is not broken", async () => {
    const guarded = await behind({
      answers: (request, response) => {
        if (request.headers.authorization !== undefined) return false;
        page(response, 403, "Just a moment...", { "cf-mitigated": "challenge" });
        return true;
      },
    });
    const ran = await ask(guarded);
    expect(breaking(ran)).toEqual([]);
    expect(ran.out).toContain("whoever signs in is let through");
  });

  it("is found from its bare name, over http where there is no https", async () => {
    const { host } = new URL((await wordpress()).url);
    const ran = await ask(host, { url: host });
    expect(breaking(ran)).toEqual([]);
    expect(ran.out).toContain(`${host} is asked over http`);
  });

  it("where the account may less says what does not work without", async () => {
    const ran = await ask((await wordpress()).url, { username: "auth", password: "auth pass" });
    expect(ran.exit).toBe(EXIT.done);
    expect(
      findings(ran)
        .filter(({ state }) => state === "warning")
        .map(({ code }) => code),
    ).toContain("right-terms");
    expect(ran.out).toContain("Tags and categories that are not there yet are refused.");
  });
});

/** By what is wrong: the host, what the connection is told besides, and the one cause, `check: code`. */
const HOSTS: Readonly<
  Record<
    string,
    { host: () => Promise<string>; more?: () => Record<string, unknown>; cause: string; says: RegExp }
  >
> = {
  "a name that nobody knows": {
    host: async () => "https://no-such-host.invalid",
    cause: "name: name-not-found",
    says: /no-such-host\.invalid could not be found/,
  },
  "a bare name that nobody knows": {
    host: async () => "no-such-host.invalid",
    more: () => ({ url: "no-such-host.invalid" }),
    cause: "name: name-not-found",
    says: /no-such-host\.invalid could not be found/,
  },
  "a port where nothing listens": {
    host: deserted,
    cause: "certificate: connection-refused",
    says: /nothing listens/,
  },
  "http where https is due": {
    host: speaksHttp,
    cause: "certificate: tls-failed",
    says: /really speaks https/,
  },
  "a certificate that has expired": {
    host: () => secure(selfSigned({ expired: true }), (_, response) => response.end()),
    cause: "certificate: certificate-expired",
    says: /held until 2021-01-01/,
  },
  "a certificate that does not hold yet": {
    host: () => secure(selfSigned({ early: true }), (_, response) => response.end()),
    cause: "certificate: certificate-not-yet",
    says: /this machine's clock is behind/,
  },
  "a certificate for another name": {
    host: async () => {
      const certificate = selfSigned({ name: "other.test" });
      writeFileSync(join(practice.cwd(), "ca.pem"), certificate.cert);
      return secure(certificate, (_, response) => response.end());
    },
    more: () => ({ caFile: "ca.pem" }),
    cause: "certificate: certificate-name",
    says: /for another name: other\.test/,
  },
  "a certificate that nobody vouches for": {
    host: () => secure(selfSigned(), (_, response) => response.end()),
    cause: "certificate: certificate-self-signed",
    says: /signed by itself.*--ca-file/s,
  },
  "a chain whose middle is missing": {
    host: async () => {
      const { site, root } = issued();
      writeFileSync(join(practice.cwd(), "ca.pem"), root);
      return secure(site, (_, response) => response.end());
    },
    more: () => ({ caFile: "ca.pem" }),
    cause: "certificate: certificate-chain",
    says: /"test intermediate": an intermediate certificate is missing.*fullchain\.pem/s,
  },
  "redirects in circles": {
    host: () =>
      plain((request, response) => {
        const other = request.url?.startsWith("/a") === true ? "/b" : "/a";
        response.writeHead(301, { location: `${other}${request.url?.slice(2)}` }).end();
      }),
    cause: "answer: redirect-loop",
    says: /redirects in circles/,
  },
  "a redirect to another host": {
    host: async () => {
      const { url } = await wordpress();
      return plain((request, response) => {
        response.writeHead(301, { location: `${url}${request.url}` }).end();
      });
    },
    cause: "sign-in: redirected-elsewhere",
    says: /Connect to http:\/\/127\.0\.0\.1:\d+ instead/,
  },
  "a guard that wants to see a browser": {
    host: () =>
      plain((_, response) =>
        page(response, 403, "Just a moment...", { "cf-mitigated": "challenge", "cf-ray": "8f2-FRA" }),
      ),
    cause: "answer: challenge-page",
    says: /behind a guard.*8f2-FRA/s,
  },
  "a maintenance page": {
    host: () => plain((_, response) => page(response, 503, "Back soon")),
    cause: "answer: out-of-service",
    says: /out of service for now \(503, "Back soon"\).*\.maintenance/s,
  },
  "a page in place of the interface": {
    host: async () => (await wordpress({ htmlInstead: true })).url,
    cause: "sign-in: html-instead-of-json",
    says: /200 with a web page titled "Coming soon" where data was due.*No WordPress was found/s,
  },
  "messages of PHP before the data": {
    host: () =>
      behind({
        changes: (body) => `<br />\n<b>Warning</b>: Undefined array key in x.php on line 3\n${body}`,
      }),
    cause: "sign-in: noise-before-json",
    says: /Undefined array key.*display_errors/s,
  },
  "an Authorization header that is dropped": {
    host: () =>
      behind(
        { answers: acceptsByXmlRpc, passes: ({ authorization: _, ...headers }) => headers },
        OFFERS_PASSWORDS,
      ),
    more: () => ({ password: PASSWORD }),
    cause: "sign-in: wordpress.authorization-stripped",
    says: /keeps the Authorization header.*CGIPassAuth On/s,
  },
  "a wrong password": {
    host: () => behind({ answers: refusesByXmlRpc }, OFFERS_PASSWORDS),
    more: () => ({ password: PASSWORD }),
    cause: "sign-in: wordpress.wrong-credentials",
    says: /Application Passwords/,
  },
  "a password of the server's in front": {
    host: () =>
      plain((_, response) =>
        page(response, 401, "401 Unauthorized", { "www-authenticate": 'Basic realm="staging"' }),
      ),
    cause: "sign-in: basic-auth-in-front",
    says: /asks for a password of its own/,
  },
  "an interface that is switched off": {
    host: () =>
      plain((request, response) => {
        const isApi =
          request.url?.includes("wp-json") === true || request.url?.includes("rest_route") === true;
        if (isApi) return page(response, 404, "Not found");
        response.writeHead(200, { "content-type": "text/html" });
        response.end('<!doctype html><title>A blog</title><link href="/wp-content/themes/x/style.css">');
      }),
    cause: "sign-in: wordpress.rest-api-off",
    says: /its REST API does not answer/,
  },
  "a clock that is ten minutes off": {
    host: () => behind({ adds: () => ({ date: new Date(Date.now() + 600_000).toUTCString() }) }),
    cause: "clock: clock-skew",
    says: /(?:599|600|601) s ahead of this machine's/,
  },
  "a site that wants fewer requests": {
    host: () => plain((_, response) => response.writeHead(429, { "retry-after": "3600" }).end()),
    cause: "answer: rate-limited",
    says: /none for 3600 s/,
  },
};

describe("of a broken host the cause is named, and no other:", () => {
  it.each(Object.entries(HOSTS))("%s", async (_, { host, more, cause, says }) => {
    const ran = await ask(await host(), more?.() ?? {});
    expect(breaking(ran)).toEqual([cause]);
    expect(ran.out).toMatch(says);
    expect(ran.exit).toBe(EXIT.failed);
    const [finding] = findings(ran).filter(({ state }) => state === "broken");
    expect(finding?.cure ?? "").not.toBe("");
    expect(finding?.link).toMatch(/^docs\/troubleshooting\.md#/);
  });

  it("and there are twelve of them at least", () => {
    expect(Object.keys(HOSTS).length).toBeGreaterThanOrEqual(12);
  });
});
