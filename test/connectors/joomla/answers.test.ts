// What real sites answered, by version: fixtures/joomla.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { refuse } from "../../../src/connectors/joomla/faults.ts";
import { markerOf } from "../../../src/connectors/joomla/marker.ts";
import { bodyOf, decodeVersions } from "../../../src/connectors/joomla/raw.ts";
import { decodeItem, decodeRow, listingOf, tagsOf } from "../../../src/connectors/joomla/rows.ts";

interface Answer {
  readonly name: string;
  readonly request: { readonly json?: Readonly<Record<string, unknown>>; readonly method: string };
  readonly answer: { readonly status: number; readonly body: unknown };
}

const DIRECTORY = new URL("../../../fixtures/joomla/", import.meta.url);
const VERSIONS = readdirSync(DIRECTORY).map((name) => name.replace(/\.json$/, ""));

const seen = {
  siteUrl: "https://site.example",
  categories: new Map(),
  levels: new Map(),
  fields: [],
  now: 0,
  ahead: 0,
};

describe.each(VERSIONS)("Joomla %s", (version) => {
  const file = readFileSync(new URL(`${version}.json`, DIRECTORY), "utf8");
  const { answers } = JSON.parse(file) as { answers: readonly Answer[] };
  const named = (name: string): Answer => {
    const found = answers.find((answer) => answer.name === name);
    if (found === undefined) throw new Error(`no answer "${name}"`);
    return found;
  };
  const faultOf = (name: string) => {
    const { request, answer } = named(name);
    const { status, body } = answer;
    return refuse({ status, headers: {}, payload: body }, request.method !== "GET");
  };

  it("shows an article as it was sent, by itself and in a list alike", () => {
    const { json } = named("an article with everything").request;
    const item = decodeItem(named("read").answer.body);
    const { data } = named("search by note").answer.body as { data: readonly unknown[] };
    const listed = data.map(decodeRow).find(({ id }) => id === item.id);
    expect(item.attributes).toMatchObject({
      alias: json?.alias,
      note: json?.note,
      publish_up: json?.publish_up,
      publish_down: json?.publish_down,
      metadesc: json?.metadesc,
      featured: 1,
    });
    expect(tagsOf(item)).toHaveLength(2);
    expect(markerOf(item.attributes.note)).toMatch(/^[0-9a-f-]{36}$/);
    if (listed === undefined) throw new Error("the search does not list it");
    expect(listingOf(listed, seen).revision).toBe(listingOf(item, seen).revision);
  });

  it("has the stored text of an article among its versions", () => {
    const { json } = named("an article with everything").request;
    const item = decodeItem(named("read").answer.body);
    const body = bodyOf(item, decodeVersions(named("its versions").answer.body));
    expect(body).toEqual({ raw: `${json?.introtext}<hr id="system-readmore">${json?.fulltext}` });
  });

  it("says what it refuses in words that are told on", () => {
    for (const name of ["the same category again", "a state that is none", "nothing sent"]) {
      const fault = faultOf(name);
      expect([name, fault?.kind, fault?.code]).toEqual([name, "invalid", "joomla.refused"]);
    }
    expect(faultOf("a state that is none")?.message).toContain("Invalid field: Status");
    expect(faultOf("wrong token")).toMatchObject({ kind: "auth", code: "joomla.token" });
    expect(faultOf("another's article")).toMatchObject({ kind: "forbidden" });
    expect(faultOf("read what is gone")).toMatchObject({ kind: "not-found" });
    expect(faultOf("a date with zone")).toMatchObject({ kind: "ambiguous", code: "joomla.failed" });
  });
});
