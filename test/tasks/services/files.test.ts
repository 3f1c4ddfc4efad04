import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allProviders, findProvider } from "../../../src/services/registry.ts";
import { schemeOf } from "../../../src/services/signature.ts";
import { serviceFiles } from "../../../src/tasks/services/files.ts";
import { variableOf } from "../../../src/tasks/services/module.ts";
import { VECTORS } from "../../services/vectors.ts";

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "ainstein-client-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const WISH = {
  name: "x",
  points: ["form_submission", "user_registration"],
  fields: ["email", "name"],
  settings: {},
};

interface Client {
  readonly tell: (point: string, fields: object, options: object) => Promise<string>;
  readonly isGenuine: (delivery: object, env: object) => boolean;
}

/** The module as the client's project would load it. */
async function clientOf(id: string, settings: Readonly<Record<string, string>> = {}): Promise<Client> {
  const files = serviceFiles(await findProvider(id), { ...WISH, settings });
  const made = files.find(({ path }) => path.endsWith("-integration.js"));
  expect(made, id).toBeDefined();
  const file = join(dir, id, `client-${Object.values(settings).join("-")}.mjs`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, made?.text ?? "");
  return import(pathToFileURL(file).href);
}

describe("deliveries, in the client's own project", () => {
  const verifiable = Object.keys(VECTORS).filter((id) => id !== "paypal");

  test.each(verifiable)("%s: genuine ones are taken, others are not", async (id) => {
    const provider = await findProvider(id);
    for (const { delivery, values } of VECTORS[id] ?? []) {
      const secrets = new Set(provider.fields.filter(({ secret }) => secret).map(({ name }) => name));
      const settings = Object.entries(values).filter(([name]) => !secrets.has(name));
      const client = await clientOf(id, Object.fromEntries(settings));
      const field = provider.signature?.secret ?? "";
      const env = { [variableOf(provider, field)]: values[field] };
      expect(client.isGenuine(delivery, env)).toBe(true);
      expect(client.isGenuine(delivery, {})).toBe(false);
      expect(client.isGenuine({ ...delivery, headers: {}, url: "https://hooks.example/" }, env)).toBe(false);
      expect(client.isGenuine(delivery, { [variableOf(provider, field)]: `${"A".repeat(43)}=` })).toBe(false);
      if (provider.signature?.kind !== "signed") continue;
      const signature = schemeOf(provider.signature, values);
      const touched = Buffer.concat([delivery.body, Buffer.from(" ")]);
      expect(client.isGenuine({ ...delivery, body: touched }, env)).toBe(false);
      if (signature.time !== undefined) {
        const late = { ...delivery, now: delivery.now + signature.time.windowMs + 1000 };
        expect(client.isGenuine(late, env)).toBe(false);
      }
    }
  });

  test("what takes a certificate is left to the receiver, and the guide says so", async () => {
    const files = serviceFiles(await findProvider("paypal"), { ...WISH, points: [] });
    expect(files.map(({ path }) => path)).toEqual(["documentation/integration-guide.md"]);
    expect(files[0]?.text).toContain("verified by `ainstein-cms webhooks serve`, and nowhere else");
  });
});

describe("what happened, from the client's own project", () => {
  const SECRET = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;

  /** Takes the third try of whatever it is sent, and answers `status` before. */
  async function receiver(status: number) {
    const came: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        came.push({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
        response.statusCode = came.length < 2 ? status : 200;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const env = { EVENTS_URL: `http://127.0.0.1:${port}/events/site`, EVENTS_SECRET: SECRET };
    return { came, env, close: () => server.close() };
  }

  test("is signed anew for each try, under one id, with the fields that were asked for alone", async () => {
    const { came, env, close } = await receiver(503);
    const { tell } = await clientOf("hubspot");
    const id = "0b54d8a5-9f3c-4d5b-8f7e-0a1b2c3d4e5f";
    const fields = { email: "ada@example.com", name: "Ada", message: "not for them" };
    expect(await tell("form_submission", fields, { id, env })).toBe(id);
    close();
    expect(came).toHaveLength(2);
    for (const { headers, body } of came) {
      const signed = `${id}.${headers["webhook-timestamp"]}.${body}`;
      const made = createHmac("sha256", Buffer.alloc(24, 3)).update(signed).digest("base64");
      expect(headers).toMatchObject({ "webhook-id": id, "webhook-signature": `v1,${made}` });
      expect(JSON.parse(body)).toMatchObject({
        type: "form_submission",
        data: { email: "ada@example.com", name: "Ada" },
      });
      expect(body).not.toContain("not for them");
    }
  });

  test("a refusal is final, and what is missing is said before anything is sent", async () => {
    const { came, env, close } = await receiver(401);
    const { tell } = await clientOf("hubspot");
    await expect(tell("form_submission", { email: "a@example.com" }, { env })).rejects.toThrow(
      "it answered 401",
    );
    await expect(tell("form_submission", { name: "Ada" }, { env })).rejects.toThrow("needs email");
    await expect(tell("checkout", {}, { env })).rejects.toThrow("is not told of checkout");
    await expect(tell("form_submission", { email: "a@example.com" }, { env: {} })).rejects.toThrow(
      "EVENTS_URL is not set",
    );
    close();
    expect(came).toHaveLength(1);
  });
});

test.each([
  ["sendgrid", {}, "adds the person to the contact list"],
  ["sendgrid", { notify_to: "a@example.com", from_email: "b@example.com" }, "mails what happened"],
  ["twilio", { from: "+14155550123" }, "TWILIO_FROM`: Sender, `+14155550123` where absent"],
  ["twilio", {}, "TWILIO_MESSAGING_SERVICE_SID"],
])("of what %s could do, what is set chooses (%j)", async (id, settings, words) => {
  const files = serviceFiles(await findProvider(id), { ...WISH, settings });
  expect(files.find(({ path }) => path.endsWith(".md"))?.text).toContain(words);
});

test("every provider has a guide, and the same wish gives the same files", async () => {
  for (const provider of await allProviders()) {
    const files = serviceFiles(provider, WISH);
    expect(serviceFiles(provider, WISH)).toEqual(files);
    const guide = files.find(({ path }) => path === "documentation/integration-guide.md");
    expect(guide?.text, provider.id).toContain(`# ${provider.title}\n`);
    expect(guide?.text, provider.id).not.toMatch(/undefined|\[object|\{hook/);
  }
});
