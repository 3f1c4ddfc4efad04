import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { discover } from "../../../src/connectors/wordpress/discover.ts";
import { setup } from "../../../src/connectors/wordpress/setup.ts";
import { createProbe } from "../../../src/http/probe.ts";
import { faultOf, json, serve } from "../../http/servers.ts";

const probe = createProbe({ proxy: () => undefined, version: "0" });

type Route = (response: ServerResponse, url: URL) => unknown;

/** A site made of the answers to a few paths; everything else is a page that is not found. */
async function site(routes: (own: string) => Record<string, Route>): Promise<string> {
  let table: Record<string, Route> = {};
  const own = await serve((request, response) => {
    const url = new URL(request.url ?? "/", "http://x");
    const rest = url.searchParams.get("rest_route");
    const route = table[rest === null ? url.pathname : `${url.pathname}?rest_route=${rest}`];
    if (route === undefined) page(response, "Page not found", 404);
    else route(response, url);
  });
  table = routes(own);
  return own;
}

function page(
  response: ServerResponse,
  title: string,
  status = 200,
  headers: Record<string, string> = {},
  head = "",
): void {
  response
    .writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers })
    .end(`<!DOCTYPE html><html><head><title>${title}</title>${head}</head><body></body></html>`);
}

function root(own: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: "Cats &amp; Dogs",
    home: own,
    namespaces: ["oembed/1.0", "wp/v2"],
    authentication: {
      "application-passwords": { endpoints: { authorization: `${own}/wp-admin/authorize-application.php` } },
    },
    ...more,
  };
}

describe("discovery", () => {
  it("follows the Link header of any page", async () => {
    const own = await site((own) => ({
      "/blog/2020/a-post/": (response) =>
        page(response, "A post", 200, {
          link: `<${own}/blog/wp-json/>; rel="https://api.w.org/", <x>; rel=shortlink`,
        }),
      "/blog/wp-json/": (response) => json(response, 200, root(own)),
    }));
    expect(await discover(`${own}/blog/2020/a-post/#comments`, probe)).toMatchObject({
      apiRoot: `${own}/blog/wp-json`,
      name: "Cats & Dogs",
      authUrl: `${own}/wp-admin/authorize-application.php`,
      closed: undefined,
    });
  });

  it("reads the page's own link, entities and all", async () => {
    const own = await site((own) => ({
      "/": (response) =>
        page(
          response,
          "Home",
          200,
          {},
          `<link href='${own}/index.php?x=1&#038;rest_route=/' rel='https://api.w.org/'>`,
        ),
      "/index.php?rest_route=/": (response) => json(response, 200, root(own)),
    }));
    expect((await discover(own, probe)).apiRoot).toBe(`${own}/index.php?rest_route=`);
  });

  it("tries the usual places when a page says nothing", async () => {
    const plain = await site((own) => ({ "/?rest_route=/": (response) => json(response, 200, root(own)) }));
    expect((await discover(`${plain}/some/page`, probe)).apiRoot).toBe(`${plain}/?rest_route=`);
    const below = await site((own) => ({ "/shop/wp-json/": (response) => json(response, 200, root(own)) }));
    expect((await discover(`${below}/shop/wp-admin/post.php?post=1`, probe)).apiRoot).toBe(
      `${below}/shop/wp-json`,
    );
  });

  it("follows redirects to the site's own address, and tells", async () => {
    const real = await site((own) => ({
      "/wp-json/": (response) => json(response, 200, root(own)),
      "/": (r) => page(r, "Home"),
    }));
    const old = await site(() => ({
      "/": (response) => response.writeHead(301, { location: `${real}/` }).end(),
    }));
    const found = await discover(old, probe);
    expect(found.apiRoot).toBe(`${real}/wp-json`);
    expect(found.notes.join()).toContain(`${old} leads to ${real}`);
  });

  it("uses http for an address without scheme whose host has no https", async () => {
    const own = await site((own) => ({ "/wp-json/": (response) => json(response, 200, root(own)) }));
    const found = await discover(new URL(own).host, probe);
    expect(found.apiRoot).toBe(`${own}/wp-json`);
    expect(found.notes.join()).toContain("using http");
  });

  it("never opens a sign-in page of another host", async () => {
    const own = await site((own) => ({
      "/wp-json/": (response) =>
        json(
          response,
          200,
          root(own, {
            authentication: {
              "application-passwords": { endpoints: { authorization: "https://evil.test/steal" } },
            },
          }),
        ),
    }));
    expect((await discover(own, probe)).authUrl).toBeUndefined();
  });

  it("finds the version on the page, else on the login page", async () => {
    const told = await site((own) => ({
      "/": (response) => page(response, "Home", 200, {}, '<meta name="generator" content="WordPress 6.1.9">'),
      "/wp-json/": (response) => json(response, 200, root(own)),
    }));
    expect((await discover(told, probe)).version).toBe("6.1.9");
    const hidden = await site((own) => ({
      "/wp-json/": (response) => json(response, 200, root(own)),
      "/wp-login.php": (response) =>
        page(
          response,
          "Log in",
          200,
          {},
          "<link href='/wp-admin/load-styles.php?c=0&amp;load=login&amp;ver=7.1'>",
        ),
    }));
    expect((await discover(hidden, probe)).version).toBe("7.1");
  });

  it("goes on with a site that shows its interface to signed-in users only", async () => {
    const own = await site(() => ({
      "/": (response) => page(response, "Home"),
      "/wp-json/": (response) =>
        json(response, 401, { code: "rest_login_required", message: "Only authenticated users." }),
    }));
    const found = await setup.discover(own, probe);
    expect(found).toMatchObject({ url: `${own}/wp-json`, obstacle: undefined });
    expect(found.handOff?.returns).toBe(false);
    expect(found.notes.join()).toContain("Only authenticated users.");
  });
});

