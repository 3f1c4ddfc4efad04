import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OAuthParts } from "../../src/auth/oauth.ts";
import { connectedPage, readPasted, type SignedIn, signIn } from "../../src/commands/connect-oauth.ts";
import type { AuthMethod } from "../../src/connectors/contract.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";
import { APP, consent, type Oidc, OTHER_APP, REDIRECT, RENEW, startOidc } from "../auth/oidc.ts";
import { createOperator, type Manner, type Operator, type Ran } from "./operator.ts";

let oidc: Oidc;
let operator: Operator;
let port: number;
beforeAll(async () => {
  oidc = await startOidc();
});
afterAll(() => oidc.close());
beforeEach(async () => {
  operator = createOperator();
  port = await freePort();
});
afterEach(() => operator.remove());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

type OAuthMethod = Extract<AuthMethod, { type: "oauth" }>;

const methodOf = (grant: OAuthMethod["grant"], id: string): OAuthMethod => ({
  type: "oauth",
  id,
  title: id,
  grant,
  provider: oidc.data,
  sentAs: { name: "authorization", scheme: "Bearer" },
});

const TOKEN: AuthMethod = {
  type: "token",
  id: "token",
  title: "Token",
  label: "Token",
  sentAs: { name: "authorization" },
};

/** No program starts, whatever is opened. */
const NO_BROWSER = { BROWSER: "true", PATH: process.env.PATH ?? "" };

interface Tried {
  readonly signed: SignedIn | undefined;
  readonly fault: Fault | undefined;
  readonly notes: string;
  readonly questions: readonly string[];
}

interface Trial extends Manner {
  readonly grant?: OAuthMethod["grant"];
  readonly parts?: OAuthParts;
  /** What the person in the browser does once the address is shown. */
  readonly person?: (address: string) => Promise<void>;
  /** What the command does with the outcome. */
  readonly after?: (signed: SignedIn) => Promise<void>;
}

/** Signs in as `connect` does, while a person looks at the terminal. */
async function tried(trial: Trial = {}): Promise<Tried> {
  const { grant = "code", parts = oidc.parts(), person, after, ...manner } = trial;
  let signed: SignedIn | undefined;
  let fault: Fault | undefined;
  let doing: Promise<void> | undefined;
  const onNote = (line: string): void => {
    const [, address] = /^ {2}(http\S+)$/.exec(line) ?? [];
    if (address !== undefined) doing = person?.(address);
  };
  const methods = [methodOf("code", "oauth"), methodOf("client-credentials", "app"), TOKEN];
  const method = methodOf(grant, grant);
  const ran: Ran = await operator.run(
    async (context, args) => {
      try {
        signed = await signIn({ context, args, method, methods, parts });
        await after?.(signed);
      } catch (thrown) {
        fault = asFault(thrown);
      }
      return EXIT.done;
    },
    [],
    { answers: [], env: NO_BROWSER, ...manner, flags: { port, ...manner.flags }, onNote },
  );
  await doing;
  return { signed, fault, notes: ran.notes, questions: ran.questions };
}

const redirectUri = (): string => `http://127.0.0.1:${port}${REDIRECT.path}`;

/** The text of the page that the browser ends on. */
async function end(back: URL): Promise<string> {
  const page = await fetch(back);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  return page.text();
}

