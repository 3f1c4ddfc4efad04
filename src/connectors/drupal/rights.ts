// What an account may make, which Drupal tells only by refusing it.
import type { Http } from "../../http/http.ts";
import { isFault } from "../../lib/fault.ts";
import type { Refusals } from "../setup.ts";
import { PERMISSIONS, refuse } from "./faults.ts";
import { JSON_API } from "./site.ts";

/** No content type has it, so that no entry can come of a request with it. Drupal looks at rights before. */
const NO_ATTRIBUTE = "ainstein_no_attribute";

/** `kinds`: content types by their machine names. Changes nothing. */
export async function refusalsOf(http: Http, url: string, kinds: readonly string[]): Promise<Refusals> {
  const refused: string[] = [];
  for (const kind of kinds) if (await isRefused(http, url, kind)) refused.push(kind);
  if (refused.length === 0) return { rights: [], notices: [] };
  const cure = `an administrator grants "Create new content" to its role at ${PERMISSIONS}`;
  if (refused.length < kinds.length) {
    const notice = `the account may not make entries of ${refused.join(", ")}: ${cure}`;
    return { rights: [], notices: [notice] };
  }
  const notice = `the account may make entries of no content type, and most likely not change any either: ${cure}`;
  return { rights: ["write", "publish", "remove", "upload", "terms", "html"], notices: [notice] };
}

async function isRefused(http: Http, url: string, kind: string): Promise<boolean> {
  const attributes = { [NO_ATTRIBUTE]: true };
  try {
    await http.send({
      method: "POST",
      path: `${url}/jsonapi/node/${kind}`,
      headers: { accept: JSON_API, "content-type": JSON_API },
      body: { json: { data: { type: `node--${kind}`, attributes } } },
      repeatable: true,
      accept: [422],
      decode: () => undefined,
      refuse,
    });
    return false;
  } catch (thrown) {
    // Anything else says nothing of rights.
    if (isFault(thrown)) return thrown.kind === "forbidden" && thrown.httpStatus === 403;
    throw thrown;
  }
}
