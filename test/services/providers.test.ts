// What holds for every provider, whoever wrote its data.
import { describe, expect, test } from "vitest";
import { POINTS, type Provider, type RequestTemplate } from "../../src/services/provider.ts";
import { allProviders, findProvider, providerId, providerIds } from "../../src/services/registry.ts";
import { namesIn } from "../../src/services/template.ts";
import { VECTORS } from "./vectors.ts";

const ALL = await allProviders();
const EACH = ALL.map((provider): [string, Provider] => [provider.id, provider]);
/** Names that templates may hold besides a provider's own. */
const NAMED =
  /^(?:id|point|mode|step|nonce|at\.(?:iso|seconds|ms)|kept\.\w+|hook\.(?:url|secret|id|target)|h:[\w-]+|delivery\.json|event\.[\w*]+)$/;

function requestsOf(provider: Provider): readonly RequestTemplate[] {
  const { webhooks, authentication, signature } = provider;
  const checks = provider.checks.flatMap((check) => (check.kind === "request" ? [check.request] : []));
  const actions = provider.actions.flatMap(({ steps }) => steps.map(({ request }) => request));
  const hooks =
    webhooks.kind !== "api"
      ? []
      : [
          webhooks.create.request,
          webhooks.list.request,
          webhooks.remove.request,
          ...(webhooks.sign === undefined ? [] : [webhooks.sign.request]),
          ...(webhooks.refresh === undefined ? [] : [webhooks.refresh.request]),
        ];
  const token = authentication.kind === "client-credentials" ? [authentication.token] : [];
  const postback =
    signature?.kind === "signed" && signature.postback !== undefined ? [signature.postback.request] : [];
  return [...checks, ...actions, ...hooks, ...token, ...postback];
}

function templatesOf(request: RequestTemplate): readonly Parameters<typeof namesIn>[0][] {
  const { path, query = {}, headers = {}, body } = request;
  const json = body === undefined ? [] : "json" in body ? [body.json] : [body.form];
  return [path, query, headers, ...json];
}

function basesOf({ bases }: Provider): readonly string[] {
  return Object.values(bases).flatMap((base) => (typeof base === "string" ? [base] : Object.values(base.at)));
}

describe("the list", () => {
  test("has each provider once, by the id of its folder", () => {
    expect(ALL.map(({ id }) => id)).toEqual(providerIds);
    expect(new Set(ALL.map(({ title }) => title)).size).toBe(ALL.length);
  });

  test("finds them by other names, whatever case and separator", async () => {
    expect(providerId("Authorize_Net")).toBe("authorize-net");
    expect(providerId("authorizenet")).toBe("authorize-net");
    expect(providerId("STRIPE")).toBe("stripe");
    expect(providerId("constructor")).toBeUndefined();
    expect((await findProvider("mailchimp_transactional")).id).toBe("mandrill");
    await expect(findProvider("strip")).rejects.toMatchObject({
      code: "services.unknown-provider",
      hint: expect.stringContaining("Did you mean stripe?"),
    });
  });
});

describe.each(EACH)("%s", (id, provider) => {
  test("says of each field what it is and where it is found", () => {
    const names = provider.fields.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, title, where, format } of provider.fields) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(title.length).toBeGreaterThan(2);
      expect(where, name).toMatch(/\.$/);
      expect(format === undefined || format.words.length > 2, name).toBe(true);
      // With `g` a pattern would remember where it was.
      expect(format?.pattern.flags ?? "", name).not.toMatch(/[gy]/);
    }
  });

  test("tells how it is tried, how fast it may be asked, and where to read on", () => {
    expect(provider.about).toMatch(/\.$/);
    expect(provider.testing).toMatch(/\.$/);
    expect(provider.limits.words).toMatch(/\.$/);
    expect(provider.limits.perSecond).toBeGreaterThan(0);
    expect(provider.limits.concurrency).toBeGreaterThan(0);
    expect(provider.docs.links.length).toBeGreaterThan(0);
    for (const { url } of provider.docs.links) expect(new URL(url).protocol).toBe("https:");
    expect(provider.docs.troubleshooting.length).toBeGreaterThan(0);
    if (provider.mode !== undefined) {
      expect(provider.fields.map(({ name }) => name)).toContain(provider.mode.field);
    }
  });

  test("is asked over https at addresses of its own", () => {
    for (const base of basesOf(provider)) {
      expect(base).toMatch(/^(?:https:\/\/[\w.{}-]+(?:\/[\w./{}-]+)?|\{[a-z_]+\})$/);
      expect(base).not.toMatch(/\/$/);
    }
    for (const request of requestsOf(provider)) {
      expect(Object.keys(provider.bases)).toContain(request.base ?? "api");
      expect(request.path).toMatch(/^(?:\/|$)/);
    }
  });

  test("demands nothing that it does not name, and puts no secret into an address", () => {
    const names = new Set([...provider.fields.map(({ name }) => name), ...Object.keys(provider.rules ?? {})]);
    const unknown = requestsOf(provider)
      .flatMap(templatesOf)
      .flatMap((template) => namesIn(template))
      .filter(({ name }) => !names.has(name) && !NAMED.test(name));
    expect(unknown).toEqual([]);
    if (provider.authentication.kind === "in-request" && provider.authentication.where !== "body") return;
    const secret = new Set(provider.fields.filter((field) => field.secret).map(({ name }) => name));
    const addressed = requestsOf(provider).flatMap(({ path, query = {} }) => namesIn({ path, ...query }));
    expect(addressed.filter(({ name }) => secret.has(name))).toEqual([]);
  });

  test("has a check for whatever is given, and says where nothing proves it", () => {
    if (provider.driver !== undefined) return;
    const last = provider.checks.at(-1);
    expect(last).toBeDefined();
    expect(last?.when ?? []).toEqual([]);
    for (const check of provider.checks) {
      if (check.kind === "none") expect(check.why.length).toBeGreaterThan(10);
      else expect(check.expected.length).toBeGreaterThan(5);
    }
  });

  test("says of each action what keeps it from being done twice, and with which settings it is done", () => {
    const names = provider.fields.map(({ name }) => name);
    for (const { points, title, when = [], idempotency, steps } of provider.actions) {
      expect(steps.length === 0).toBe(provider.driver !== undefined);
      expect(points.length).toBeGreaterThan(0);
      expect(POINTS).toEqual(expect.arrayContaining([...points]));
      expect(title.length).toBeGreaterThan(5);
      expect(names).toEqual(expect.arrayContaining([...when]));
      if ("keptHours" in idempotency) expect(idempotency.keptHours).toBeGreaterThan(0);
    }
  });

  test("has vectors where it signs, and a field for the key", () => {
    const { signature, webhooks } = provider;
    if (webhooks.kind === "none") expect(webhooks.why.length).toBeGreaterThan(10);
    if (webhooks.kind === "steps") expect(webhooks.steps.length).toBeGreaterThan(0);
    if (signature === undefined) return;
    expect(provider.fields.map(({ name }) => name)).toContain(signature.secret);
    // Certificates cannot be had without asking: PayPal's deliveries have a file of their own.
    const byCertificate = signature.kind === "signed" && signature.certificate !== undefined;
    if (!byCertificate) expect(VECTORS[id]?.length ?? 0).toBeGreaterThan(0);
  });
});
