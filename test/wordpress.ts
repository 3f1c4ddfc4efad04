import { inject } from "vitest";
import type { WordPress } from "../scripts/wordpress.mjs";

const left = (process.env.AINSTEIN_TEST_WITHOUT ?? "").split(",");

/** For `describe.skipIf`: this run has no WordPress, and says so loudly at its end. */
export const withoutWordPress = left.includes("wordpress");

/** The same for a real browser. */
export const withoutBrowser = left.includes("browser");

/** The same for a real keychain. */
export const withoutSecretService = left.includes("secret-service");

export type SharedWordPress = Omit<WordPress, "stop">;

async function ask(init?: RequestInit): Promise<string> {
  const answer = await fetch(inject("wordpressBroker"), init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/**
 * The WordPress that all tests of this run share, started by whoever asks first. Others write to it at the same time:
 * a test that counts everything, changes options or installs plug-ins starts its own with `startWordPress`.
 */
export async function sharedWordPress(): Promise<SharedWordPress> {
  const told = JSON.parse(await ask()) as Omit<SharedWordPress, "php">;
  return { ...told, php: (code) => ask({ method: "POST", body: code }) };
}
