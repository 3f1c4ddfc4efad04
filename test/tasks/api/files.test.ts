import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { transform } from "esbuild";
import fc from "fast-check";
import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { apiDocument } from "../../../src/tasks/api/docs.ts";
import { apiFiles } from "../../../src/tasks/api/files.ts";
import { literal } from "../../../src/tasks/api/literal.ts";
import { openapiDocument } from "../../../src/tasks/api/openapi.ts";
import type { ApiModel } from "../../../src/tasks/api/types.ts";
import { madeDatabase } from "../../../src/tasks/database/files.ts";
import { specifications } from "./arbitrary.ts";
import { faultsOf, operationsOf } from "./openapi-checks.ts";
import { install, modelOf, run, written } from "./support.ts";

const BIOME = join(import.meta.dirname, "../../../node_modules/.bin/biome");
const EXAMPLE = {
  api_requirements: {
    name: "site",
    endpoints: [
      { path: "/api/contact", authentication: "api_key" },
      { path: "/api/newsletter" },
      { path: "/api/auth/login", validation: ["email", "password"] },
      { path: "/api/users/profile", method: "GET", authentication: "jwt_token" },
    ],
  },
  security_features: ["cors"],
};

/** Contents by path below the service's own directory. */
function texts(model: ApiModel): ReadonlyMap<string, string> {
  const base = `apis/${model.name}/`;
  return new Map(apiFiles(model).map(({ path, text }) => [path.slice(base.length), text]));
}

/** Files that a module loads, of its own directory. */
function localImports(path: string, text: string): readonly string[] {
  return [...text.matchAll(/(?:from|import\() ?"(\.{1,2}\/[^"]+)"/g)].map((match) =>
    join(dirname(path), match[1] ?? ""),
  );
}

/** `node:` modules are none. */
function packageImports(text: string): readonly string[] {
  return [...text.matchAll(/from "((?:@[\w-]+\/)?[\w-]+)(?:\/[\w-]+)*";/g)].map((match) => match[1] ?? "");
}

