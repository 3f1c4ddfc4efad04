// AWS S3 on a fake that makes each signature anew with the secret it knows: a wrong one is refused as S3 does.
import { AwsV4Signer } from "aws4fetch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openService } from "../../src/services/open.ts";
import { provider as s3 } from "../../src/services/s3/provider.ts";
import type { Occurrence } from "../../src/services/service.ts";
import { type FakeProvider, type Given, type Seen, startFakeProvider } from "./fake-provider.ts";
import { AT_MS, FIELDS, ID } from "./provider-cases.ts";

const SECRET = "aws-secret-access-key-0123456789";
const VALUES = {
  bucket: "client-events",
  region: "eu-central-1",
  access_key_id: "AKIA0123456789ABCDEF",
  secret_access_key: SECRET,
};
const PARTS = { clock: systemClock, random: () => 0, answerMs: 500 };
const OCCURRENCE: Occurrence = {
  id: ID,
  point: "checkout",
  atMs: AT_MS,
  fields: FIELDS.checkout,
  tried: false,
};

const objects = new Map<string, string>();
let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

const refusal = (status: number, code: string): Given => ({
  status,
  text: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`,
});

/** The signature of the request as it was meant: the fake is on loopback, S3's host is the path's beginning. */
async function signatureOf({ method, path, query, headers, body }: Seen): Promise<string> {
  const url = new URL(`https:/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const [, listed = ""] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "") ?? [];
  const signed = listed.split(";").filter((name) => name !== "host");
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: Object.fromEntries(signed.map((name) => [name, headers[name] ?? ""])),
    ...(body === "" ? {} : { body }),
    accessKeyId: VALUES.access_key_id,
    secretAccessKey: SECRET,
    service: "s3",
    region: VALUES.region,
    datetime: headers["x-amz-date"] ?? "",
    allHeaders: true,
  });
  return (await signer.sign()).headers.get("authorization") ?? "";
}

/** What of conditions a store knows: S3 all; others refuse them, or leave them aside. */
let conditions: "kept" | "refused" | "ignored" = "kept";

function put({ path, body, headers }: Seen): Given {
  const asked = headers["if-none-match"];
  if (asked !== undefined && asked !== "*") return refusal(400, "InvalidArgument");
  if (asked !== undefined && conditions === "refused") return refusal(501, "NotImplemented");
  if (asked !== undefined && conditions === "kept" && objects.has(path)) {
    return refusal(412, "PreconditionFailed");
  }
  objects.set(path, body);
  return { status: 200 };
}

/** The fake answers at once, so what was signed is looked at afterwards. */
function serve(): void {
  fake.answer((request) => {
    if (request.method === "PUT") return put(request);
    return {
      status: 200,
      text: '<?xml version="1.0"?><ListBucketResult><Name>client-events</Name></ListBucketResult>',
    };
  });
}

test.each([
  ["host", {}, "/client-events.s3.eu-central-1.amazonaws.com/"],
  ["path", { address: "path" }, "/s3.eu-central-1.amazonaws.com/client-events"],
  ["other", { address: "other", endpoint: "s3.vendor.example" }, "/s3.vendor.example/client-events"],
])("addresses by %s: signed as S3 reckons, an event an object", async (_form, more, begins) => {
  serve();
  const service = await openService(s3, { ...VALUES, ...more, baseUrl: fake.baseUrl }, PARTS);
  expect(await service.prove()).toMatchObject({ verdict: "verified" });
  expect((await service.send(OCCURRENCE)).state).toBe("sent");
  expect(fake.seen.map(({ path }) => path)).toEqual([
    begins,
    `${begins.replace(/\/$/, "")}/events/checkout/${ID}.json`,
  ]);
  for (const request of fake.seen) {
    expect(request.headers.authorization).toBe(await signatureOf(request));
    expect(request.headers["x-amz-content-sha256"]).toMatch(/^[0-9a-f]{64}$/);
  }
});

