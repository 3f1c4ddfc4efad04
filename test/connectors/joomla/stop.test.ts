import { expect, it } from "vitest";
import { startJoomla } from "../../fakes/joomla.ts";
import { faultOf } from "../rules/writing.ts";
import { openJoomla } from "./site.ts";

const FILE = { ref: "a.png", path: "a.png", digest: "d".repeat(64), type: "image/png", size: 8, alt: "" };

it("a run that is to end makes no tag and sends no file any more", async () => {
  const fake = await startJoomla();
  try {
    const abort = new AbortController();
    const connector = openJoomla(fake, {}, undefined, abort.signal);
    await connector.whoami();
    await connector.terms?.list("tag");
    abort.abort();
    const tried: readonly (() => Promise<unknown> | undefined)[] = [
      () => connector.terms?.create("tag", "late", undefined),
      () => connector.media?.upload(FILE, Buffer.from("89504e470d0a1a0a", "hex")),
    ];
    for (const one of tried) {
      const fault = await faultOf(one() ?? Promise.resolve());
      expect([fault.kind, fault.unsent]).toEqual(["interrupted", true]);
    }
    expect(fake.requests.filter((request) => fake.isWrite(request))).toEqual([]);
  } finally {
    await fake.close();
  }
});
