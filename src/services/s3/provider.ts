// AWS S3 and what speaks like it: each event is an object of its own, named by its id. One that is there stays as it is; a
// store that knows no conditions is given it once more, and the same replaces itself.
import { POINTS, type Provider, type RequestTemplate } from "../provider.ts";

/** Refusals are XML, and say what was refused in one element. */
function code(names: string): RegExp {
  return new RegExp(`<Code>(?:${names})</Code>`);
}

function put(headers: RequestTemplate["headers"] = {}): RequestTemplate {
  return {
    method: "PUT",
    path: "/events/{point}/{id}.json",
    headers,
    body: { json: { id: "{id}", point: "{point}", time: "{at.iso}", fields: { "...": "{event.*}" } } },
  };
}

const BUSY = { status: 409, means: "retry", words: "the same is being done already" } as const;

export const provider: Provider = {
  id: "s3",
  title: "AWS S3",
  types: ["storage"],
  about: "Keeps each event as an object of a bucket.",
  fields: [
    {
      name: "bucket",
      title: "Bucket",
      secret: false,
      format: { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, words: "a bucket's name" },
      where: "AWS Console, S3, Buckets. One with dots in its name needs address: path.",
    },
    {
      name: "region",
      title: "Region",
      secret: false,
      format: { pattern: /^[a-z0-9-]{2,32}$/, words: "a region such as eu-central-1" },
      where: "AWS Console, S3, Buckets, beside the bucket.",
    },
    {
      name: "access_key_id",
      title: "Access key ID",
      secret: false,
      where:
        "AWS Console, IAM, Users, Security credentials. It needs s3:ListBucket on the bucket and s3:PutObject on events/*.",
    },
    {
      name: "secret_access_key",
      title: "Secret access key",
      secret: true,
      where: "Shown once when the access key is made.",
    },
    {
      name: "session_token",
      title: "Session token",
      secret: true,
      need: "optional",
      where: "With temporary credentials only; it ends within hours.",
    },
    {
      name: "address",
      title: "Form of addresses",
      secret: false,
      need: "optional",
      default: "host",
      format: { pattern: /^(?:host|path|other)$/, words: "host, path or other" },
      where:
        "host: bucket.s3.region.amazonaws.com. path: s3.region.amazonaws.com/bucket. other: endpoint/bucket, for what speaks like S3.",
    },
    {
      name: "endpoint",
      title: "Host of another vendor",
      secret: false,
      need: "optional",
      format: { pattern: /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/, words: "the name of a host" },
      where: "The vendor's documentation, for address: other.",
    },
  ],
  testing: "A bucket of its own: there is no test mode.",
  bases: {
    api: {
      by: "address",
      at: {
        host: "https://{bucket}.s3.{region}.amazonaws.com",
        path: "https://s3.{region}.amazonaws.com/{bucket}",
        other: "https://{endpoint}/{bucket}",
      },
    },
  },
  authentication: {
    kind: "sigv4",
    service: "s3",
    region: "{region}",
    accessKeyId: "{access_key_id}",
    secretAccessKey: "{secret_access_key}",
    sessionToken: "{session_token?}",
  },
  version: { value: "2006-03-01" },
  checks: [
    {
      kind: "request",
      request: { method: "GET", path: "", query: { "list-type": "2", "max-keys": "0" } },
      expected: "200 with the bucket's listing, of no object",
      answers: [
        {
          status: 200,
          where: [{ path: "", matches: /<ListBucketResult\b/ }],
          means: "verified",
          words: "the bucket is reached",
        },
        {
          where: [
            { path: "", matches: code("InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken") },
          ],
          means: "refused",
          words: "the access key is not accepted",
        },
        {
          where: [
            {
              path: "",
              matches: code(
                "PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException",
              ),
            },
          ],
          means: "refused",
          words: "the bucket is in another region",
          hint: "Look at region.",
        },
        {
          where: [{ path: "", matches: code("NoSuchBucket") }],
          means: "refused",
          words: "there is no such bucket",
        },
        {
          where: [{ path: "", matches: code("AccessDenied") }],
          means: "verified",
          words: "the access key is known, and may not list the bucket",
          hint: "Look whether it has s3:PutObject on events/* of the bucket.",
        },
      ],
    },
  ],
  actions: [
    {
      points: POINTS,
      title: "keeps the event as an object",
      steps: [
        {
          request: put({ "If-None-Match": "*" }),
          answers: [
            // Nobody else names objects by our ids: what is there is what was sent before.
            { status: 412, means: "sent", words: "was there already" },
            { status: [200, 201, 204], means: "sent" },
            BUSY,
            { status: 501, means: "next", words: "a store without conditions" },
            { where: [{ path: "", matches: code("NotImplemented") }], means: "next" },
          ],
        },
        { request: put(), answers: [BUSY] },
      ],
      idempotency: {
        kind: "natural",
        by: "the object's name, which is the event's id: it is written only where it is not there (If-None-Match), or, in a store that has no conditions, replaced by itself",
      },
    },
  ],
  webhooks: { kind: "none", why: "Buckets tell queues and functions of AWS, not addresses of the web." },
  errors: { message: [], as5xx: [501] },
  limits: {
    perSecond: 50,
    concurrency: 8,
    words: "3,500 writes a second below one prefix; more are answered by 503 SlowDown.",
  },
  docs: {
    links: [
      { title: "PutObject", url: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html" },
      {
        title: "ListObjectsV2",
        url: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: the bucket is in another region",
        cure: "AWS Console, S3, Buckets shows the region beside the bucket.",
      },
      {
        sign: "refused: 403 when an event is kept, while the check passes",
        cure: "Give the key s3:PutObject on events/* of the bucket.",
      },
    ],
  },
};
