import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { doctor } from "../../../src/commands/doctor.ts";
import { services } from "../../../src/commands/services.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openStore } from "../../../src/store/db.ts";
import { claimDelivery, noteOccurrence, settleDelivery } from "../../../src/store/occurrences.ts";
import { removeSecrets } from "../../../src/store/secrets.ts";
import { startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Operator } from "../operator.ts";

let operator: Operator;
beforeEach(() => {
  operator = createOperator();
});
afterEach(() => operator.remove());

describe("services", () => {
  it("are named where a delivery waits for a person, and not where none does", async () => {
    await operator.run(doctor, []);
    const store = openStore(operator.home);
    const about = { point: "checkout", source: "shop", atMs: 0, notedMs: 0, sealed: false };
    for (const id of ["a", "b", "c"]) {
      const occurrence = { ...about, id, body: new Uint8Array([1]) };
      noteOccurrence(store, occurrence, [{ name: "crm", notBeforeMs: 0 }]);
    }
    for (const state of ["sent", "parked"] as const) {
      const claimed = claimDelivery(store, systemClock, "crm");
      if (claimed !== undefined) settleDelivery(store, systemClock, claimed, { state });
    }
    store.close();
    const ran = await operator.run(doctor, []);
    const warnings = ran.records.filter(({ state }) => state === "warning");
    expect(warnings).toMatchObject([{ check: "services", code: "service-parked" }]);
    expect(ran.out).toContain("crm: one delivery may have arrived");
  });

  it("are named where what they are asked with is gone", async () => {
    const fake = await startFakeProvider();
    fake.answer(() => ({ status: 200, json: { health_status: "fine" } }));
    const set = [`baseUrl=${fake.baseUrl}`, "list_id=0123456789"];
    const answers = ["0123456789abcdef0123456789abcdef-us19"];
    await operator.run(services, ["connect", "mailchimp"], { answers, flags: { set } });
    await fake.close();
    const sound = await operator.run(doctor, []);
    expect(sound.out).toMatch(/1 secret can be read/);
    const store = openStore(operator.home);
    removeSecrets(store, "service:mailchimp");
    store.close();
    const ran = await operator.run(doctor, []);
    expect(ran.records.filter(({ state }) => state === "broken")).toMatchObject([
      { check: "services", code: "service-secret-gone" },
    ]);
    expect(ran.out).toContain("mailchimp: api_key is not in the vault");
  });
});