describe("what stands there instead", () => {
  it.each([
    ["ftp://x.test", "usage"],
    ["https://", "usage"],
    ["not an address", "usage"],
    ["https://me:hunter2@x.test", "usage"],
  ])("%s is no address of a site", async (typed, kind) => {
    const fault = await faultOf(discover(typed, probe));
    expect(fault).toMatchObject({ kind, code: "bad-address" });
    expect(fault.message).not.toContain("hunter2");
  });

  it("another kind of site is named by its title", async () => {
    const own = await site(() => ({ "/": (response) => page(response, "My Ghost") }));
    const fault = await faultOf(discover(own, probe));
    expect(fault.code).toBe("wordpress.not-wordpress");
    expect(fault.message).toContain("My Ghost");
  });

  it("a WordPress without its interface", async () => {
    const gone = await site(() => ({
      "/": (response) => page(response, "Home", 200, {}, '<script src="/wp-includes/js/x.js"></script>'),
    }));
    expect((await faultOf(discover(gone, probe))).code).toBe("wordpress.rest-api-off");
    const disabled = await site(() => ({
      "/wp-json/": (response) =>
        json(response, 403, { code: "rest_disabled", message: "The REST API is disabled." }),
    }));
    const fault = await faultOf(discover(disabled, probe));
    expect(fault.code).toBe("wordpress.rest-api-off");
    expect(fault.message).toContain("The REST API is disabled. (rest_disabled)");
  });

  it("a WordPress that fails by itself, in its own words", async () => {
    const message = "<p>There has been a critical error&hellip;</p><p><a href='#'>More</a></p>";
    const failing = await site(() => ({
      "/wp-json/": (response) => json(response, 500, { code: "internal_server_error", message }),
    }));
    const fault = await faultOf(discover(failing, probe));
    expect(fault.code).toBe("wordpress.site-error");
    expect(fault.message).toContain("There has been a critical error… More (internal_server_error)");
    expect(fault.hint).toContain("error log");
  });

  it("a guard that wants to see a browser", async () => {
    const own = await serve((_, response) =>
      page(response, "Just a moment...", 403, { "cf-mitigated": "challenge", "cf-ray": "abc-FRA" }),
    );
    const fault = await faultOf(discover(own, probe));
    expect(fault.code).toBe("challenge-page");
    expect(fault.message).toContain("abc-FRA");
  });

  it("a password of the web server in front of it", async () => {
    const own = await serve((_, response) =>
      page(response, "401", 401, { "www-authenticate": 'Basic realm="x"' }),
    );
    expect(await faultOf(discover(own, probe))).toMatchObject({ kind: "auth", code: "basic-auth-in-front" });
  });

  it("PHP's messages before the data", async () => {
    const own = await site((own) => ({
      "/wp-json/": (response) =>
        response.writeHead(200).end(`Notice: oops in x.php\n${JSON.stringify(root(own))}`),
    }));
    const fault = await faultOf(discover(own, probe));
    expect(fault.code).toBe("noise-before-json");
    expect(fault.message).toContain("oops in x.php");
  });

  it("redirects in circles", async () => {
    const own = await serve((request, response) => {
      response.writeHead(302, { location: request.url === "/a" ? "/" : "/a" }).end();
    });
    expect((await faultOf(discover(own, probe))).code).toBe("redirect-loop");
  });

  it("nothing", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const port = typeof address === "object" ? address?.port : 0;
    expect((await faultOf(discover(`http://127.0.0.1:${port}`, probe))).code).toBe("connection-refused");
  });
});

