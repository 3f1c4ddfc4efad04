// A process that writes to a local site, for tests of several at one time: argv = directory, mode, name, id, count.

import type { Draft } from "../../src/connectors/contract.ts";
import { open } from "../../src/connectors/local/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { isFault } from "../../src/lib/fault.ts";

const [directory = "", mode, name, id = "", count] = process.argv.slice(2);
const http = { send: () => Promise.reject(new Error("nothing is sent")), requests: () => 0 };
const connector = open({ url: directory, settings: {}, http, clock: systemClock });

function draft(slug: string, key: string): Draft {
  const wire = { title: slug, status: "published", body: `<p>${"text ".repeat(400)}</p>` };
  return { key, kind: "post", locale: "", scope: "", slug, wire };
}

/** Adds one to the number in the title, trying again as long as others are quicker. */
async function increment(): Promise<void> {
  for (;;) {
    const [read] = await connector.read([{ id, kind: "post", locale: "" }]);
    if (read?.entry === undefined) throw new Error("the counter is gone");
    const { revision, wire, title } = read.entry;
    try {
      await connector.update(
        id,
        { ...draft("", ""), wire: { title: `${Number(title) + 1}` } },
        { revision, wire },
      );
      return;
    } catch (thrown) {
      if (!isFault(thrown, "conflict")) throw thrown;
    }
  }
}

async function contend(slug: string): Promise<void> {
  const wanted = draft(slug, `${slug}-${name}`);
  try {
    await connector.create(wanted, await connector.prepare(wanted));
  } catch (thrown) {
    if (!isFault(thrown, "conflict")) throw thrown;
  }
}

if (mode === "race") {
  for (let n = 0; n < Number(count); n++) {
    await contend(`contested-${n}`);
    await increment();
  }
  process.stdout.write("done\n");
} else {
  for (let n = 0; ; n++) {
    const slug = `${name}-${n}`;
    await connector.create(draft(slug, slug), {});
    process.stdout.write(`${slug}\n`);
  }
}
