import { Fault } from "../../lib/fault.ts";
import type { HandOff, Setup } from "../setup.ts";
import { olderThan, passwordObstacle, verifyCredentials } from "./diagnose.ts";
import { type Discovery, discover } from "./discover.ts";

/** WordPress lists application passwords by this id; it must never change. */
const APP_ID = "3f0d5d0e-6c1b-5a8e-9a55-6b2a3c0f7d41";

export const setup: Setup = {
  settled: (address) => /^https?:\/\/[^?#]+\/wp-json\/?$|\?rest_route=\/?$/.test(address),
  async discover(address, probe) {
    const site = await discover(address, probe);
    return {
      url: site.apiRoot,
      siteUrl: site.siteUrl,
      title: site.name,
      notes: site.notes,
      handOff: handOffOf(site),
      obstacle: passwordObstacle(site),
    };
  },
  verify: (http, site, credentials) =>
    verifyCredentials(http, { apiRoot: site.url, siteUrl: site.siteUrl }, site.obstacle, credentials),
};

/** https://developer.wordpress.org/rest-api/reference/application-passwords/, "Authorization flow". */
function handOffOf(site: Discovery): HandOff | undefined {
  const { authUrl } = site;
  if (authUrl === undefined) return undefined;
  return {
    returns: returnsToLoopback(site),
    page(appName, returnTo) {
      const url = new URL(authUrl);
      url.searchParams.set("app_name", appName);
      url.searchParams.set("app_id", APP_ID);
      if (returnTo !== undefined) url.searchParams.set("success_url", returnTo);
      return url.href;
    },
    read({ user_login: username, password, success }) {
      if (success === "false") {
        throw new Fault("auth", "The connection was declined in the browser.", { code: "browser-declined" });
      }
      if (username === undefined || username === "" || password === undefined || password === "") {
        throw new Fault("auth", "The site came back without a user name and password.", {
          code: "browser-incomplete",
          hint: "Make an application password under Users > Profile, and pass it with --username and --password-stdin.",
        });
      }
      return { username, password };
    },
  };
}

/**
 * WordPress refuses loopback addresses before 7.0. Over plain http it offers application passwords only to what calls
 * itself a local environment, and there takes any address to go back to.
 */
function returnsToLoopback(site: Discovery): boolean {
  if (site.closed !== undefined) return false;
  if (site.apiRoot.startsWith("http:")) return true;
  return site.version !== undefined && !olderThan(site.version, 7, 0);
}
