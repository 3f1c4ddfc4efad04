// AWS Cognito user pools: every answer that is a refusal is a 400 that says what in `__type`.
import type { AnswerRule, Inputs, JsonTemplate, Provider, RequestTemplate } from "../provider.ts";

/** A rule: the region that the pool's id begins with. */
export function regionOf({ values }: Inputs): string | undefined {
  return values.user_pool_id?.split("_")[0];
}

function call(target: string, json: JsonTemplate): RequestTemplate {
  return {
    method: "POST",
    path: "/",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${target}`,
    },
    body: { json },
  };
}

const TYPE = "__type";
const UNKNOWN_KEY =
  /(?:UnrecognizedClient|InvalidSignature|IncompleteSignature|ExpiredToken|InvalidClientTokenId)/;

const TOO_MANY = [{ path: TYPE, matches: /(?:(?:TooManyRequests|LimitExceeded)Exception|Throttling\w*)$/ }];

const ANSWERS: readonly AnswerRule<"sent" | "retry">[] = [
  { where: [{ path: TYPE, matches: /UsernameExistsException$/ }], means: "sent", words: "was there already" },
  { where: TOO_MANY, means: "retry", words: "too many requests" },
  {
    where: [{ path: TYPE, matches: UNKNOWN_KEY }],
    means: "retry",
    words: "the credentials are not accepted",
  },
];

export const provider: Provider = {
  id: "cognito",
  title: "AWS Cognito",
  types: ["auth"],
  about: "Signs people in; keeps those who registered as users of a pool.",
  fields: [
    {
      name: "user_pool_id",
      title: "User pool",
      secret: false,
      format: {
        pattern: /^[a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]{5,40}$/,
        words: "a region, _ and letters, such as eu-central-1_AbCdEf123",
      },
      where: "AWS Console, Cognito, User pools, the pool.",
    },
    {
      name: "access_key_id",
      title: "Access key ID",
      secret: false,
      format: { pattern: /^A[A-Z0-9]{15,127}$/, words: "capital letters and digits that begin with A" },
      where:
        "AWS Console, IAM, Users, Security credentials. It needs cognito-idp:DescribeUserPool and AdminCreateUser on the pool.",
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
  ],
  rules: { region: { regionOf } },
  testing: "A pool of its own: there is no test mode.",
  bases: { api: "https://cognito-idp.{region}.amazonaws.com" },
  authentication: {
    kind: "sigv4",
    service: "cognito-idp",
    region: "{region}",
    accessKeyId: "{access_key_id}",
    secretAccessKey: "{secret_access_key}",
    sessionToken: "{session_token?}",
  },
  version: { value: "2016-04-18" },
  checks: [
    {
      kind: "request",
      request: call("DescribeUserPool", { UserPoolId: "{user_pool_id}" }),
      expected: "200 with the pool",
      answers: [
        {
          status: 200,
          where: [{ path: "UserPool.Id", is: "{user_pool_id}" }],
          means: "verified",
          words: "the pool is readable",
        },
        { where: TOO_MANY, means: "unreachable", words: "too many requests" },
        {
          where: [{ path: TYPE, matches: UNKNOWN_KEY }],
          means: "refused",
          words: "the access key is not accepted",
        },
        {
          where: [{ path: TYPE, matches: /ResourceNotFoundException$/ }],
          means: "refused",
          words: "there is no such pool",
        },
        {
          where: [{ path: TYPE, matches: /(?:AccessDenied|NotAuthorized)Exception$/ }],
          means: "verified",
          words: "the access key is known, and may not read the pool",
          hint: "Look whether it has the rights that its actions need.",
        },
      ],
      account: ["UserPool.Name"],
    },
  ],
  actions: [
    {
      points: ["user_registration"],
      title: "makes a user, whom Cognito does not write to",
      steps: [
        {
          request: call("AdminCreateUser", {
            UserPoolId: "{user_pool_id}",
            Username: "{event.email}",
            MessageAction: "SUPPRESS",
            UserAttributes: [
              { Name: "email", Value: "{event.email}" },
              { Name: "name", Value: "{event.name?}" },
            ],
          }),
          answers: ANSWERS,
        },
      ],
      idempotency: { kind: "natural", by: "the user's name: a second one is refused" },
    },
  ],
  webhooks: {
    kind: "none",
    why: "Triggers are functions that are deployed beside the pool: there is nothing to register.",
  },
  errors: { message: ["message", "Message"], code: [TYPE] },
  limits: {
    perSecond: 5,
    concurrency: 2,
    words: "By kind of request for an account; too many are answered by TooManyRequestsException.",
  },
  docs: {
    links: [
      {
        title: "Cognito API",
        url: "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html",
      },
      {
        title: "Verify tokens",
        url: "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html",
      },
    ],
    troubleshooting: [
      {
        sign: "refused: InvalidSignatureException",
        cure: "The secret access key is another one's, or this machine's clock is off.",
      },
      {
        sign: "refused: InvalidParameterException",
        cure: "The pool's users are not named by addresses, or an attribute that it demands is missing.",
      },
    ],
  },
};
