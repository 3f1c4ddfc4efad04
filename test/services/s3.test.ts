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

/** The fake answers at once, so what was signed is looked at afterwards. */
function serve(): void {
  fake.answer((request) => {
    if (request.method === "PUT") {
      objects.set(request.path, request.body);
      return { status: 200 };
    }
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

test("an event that is sent again replaces itself", async () => {
  serve();
  objects.clear();
  const service = await openService(s3, { ...VALUES, baseUrl: fake.baseUrl }, PARTS);
  await service.send(OCCURRENCE);
  await service.send({ ...OCCURRENCE, tried: true });
  expect([...objects.values()].map((text) => JSON.parse(text))).toEqual([
    { id: ID, point: "checkout", time: new Date(AT_MS).toISOString(), fields: FIELDS.checkout },
  ]);
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
