import { Fault } from "../lib/fault.ts";
import type { Call } from "./http.ts";

/**
 * The address of a call below a base URL. A base that ends in `?rest_route=` (WordPress without pretty permalinks)
 * takes the path into that parameter. An absolute address must be of the base's origin: another one is a defect,
 * because credentials would go there.
 */
export function resolveAddress(baseUrl: string, path: string, query: Call<unknown>["query"]): URL {
  const base = new URL(baseUrl);
  const url = /^[a-z][a-z0-9+.-]*:/i.test(path) ? new URL(path) : below(base, path);
  if (url.origin !== base.origin || url.username !== "" || url.password !== "") {
    throw new Fault(
      "defect",
      `A request to ${url.origin} was about to leave the connection's own ${base.origin}.`,
    );
  }
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  url.hash = "";
  return url;
}

function below(base: URL, path: string): URL {
  const relative = path.startsWith("/") || path === "" ? path : `/${path}`;
  const url = new URL(base.href);
  if (!base.searchParams.has("rest_route")) {
    const [pathname = "", search = ""] = split(relative);
    url.pathname = base.pathname.replace(/\/+$/, "") + pathname;
    url.search = search;
    return url;
  }
  const [route = "", search = ""] = split(relative);
  url.searchParams.set("rest_route", decodeURIComponent(route === "" ? "/" : route));
  for (const [name, value] of new URLSearchParams(search)) url.searchParams.append(name, value);
  return url;
}

function split(path: string): [string, string] {
  const at = path.indexOf("?");
  return at < 0 ? [path, ""] : [path.slice(0, at), path.slice(at + 1)];
}