describe("application passwords that are off", () => {
  const off = (own: string, more: Record<string, unknown> = {}): Record<string, Route> => ({
    "/": (response) => page(response, "Home", 200, {}, '<meta name="generator" content="WordPress 5.5">'),
    "/wp-json/": (response) => json(response, 200, root(own, { authentication: [], ...more })),
  });

  it("for want of a newer WordPress", async () => {
    const found = await setup.discover(await site((own) => off(own)), probe);
    expect(found.obstacle?.message).toContain("5.5");
    expect(found.handOff).toBeUndefined();
  });

  it("for want of https", async () => {
    const own = await site((own) => ({ ...off(own), "/": (response) => page(response, "Home") }));
    const { obstacle } = await setup.discover(own, probe);
    expect(obstacle?.message).toContain("over https only");
    expect(obstacle?.code).toBe("wordpress.application-passwords-off");
  });
});

describe("extra headers", () => {
  it("go to the site, and not to another host it leads to", async () => {
    const passes: (string | string[] | undefined)[] = [];
    const keep: RequestListener = (request, response) => {
      passes.push(request.headers["x-pass"]);
      json(response, 200, {});
    };
    const other = await serve(keep);
    const own = await serve((request, response) => {
      passes.push(request.headers["x-pass"]);
      response.writeHead(302, { location: `${other}/` }).end();
    });
    await createProbe({ proxy: () => undefined, version: "0", headers: { "x-pass": "guard" } })(own);
    expect(passes).toEqual(["guard", undefined]);
  });
});

describe("the hand-off", () => {
  it("comes back only where WordPress allows it, and reads what came", async () => {
    const own = await site((own) => ({ "/wp-json/": (response) => json(response, 200, root(own)) }));
    const { handOff } = await setup.discover(own, probe);
    expect(handOff?.returns).toBe(true);
    const asked = new URL(handOff?.page("ainstein-cms", "http://127.0.0.1:1/back/x?state=y") ?? "");
    expect(asked.origin).toBe(own);
    expect(asked.searchParams.get("success_url")).toBe("http://127.0.0.1:1/back/x?state=y");
    expect(asked.searchParams.get("app_id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(handOff?.read({ user_login: "a", password: "b", site_url: own })).toEqual({
      username: "a",
      password: "b",
    });
    expect(() => handOff?.read({ success: "false" })).toThrow(/declined/);
    expect(() => handOff?.read({ user_login: "a" })).toThrow(/without/);
  });
});