describe("the files of any API", () => {
  test("parse, need nothing that is not there, and leave nothing unused", async () => {
    await fc.assert(
      fc.asyncProperty(specifications, async (specification) => {
        const model = modelOf(specification);
        const files = texts(model);
        const code = [...files].filter(([path]) => extname(path) === ".js");
        const loaded = new Set<string>();
        const packages = new Set<string>();
        for (const [path, text] of code) {
          await transform(text, { loader: "js", format: "esm" });
          for (const other of localImports(path, text)) {
            expect(files.has(other), `${path} loads ${other}`).toBe(true);
            loaded.add(other);
          }
          for (const name of packageImports(text)) packages.add(name);
        }
        const started = ["server.js", "migrate.js", "create-user.js", "test/api.test.js"];
        expect(
          code.map(([path]) => path).filter((path) => !loaded.has(path) && !started.includes(path)),
        ).toEqual([]);
        const manifest = JSON.parse(files.get("package.json") ?? "");
        expect(Object.keys(manifest.dependencies).sort()).toEqual([...packages].sort());
        const lock = JSON.parse(files.get("package-lock.json") ?? "");
        expect(lock.packages[""].dependencies).toEqual(manifest.dependencies);
        for (const [name, version] of Object.entries(manifest.dependencies))
          expect(lock.packages[`node_modules/${name}`].version).toBe(version);
        const schema = files.get("schema.graphql");
        if (schema !== undefined) buildSchema(schema);
      }),
      { numRuns: 60 },
    );
  });

  test("are described by a document that holds, with an example for each body", () => {
    fc.assert(
      fc.property(specifications, (specification) => {
        const model = modelOf(specification);
        const document = openapiDocument(model);
        expect(faultsOf(document)).toEqual([]);
        const operations = operationsOf(document);
        for (const { method, path } of model.endpoints)
          expect(operations.has(`${method} ${path}`)).toBe(true);
        expect(operations.size).toBe(model.endpoints.length + 3);
        for (const { method, path } of model.endpoints)
          expect(apiDocument(model)).toContain(`### ${method} ${path}\n`);
      }),
      { numRuns: 60 },
    );
  });

  test("are told to people with what goes into the address, and what comes back", () => {
    const text = apiDocument(
      modelOf({
        api_requirements: {
          endpoints: [
            { path: "/orders", method: "GET", table: "orders" },
            { path: "/newsletter", method: "POST" },
          ],
        },
        database_config: { type: "postgresql", schema_requirements: { tables: ["orders"] } },
      }),
    );
    expect(text).toContain("| `after` | in the query | `next` of the page before |  |");
    expect(text).toMatch(/### GET \/newsletter\/confirm\n[^#]*\| `token` \| in the query \| text \| yes \|/);
    expect(text).toMatch(
      /With 200:\n\n```json\n\{\n {2}"items": \[\n {4}\{\n {6}"id": "1",\n {6}"status": "pending"/,
    );
  });

  test("are the same every time", () => {
    expect(apiFiles(modelOf(EXAMPLE))).toEqual(apiFiles(modelOf(EXAMPLE)));
  });

  test("say nothing of us and of no registry", () => {
    for (const [path, text] of texts(modelOf(EXAMPLE)))
      expect(text, path).not.toMatch(/ainstein|"resolved"|registry\./i);
  });
});

test("the checks of the document find what is wrong", () => {
  const model = modelOf(EXAMPLE);
  const broken = (change: (text: string) => string) =>
    faultsOf(JSON.parse(change(JSON.stringify(openapiDocument(model)))));
  expect(broken((text) => text)).toEqual([]);
  expect(
    broken((text) => text.replace("#/components/schemas/Problem", "#/components/schemas/None")),
  ).not.toEqual([]);
  expect(broken((text) => text.replace('"operationId":"metrics"', '"operationId":"health"'))).not.toEqual([]);
  expect(broken((text) => text.replace('"api_key":[]', '"api":[]'))).not.toEqual([]);
  expect(broken((text) => text.replace('"ada@client.example"', '"nobody"'))).not.toEqual([]);
  expect(broken((text) => text.replace('"/api/contact"', '"/api/{id}"'))).not.toEqual([]);
});

test("data becomes source that is the same data, as a formatter would lay it out", async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // biome-ignore lint/security/noGlobalEval: what is written is read again
      expect(JSON.stringify(globalThis.eval(`(${literal(value)})`))).toBe(JSON.stringify(value));
    }),
  );
});

test("what is handed out is as clean as what it is made from", async () => {
  const dir = await written(
    modelOf({
      ...EXAMPLE,
      api_requirements: {
        ...EXAMPLE.api_requirements,
        endpoints: [
          ...EXAMPLE.api_requirements.endpoints,
          { path: "/signup" },
          { path: "/hook", handler: "webhook" },
        ],
      },
    }),
  );
  try {
    const config = await readFile(join(import.meta.dirname, "../../../biome.json"), "utf8");
    const { $schema: _, vcs: __, ...rules } = JSON.parse(config);
    await writeFile(join(dir, "biome.json"), JSON.stringify({ root: true, ...rules }));
    const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".js"));
    await run(BIOME, ["check", "--error-on-warnings", ...names], { cwd: dir });
  } finally {
    await rm(dirname(dirname(dir)), { recursive: true, force: true });
  }
});

test("it installs as its lock file says, and its own tests pass without a database", async () => {
  const dir = await written(modelOf(EXAMPLE));
  try {
    await install(dir);
    const { stdout } = await run("npm", ["test"], { cwd: dir, env: { PATH: process.env.PATH } });
    expect(stdout).toMatch(/# fail 0/);
    expect(stdout).not.toMatch(/# pass 0/);
    await expect(run("npm", ["ls", "--all"], { cwd: dir })).resolves.toBeDefined();
  } finally {
    await rm(dirname(dirname(dir)), { recursive: true, force: true });
  }
});

test("a table that grows gets a migration more, and the first stays as it was", async () => {
  const dir = await written(modelOf(EXAMPLE));
  try {
    const form = {
      path: "/api/contact",
      authentication: "api_key",
      fields: [
        "name",
        "email",
        "message",
        "company",
        "phone",
        { name: "budget", type: "integer", required: false },
      ],
    };
    const grown = modelOf({
      ...EXAMPLE,
      api_requirements: {
        ...EXAMPLE.api_requirements,
        endpoints: [form, ...EXAMPLE.api_requirements.endpoints.slice(1)],
      },
    });
    const files = apiFiles(grown, await madeDatabase(dir));
    const first = files.find(({ path }) => path.endsWith("/0001_initial.up.sql"));
    expect(first?.text).toBe(await readFile(join(dir, "migrations/0001_initial.up.sql"), "utf8"));
    const added = files.find(({ path }) => /\/0002_.*\.up\.sql$/.test(path));
    expect(added?.text).toMatch(/ADD COLUMN "?budget"? /);
  } finally {
    await rm(dirname(dirname(dir)), { recursive: true, force: true });
  }
});