describe("signing in by a browser on this machine", () => {
  it("ends on a page that says what was connected and as whom", async () => {
    let page = "";
    const { signed, notes } = await tried({
      person: async (address) => {
        page = await end(await consent(address, redirectUri()));
      },
      after: ({ show }) => show(connectedPage("acme", "Acme <Shop> at https://acme.example", "Jane")),
    });
    expect(signed?.client).toEqual(APP);
    expect(await oidc.server.AccessToken.find(signed?.tokens.access ?? "")).toBeDefined();
    expect(page).toContain("acme: Acme &lt;Shop&gt; at https://acme.example");
    expect(page).toContain("Signed in as Jane.");
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page).not.toMatch(/<script|src=|@import|url\(/);
    expect(notes).toContain(`must list this redirect address: ${redirectUri()}`);
    for (const secret of [APP.secret, signed?.tokens.access, signed?.tokens.refresh]) {
      expect(notes).not.toContain(secret ?? APP.secret);
    }
  });

  it("says in both places that it was declined", async () => {
    let page = "";
    const { fault } = await tried({
      person: async (address) => {
        page = await end(await consent(address, redirectUri(), { answer: "decline" }));
      },
    });
    expect(fault).toMatchObject({ kind: "auth", code: "declined" });
    expect(page).toContain("<title>ainstein-cms: Declined</title>");
    expect(page).toContain("nothing was changed");
  });

  it("says in the browser too that the code was not taken", async () => {
    let page = "";
    const { fault } = await tried({
      parts: oidc.parts({ ...APP, secret: OTHER_APP.secret }),
      person: async (address) => {
        page = await end(await consent(address, redirectUri()));
      },
    });
    expect(fault?.code).toBe("client-refused");
    expect(page).toContain("Not connected");
    expect(page).toContain("does not accept this app");
    expect(page).not.toContain(OTHER_APP.secret);
  });

  it("is not disturbed by a tab of another request", async () => {
    let other = "";
    const { signed } = await tried({
      person: async (address) => {
        const back = await consent(address, redirectUri());
        const stale = new URL(back);
        stale.searchParams.set("state", "of-yesterday");
        const reply = await fetch(stale);
        expect(reply.status).toBe(400);
        other = await reply.text();
        await end(back);
      },
      after: ({ show }) => show(connectedPage("acme", "Acme", "")),
    });
    expect(other).toContain("another request");
    expect(signed?.tokens.access).toBeDefined();
  });

  it("gives up in time, and says when only an old tab came back", async () => {
    const { fault } = await tried({
      flags: { timeout: 1 },
      person: async () => void (await fetch(`${redirectUri()}?state=of-yesterday&code=c`)),
    });
    expect(fault).toMatchObject({ kind: "auth", code: "browser-timeout" });
    expect(fault?.message).toContain("another request");
    expect(fault?.hint).toContain("--timeout");
    expect(fault?.hint).toContain(`the redirect address ${redirectUri()}`);
  });

  it("says what to do about a port that is taken, and that the vendor must know the new address", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
    const { fault } = await tried();
    await new Promise((resolve) => holder.close(resolve));
    expect(fault).toMatchObject({ kind: "usage", code: "port-taken" });
    expect(fault?.message).toContain(String(port));
    expect(fault?.hint).toContain(`${RENEW} --port ${port + 1}`);
    expect(fault?.hint).toContain(`http://127.0.0.1:${port + 1}${REDIRECT.path}`);
    expect(fault?.hint).toContain("--no-browser");
  });

  it("tells somebody who is logged in from elsewhere how to go on", async () => {
    const person = async (address: string): Promise<void> => {
      await end(await consent(address, redirectUri(), { answer: "decline" }));
    };
    const remote = await tried({ env: { ...NO_BROWSER, SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }, person });
    expect(remote.notes).toContain("--no-browser");
  });
});

