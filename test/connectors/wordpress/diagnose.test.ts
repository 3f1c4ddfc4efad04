import { request as forward } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { openSession } from "../../../src/auth/session.ts";
import type { FoundSite } from "../../../src/connectors/setup.ts";
import { discover } from "../../../src/connectors/wordpress/discover.ts";
import { setup } from "../../../src/connectors/wordpress/setup.ts";
import { createProbe } from "../../../src/http/probe.ts";
import { client, faultOf, json, serve } from "../../http/servers.ts";
import { type SharedWordPress, sharedWordPress, withoutWordPress } from "../../wordpress.ts";

const probe = createProbe({ proxy: () => undefined, version: "0" });

function verify(site: FoundSite, username: string, password: string): Promise<void> {
  const { authorize } = openSession("wp", { type: "basic" }, username, { password });
  return setup.verify(client(site.url, { authorize }), site, { username, password });
}

function at(url: string): FoundSite {
  return {
    url: `${url}/wp-json`,
    siteUrl: url,
    title: "",
    notes: [],
    handOff: undefined,
    obstacle: undefined,
  };
}

describe.skipIf(withoutWordPress)("a real WordPress", () => {
  let wordpress: SharedWordPress;
  beforeAll(async () => {
    wordpress = await sharedWordPress();
  });

  it("is found from whatever a person types", async () => {
    const { url } = wordpress;
    const { host } = new URL(url);
    for (const typed of [
      host,
      `${url}/`,
      `${url}/wp-admin/`,
      `${url}/wp-login.php?x`,
      `${url}/nothing/here`,
      `${url}/wp-json/wp/v2/posts`,
    ]) {
      const found = await discover(typed, probe);
      expect(found).toMatchObject({ apiRoot: `${url}/wp-json`, siteUrl: url, version: wordpress.version });
      expect(found.authUrl).toBe(`${url}/wp-admin/authorize-application.php`);
    }
    expect((await discover(`${url}/?rest_route=/wp/v2/posts`, probe)).apiRoot).toBe(`${url}/?rest_route=`);
  });

  it("takes right credentials, through both kinds of address", async () => {
    for (const typed of [wordpress.url, `${wordpress.url}/?rest_route=/`]) {
      const site = await setup.discover(typed, probe);
      await verify(site, "ed", wordpress.users.ed);
      await verify(site, "ed@example.test", wordpress.users.ed.replace(/(.{4})/g, "$1 ").trim());
    }
  });

  it("never lets wrong ones pass as a visitor", async () => {
    const site = await setup.discover(wordpress.url, probe);
    for (const [username, password] of [
      ["ed", "wrong wrong"],
      ["nobody", wordpress.users.ed],
      ["ed", "ed-pass"],
      ["n@x.test", "x y"],
    ] as const) {
      expect(await faultOf(verify(site, username, password))).toMatchObject({
        kind: "auth",
        code: "wordpress.wrong-credentials",
      });
    }
  });

  it("knows the password of the login form", async () => {
    const site = await setup.discover(wordpress.url, probe);
    expect((await faultOf(verify(site, "ed", "ed-pass"))).message).toContain("login form");
  });

  it("tells a stripped Authorization header from a wrong password", async () => {
    const { url } = wordpress;
    const stripping = await serve((request, response) => {
      const { authorization: _, ...headers } = request.headers;
      const options = { method: request.method ?? "GET", headers: { ...headers, host: new URL(url).host } };
      const onward = forward(`${url}${request.url}`, options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    const right = await faultOf(verify(at(stripping), "ed", wordpress.users.ed));
    expect(right.code).toBe("wordpress.authorization-stripped");
    expect(right.hint).toMatch(/CGIPassAuth On.*fastcgi_param/);
    expect((await faultOf(verify(at(stripping), "ed", "wrong"))).code).toBe("wordpress.wrong-credentials");
  });
});

describe("a site's refusal", () => {
  const refusing = (status: number, code: string, message = "No.") =>
    serve((_, response) => json(response, status, { code, message, data: { status } }));

  it.each([
    ["incorrect_password", "wordpress.wrong-credentials"],
    ["invalid_username", "wordpress.wrong-credentials"],
    ["invalid_email", "wordpress.wrong-credentials"],
    ["application_passwords_disabled", "wordpress.application-passwords-off"],
    ["application_passwords_disabled_for_user", "wordpress.application-passwords-off"],
    ["rest_not_logged_in", "wordpress.not-logged-in"],
    ["rest_plugin_says_no", "wordpress.not-logged-in"],
  ])("%s is explained", async (code, explained) => {
    const fault = await faultOf(verify(at(await refusing(401, code)), "a", "b"));
    expect(fault).toMatchObject({ kind: "auth", code: explained });
    expect(fault.hint?.length).toBeGreaterThan(20);
  });

  it("names the known obstacle rather than guessing", async () => {
    const site = at(await refusing(401, "rest_not_logged_in"));
    const obstacle = {
      code: "wordpress.application-passwords-off",
      message: "Off by plug-in.",
      hint: "Turn on.",
    };
    expect(await faultOf(verify({ ...site, obstacle }, "a", "b"))).toMatchObject({
      code: obstacle.code,
      hint: "Turn on.",
    });
  });

  it("leaves a site that is down what it is", async () => {
    const site = at(await serve((_, response) => json(response, 501, {})));
    expect((await faultOf(verify(site, "a", "b"))).kind).toBe("unavailable");
  });
});
