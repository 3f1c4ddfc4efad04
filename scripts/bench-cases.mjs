// What `npm run bench` measures. Each case says how, so that its figures can be judged and repeated.
import { round } from "./bench-measure.mjs";
import { capture } from "./commands.mjs";
import { root } from "./setup.mjs";

async function packageSize() {
  const packing = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const done = await capture("npm", packing, { cwd: root });
  if (done.status !== 0) throw new Error(`npm pack failed: ${done.stderr}`);
  const [packed] = JSON.parse(done.stdout);
  return {
    method: "`npm pack`, without the packages it depends on",
    figures: {
      "archive, kB": round(packed.size / 1000, 0),
      "unpacked, kB": round(packed.unpackedSize / 1000, 0),
      files: packed.entryCount,
    },
    ok: true,
  };
}

/** Loaded when it is measured: what one case needs must not keep the others from running. */
const lazily = (file, name) => async () => (await import(file))[name]();

/**
 * By name: a function that resolves to `{method, figures, ok, noisy}`, or to undefined where it cannot be measured here
 * (which it has said by then). `ok` is false when a promised limit is passed; `noisy` says why no figure can be believed.
 */
export const CASES = {
  "start-up": lazily("./bench-start.mjs", "startUp"),
  create: lazily("./bench-wordpress.mjs", "create"),
  update: lazily("./bench-wordpress.mjs", "update"),
  requests: lazily("./bench-requests.mjs", "requests"),
  idle: lazily("./bench-planning.mjs", "idle"),
  planning: lazily("./bench-planning.mjs", "planning"),
  limits: lazily("./bench-limits.mjs", "limits"),
  shopify: lazily("./bench-shopify.mjs", "shopify"),
  webflow: lazily("./bench-webflow.mjs", "webflow"),
  package: packageSize,
  fidelity: lazily("./bench-fidelity.mjs", "fidelity"),
};