describe("signing in by a pasted address", () => {
  /** Answers that are known only once the address is shown. */
  async function pasting(make: (back: URL) => readonly string[], answer?: string): Promise<Tried> {
    const answers: string[] = [];
    let ready: () => void = () => {};
    const came = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const parts = oidc.parts();
    const person = async (address: string): Promise<void> => {
      const back = await consent(address, redirectUri(), { answer: answer ?? "allow" });
      answers.push(...make(back));
      ready();
    };
    const methods = [methodOf("code", "oauth")];
    let result: Tried = { signed: undefined, fault: undefined, notes: "", questions: [] };
    const questions: string[] = [];
    const ran = await operator.run(
      async (context, args) => {
        const input = async (question: string): Promise<string> => {
          await came;
          questions.push(question);
          return answers.shift() ?? "";
        };
        const attended = { ...context, ui: { ...context.ui, interactive: true, input } };
        const method = methodOf("code", "oauth");
        try {
          const signed = await signIn({ context: attended, args, method, methods, parts });
          result = { ...result, signed };
        } catch (thrown) {
          result = { ...result, fault: asFault(thrown) };
        }
        return EXIT.done;
      },
      [],
      {
        flags: { port, noBrowser: true },
        onNote: (line) => {
          const [, address] = /^ {2}(http\S+)$/.exec(line) ?? [];
          if (address !== undefined) void person(address);
        },
      },
    );
    return { ...result, notes: ran.notes, questions };
  }

  it("takes the whole address, as terminals and chats write it, or its query alone", async () => {
    const whole = await pasting((back) => [` <${back.href.slice(0, 60)}\n${back.href.slice(60)}> `]);
    expect(whole.signed?.tokens.refresh).toBeDefined();
    expect(whole.notes).toContain("cannot be reached: that is all right");
    const query = await pasting((back) => [back.search.slice(1)]);
    expect(query.signed?.tokens.refresh).toBeDefined();
  });

  it("asks again for what is no such address, and says what it wants", async () => {
    const { signed, notes, questions } = await pasting((back) => [
      "https://acme.example/auth?state=x",
      "hello",
      back.href,
    ]);
    expect(signed?.tokens.access).toBeDefined();
    expect(questions).toHaveLength(3);
    expect(notes).toContain(`does not begin with ${redirectUri()}`);
  });

  it("proves it as strictly as a browser's call", async () => {
    const forged = await pasting((back) => {
      const other = new URL(back);
      other.searchParams.set("state", "of-somebody-else");
      return [other.href];
    });
    expect(forged.fault?.code).toBe("other-request");
    const declined = await pasting((back) => [back.href], "decline");
    expect(declined.fault?.code).toBe("declined");
    const nothing = await pasting(() => ["a", "b", "c"]);
    expect(nothing.fault).toMatchObject({ kind: "usage", code: "not-the-redirect-address" });
  });

  it.each([
    ["http://127.0.0.1:13387/auth/callback?code=a&state=b#frag", { code: "a", state: "b" }],
    ["'http://127.0.0.1:13387/auth/callback?code=a%2Fb&state=b'", { code: "a/b", state: "b" }],
    ["?code=a&state=b", { code: "a", state: "b" }],
    ["code=a&state=b", { code: "a", state: "b" }],
    ["code=a==&state=b", { code: "a==", state: "b" }],
  ])("reads %s", (text, parameters) => {
    const read = readPasted(text, "http://127.0.0.1:13387/auth/callback");
    expect(Object.fromEntries(read)).toEqual(parameters);
  });

  it.each([
    "",
    "a-bare-code",
    "http://127.0.0.1:13388/auth/callback?code=a&state=b",
    "http://127.0.0.1:13387/auth/callback/?code=a&state=b",
    "http://127.0.0.1:13387/auth/callback",
    "https://acme.myshopify.com/admin/oauth/authorize?client_id=x&state=b",
    "javascript:alert(1)?state=b",
  ])("refuses %s", (text) => {
    expect(() => readPasted(text, "http://127.0.0.1:13387/auth/callback")).toThrow(
      /holds no answer|begin with/,
    );
  });
});

describe("signing in with nobody there", () => {
  it.each([[{}], [{ noBrowser: true }]])(
    "%j is wrong usage, and names the ways that need nobody",
    async (flags) => {
      const methods = [methodOf("code", "oauth"), methodOf("client-credentials", "app"), TOKEN];
      let fault: Fault | undefined;
      await operator.run(
        async (context, args) => {
          const request = { context, args, method: methodOf("code", "oauth"), methods, parts: oidc.parts() };
          fault = await signIn(request).then(
            () => undefined,
            (thrown: unknown) => asFault(thrown),
          );
          return EXIT.done;
        },
        [],
        { flags: { port, ...flags }, env: NO_BROWSER },
      );
      expect(fault).toMatchObject({ kind: "usage", code: "no-terminal" });
      expect(fault?.hint).toContain(`${RENEW} --auth app --client-id app --client-secret-stdin`);
      expect(fault?.hint).toContain(`${RENEW} --auth token --token-stdin`);
    },
  );

  it.each([
    ["a terminal, the secret being on standard input", {}, {}, "listens"],
    ["a terminal, in CI", { CI: "true" }, {}, "no-terminal"],
    ["a terminal, with --no-input", {}, { noInput: true }, "no-terminal"],
  ])("with output to %s: %j %j", async (_, env, flags, expected) => {
    const abort = new AbortController();
    let code: string | undefined;
    await operator.run(
      async (context, args) => {
        const ui = { ...context.ui, terminal: true, note: () => abort.abort() };
        const method = methodOf("code", "oauth");
        const request = { context: { ...context, ui }, args, method, methods: [method], parts: oidc.parts() };
        await signIn(request).catch((thrown: unknown) => {
          code = asFault(thrown).code;
        });
        return EXIT.done;
      },
      [],
      { flags: { port, ...flags }, env: { ...NO_BROWSER, ...env }, signal: abort.signal },
    );
    expect(code).toBe(expected === "listens" ? "interrupted" : expected);
  });

  it("works for an app that signs in by itself", async () => {
    const { signed, notes } = await tried({ grant: "client-credentials" });
    expect(signed?.tokens.refresh).toBeUndefined();
    expect(await oidc.server.ClientCredentials.find(signed?.tokens.access ?? "")).toBeDefined();
    expect(notes).toBe("");
    await signed?.show(connectedPage("acme", "Acme", ""));
  });
});
