import { describe, expect, it } from "vitest";
import { createDownload } from "../../src/http/download.ts";
import { createProbe } from "../../src/http/probe.ts";
import { type Came, createRecording, type Leaving, type Recorder } from "../../src/http/record.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { client, json, serve } from "./servers.ts";

interface Recorded {
  readonly leaving: Leaving;
  came: Came | undefined;
}

function recorder(): { readonly rows: readonly Recorded[]; readonly record: Recorder } {
  const rows: Recorded[] = [];
  const record: Recorder = async (leaving) => {
    const row: Recorded = { leaving, came: undefined };
    rows.push(row);
    return (came) => {
      row.came = came;
    };
  };
  return { rows, record };
}

const read = { method: "GET", path: "/posts", repeatable: true, decode: (value: unknown) => value } as const;
const write = { ...read, method: "POST", body: { json: { title: "Rye" } } } as const;

describe("the record of requests", () => {
  it("has a write before the site has it, and what came of it afterwards", async () => {
    const { rows, record } = recorder();
    let known = 0;
    const url = await serve((_, response) => {
      known = rows.length;
      json(response, 201, { id: 7 }, { "x-request-id": "abc-1" });
    });
    await client(url, { recorder: record }).send(write);
    expect(known).toBe(1);
    const body = '{"title":"Rye"}';
    expect(rows).toEqual([
      {
        leaving: {
          ...{ at: expect.any(Number), method: "POST", url: `${url}/posts`, attempt: 1, writes: true },
          ...{ bytesOut: body.length, sent: sha256Hex(body) },
        },
        came: {
          ...{ status: 201, ms: expect.any(Number), bytesIn: 8, requestId: "abc-1" },
          got: sha256Hex('{"id":7}'),
        },
      },
    ]);
  });

  it("keeps what cannot be recorded from being sent", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      json(response, 200, {});
    });
    const refusing: Recorder = () => Promise.reject(new Error("the disk is full"));
    await expect(client(url, { recorder: refusing }).send(write)).rejects.toThrow("the disk is full");
    expect(asked).toBe(0);
  });

  it("has each attempt, and what no answer came to", async () => {
    const { rows, record } = recorder();
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      if (asked === 1) request.socket.destroy();
      else json(response, asked === 2 ? 503 : 200, {});
    });
    await client(url, { recorder: record }).send(read);
    expect(rows.map(({ leaving, came }) => [leaving.attempt, came?.fault ?? came?.status])).toEqual([
      [1, "ECONNRESET"],
      [2, 503],
      [3, 200],
    ]);
  });

  it("holds no credential, however it was sent or repeated", async () => {
    const { rows, record } = recorder();
    const url = await serve((_, response) =>
      json(response, 200, {}, { "x-request-id": "id of hunter2-hunter2" }),
    );
    const http = client(url, { recorder: record, secrets: () => ["hunter2-hunter2"] });
    const query = { token: "any-token", search: "hunter2-hunter2" };
    await http.send({ ...read, query });
    await http.send({ ...write, query });
    const text = JSON.stringify(rows);
    expect(rows).toHaveLength(2);
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("any-token");
    expect(text).not.toContain("c2VjcmV0LXBhaXI");
  });

  it("has looks at an address before the site is known, redirects included, without extra headers' values", async () => {
    const { rows, record } = recorder();
    const url = await serve((request, response) =>
      request.url === "/"
        ? response.writeHead(302, { location: "/blog/?pass=guard-word" }).end()
        : response.end(),
    );
    const recording = createRecording({
      recorder: record,
      clock: systemClock,
      secrets: () => ["guard-word"],
    });
    const headers = { "x-guard": "guard-word" };
    await createProbe({ proxy: () => undefined, version: "0", headers, recording })(url);
    expect(rows.map(({ came }) => came?.status)).toEqual([302, 200]);
    expect(rows.map(({ leaving }) => leaving.attempt)).toEqual([1, 2]);
    expect(JSON.stringify(rows)).not.toContain("guard-word");
  });

  it("has downloads from others than the site, without what signs their addresses", async () => {
    const { rows, record } = recorder();
    const url = await serve((_, response) => response.end("bytes"));
    const recording = createRecording({ recorder: record, clock: systemClock, secrets: () => [] });
    const download = createDownload({
      ...{ http: client(url), origin: "https://a.example", proxy: () => undefined, version: "0", recording },
      isOpen: () => true,
    });
    await download(`${url}/image.png?X-Amz-Signature=abc`, 100);
    expect(rows).toMatchObject([
      { leaving: { url: `${url}/image.png`, writes: false }, came: { status: 200, bytesIn: 5 } },
    ]);
  });
});