test("another secret makes another signature, and it never leaves", async () => {
  serve();
  const wrong = "another-secret-access-key-98765";
  const service = await openService(
    s3,
    { ...VALUES, secret_access_key: wrong, baseUrl: fake.baseUrl },
    PARTS,
  );
  await service.prove();
  const [request] = fake.seen;
  if (request === undefined) throw new Error("nothing came");
  expect(request.headers.authorization).not.toBe(await signatureOf(request));
  expect(JSON.stringify(request)).not.toContain(wrong);
});

const KEPT = { id: ID, point: "checkout", time: new Date(AT_MS).toISOString(), fields: FIELDS.checkout };

test.each([
  ["kept", [undefined, "*", "*"]],
  ["refused", [undefined, "*", undefined, "*", undefined]],
  ["ignored", [undefined, "*", "*"]],
] as const)(
  "an event is one object, however often it is sent, where conditions are %s",
  async (how, asked) => {
    serve();
    conditions = how;
    objects.clear();
    const service = await openService(s3, { ...VALUES, baseUrl: fake.baseUrl }, PARTS);
    await service.prove();
    expect(await service.send(OCCURRENCE)).toEqual({ state: "sent" });
    expect(await service.send({ ...OCCURRENCE, tried: true })).toEqual({ state: "sent" });
    expect([...objects.values()].map((text) => JSON.parse(text))).toEqual([KEPT]);
    expect(fake.seen.map(({ headers }) => headers["if-none-match"])).toEqual(asked);
    for (const request of fake.seen) expect(request.headers.authorization).toBe(await signatureOf(request));
    conditions = "kept";
  },
);

test("what is there already under an event's name is not written over", async () => {
  serve();
  objects.clear();
  const service = await openService(s3, { ...VALUES, baseUrl: fake.baseUrl }, PARTS);
  await service.send(OCCURRENCE);
  const changed = { ...OCCURRENCE, tried: true, fields: { ...OCCURRENCE.fields, source: "changed" } };
  expect(await service.send(changed)).toEqual({ state: "sent" });
  expect([...objects.values()].map((text) => JSON.parse(text))).toEqual([KEPT]);
});

test.each([
  [refusal(409, "ConditionalRequestConflict"), "retry", "being done already"],
  [refusal(503, "SlowDown"), "retry", "503"],
  [refusal(500, "InternalError"), "retry", "500"],
  [refusal(403, "AccessDenied"), "refused", "without the right"],
])("%j to an event", async (given, state, words) => {
  fake.answer(() => given);
  const service = await openService(s3, { ...VALUES, baseUrl: fake.baseUrl }, PARTS);
  expect(await service.send(OCCURRENCE)).toMatchObject({ state, why: expect.stringContaining(words) });
});

test("a store that refuses the plain write, too, has taken nothing", async () => {
  fake.answer(() => refusal(501, "NotImplemented"));
  const service = await openService(s3, { ...VALUES, baseUrl: fake.baseUrl }, PARTS);
  expect(await service.send(OCCURRENCE)).toMatchObject({ state: "retry" });
  expect(fake.seen).toHaveLength(2);
});

test.each([
  [refusal(403, "SignatureDoesNotMatch"), "refused", "the access key is not accepted"],
  [refusal(403, "InvalidAccessKeyId"), "refused", "the access key is not accepted"],
  [refusal(403, "AccessDenied"), "verified", "may not list the bucket"],
  [refusal(404, "NoSuchBucket"), "refused", "there is no such bucket"],
  [refusal(301, "PermanentRedirect"), "refused", "another region"],
  [{ status: 200, text: "<html><body>Welcome</body></html>" }, "unreachable", "a web page"],
  [refusal(503, "SlowDown"), "unreachable", "503"],
])("%j is told apart", async (given, verdict, words) => {
  fake.answer(() => given as Given);
  const service = await openService(s3, { ...VALUES, baseUrl: fake.baseUrl }, PARTS);
  expect(await service.prove()).toMatchObject({ verdict, seen: expect.stringContaining(words) });
});
