// AWS Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html), by aws4fetch.
import { createHash, createHmac } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import type { Clock } from "../lib/clock.ts";
import type { Inputs, SigV4 } from "./provider.ts";
import type { Signer } from "./service.ts";
import { demandText, type Filler, fillText } from "./template.ts";

/** The fields themselves, no rules. */
const NO_RULES: Filler = { title: "AWS" };

/** The secret key stays here: what is sent is a signature of this one request, good for minutes. */
export function sigV4(auth: SigV4, inputs: Inputs, clock: Clock, filler = NO_RULES): Signer {
  const text = (template: string) => demandText(template, inputs, "raw", filler);
  const session =
    auth.sessionToken === undefined ? undefined : fillText(auth.sessionToken, inputs, "raw", filler);
  const credentials = {
    accessKeyId: text(auth.accessKeyId),
    secretAccessKey: text(auth.secretAccessKey),
    ...(session === undefined ? {} : { sessionToken: session }),
    service: auth.service,
    region: text(auth.region),
  };
  return {
    async sign({ method, url, headers, body }) {
      const signer = new AwsV4Signer({
        ...credentials,
        method,
        url: url.href,
        // The body is signed, too: S3 would take an unsigned one.
        headers: { ...headers, ...(auth.service === "s3" ? { "x-amz-content-sha256": sha256(body) } : {}) },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
        datetime: amzDate(clock.now()),
        allHeaders: true,
      });
      const signed = await signer.sign();
      return Object.fromEntries(signed.headers.entries());
    },
  };
}

function sha256(body: Uint8Array | undefined): string {
  return createHash("sha256")
    .update(body ?? "")
    .digest("hex");
}

/** `20130524T000000Z`. */
export function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, "");
}

/** What Cognito wants of a client that has a secret: base64 of HMAC-SHA256 over user name and client id. */
export function cognitoSecretHash(clientSecret: string, username: string, clientId: string): string {
  return createHmac("sha256", clientSecret)
    .update(username + clientId)
    .digest("base64");
}
