// What visitors see changes only when somebody says so.
import { describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { sync } from "../../src/commands/sync.ts";
import { expectDone, expectIdle, type Operator, onEachPlatform, post } from "./platforms.ts";
import type { Platform } from "./site.ts";

const NEXT_YEAR = new Date().getUTCFullYear() + 1;
const dateOf = (state: string) =>
  state === "scheduled" ? `${NEXT_YEAR}-03-01T10:00:00Z` : "2026-01-01T10:00:00Z";

describe("every state survives", () => {
  const statesOn = ({ site }: Operator) =>
    Object.fromEntries(site.entries().map(({ slug, state }) => [slug, state]));
  const named = ({ states }: Platform) => Object.fromEntries(states.map((state) => [`in-${state}`, state]));

  onEachPlatform("a pull and a push, a sync, and an edit of its text", {}, async (operator, platform) => {
    const { site } = operator;
    for (const state of platform.states)
      site.add({ slug: `in-${state}`, title: `In ${state}`, text: "Text.", state, date: dateOf(state) });
    const before = [site.entries(), site.writes()];
    const pulled = await operator.does(pull);
    expectDone(pulled);
    expect(pulled.summary.pulled).toBe(platform.states.length);
    for (const command of [push, sync]) expectIdle(await operator.does(command));
    expect([site.entries(), site.writes()]).toEqual(before);
    for (const state of platform.states) operator.change(`in-${state}.md`, "Text.", "Edited text.");
    const sent = await operator.does(push);
    expectDone(sent);
    expect(sent.summary.updated).toBe(platform.states.length);
    expect(statesOn(operator)).toEqual(named(platform));
    for (const { body } of site.entries()) expect(body).toContain("Edited text.");
    // Set live is what is live, or says so; never what somebody keeps back.
    for (const state of platform.states) operator.change(`in-${state}.md`, "Edited", "Published");
    await operator.does(publish);
    expect(statesOn(operator)).toEqual(named(platform));
    // Even where the file says nothing of its state.
    for (const state of ["draft", "private"]) {
      const text = operator.read(`in-${state}.md`);
      operator.write(
        `in-${state}.md`,
        text.replace(/^status:.*\n/m, "").replace(/(Edited|Published) text/, "New text"),
      );
    }
    await operator.does(push);
    expect(statesOn(operator)).toEqual(named(platform));
  });

  onEachPlatform("being written in a file first", {}, async (operator, platform) => {
    for (const state of platform.states) {
      const date = state === "draft" ? "" : `\ndate: ${dateOf(state)}`;
      operator.write(`in-${state}.md`, post(`title: In ${state}\nstatus: ${state}${date}`, "Text."));
    }
    expectDone(await operator.does(push));
    expect(statesOn(operator)).toEqual(named(platform));
    expectIdle(await operator.does(push));
    expectIdle(await operator.another().does(sync));
  });
});
