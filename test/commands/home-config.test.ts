import { describe, expect, test } from "vitest";
import { loadHomeConfig, parseHomeConfig } from "../../src/commands/home-config.ts";
import type { Fault } from "../../src/lib/fault.ts";

function parse(text: string) {
  return parseHomeConfig(Buffer.from(text), "/home/config.yaml");
}

function faultOf(text: string): Fault {
  try {
    parse(text);
  } catch (thrown) {
    return thrown as Fault;
  }
  throw new Error("was taken");
}

describe("the installation's own configuration", () => {
  test("is empty where there is no file", () => {
    expect(loadHomeConfig({ home: "/nowhere/at/all" })).toEqual({ webhooks: {}, notifications: [] });
    expect(parse("")).toEqual({ webhooks: {}, notifications: [] });
  });

  test("gives each connection its rule; what is left out is noted only", () => {
    const { webhooks } = parse(
      "webhooks:\n  shop: {root: /srv/shop, do: pull, command: [make, site]}\n  blog: {}\n",
    );
    expect(webhooks).toEqual({
      shop: { root: "/srv/shop", do: "pull", command: ["make", "site"] },
      blog: { do: "note" },
    });
  });

  test("gives who is told of what", () => {
    const { notifications } = parse(
      "notifications:\n  - on: [run-failed]\n    webhook: https://hooks.example/x\n",
    );
    expect(notifications).toEqual([
      { on: ["run-failed"], webhook: "https://hooks.example/x", content: false },
    ]);
  });

  test.each([
    ["webhooks:\n  shop:\n    rot: /srv\n", "webhooks.shop.rot", 3, /`root`/],
    ["webhook: {}\n", "webhook", 1, /`webhooks`/],
    ["webhooks:\n  shop:\n    do: push\n", "webhooks.shop.do", 3, /docs/],
    ["webhooks:\n  shop:\n    root: here\n", "webhooks.shop.root", 3, /docs/],
    ["webhooks:\n  shop:\n    do: pull\n", "webhooks.shop.do", 3, /docs/],
    ["webhooks:\n  shop:\n    command: make site\n", "webhooks.shop.command", 3, /docs/],
    ["notifications:\n  - on: [run-failed]\n", "notifications.0", 2, /docs/],
    ["notifications:\n  - on: [fire]\n    command: [x]\n", "notifications.0.on.0", 2, /docs/],
    [
      "notifications:\n  - on: [run-failed]\n    webhook: http://x.example\n",
      "notifications.0.webhook",
      3,
      /docs/,
    ],
  ])("names file, line and field of what is wrong: %j", (text, field, line, hint) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ kind: "usage", code: "home-config" });
    expect(fault.place).toMatchObject({ file: "/home/config.yaml", field, line });
    expect(fault.hint).toMatch(hint);
  });

  test("says where broken YAML breaks", () => {
    expect(faultOf("webhooks: {\n").place).toMatchObject({ file: "/home/config.yaml" });
    expect(faultOf("webhooks: {\n").code).toBe("home-config");
  });
});
