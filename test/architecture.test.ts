import { describe, expect, test } from "vitest";
import { LAYERS, layerFaults, layerOf, loadedWith, packageOf } from "./architecture/layers.ts";
import { codeOf, importsOf, read, repositoryFiles } from "./architecture/source.ts";

const FILES = repositoryFiles();
const SOURCES = under("src/", ".ts");
const PROGRAMS = FILES.filter((path) => /^(?:src|test|scripts|bin)\/.*\.(?:ts|mts|js|mjs)$/.test(path));

/** Nothing that depends on when, where or by whom it is run. */
const IMPURE = /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bfetch\(|\bprocess\b|\bcrypto\b/;
/** The one way for a pure folder to a hash, which depends on nothing but its input. */
const PURE_BUILTINS: Readonly<Record<string, readonly string[]>> = { "src/lib/hash.ts": ["node:crypto"] };

const PROCESS = /(?<![.\w$])process\b(?!\s*[:(=,])|\bglobalThis\.process\b/;
/** A parameter or variable of that name is not the global. */
const OWN_PROCESS = /\b(?:const|let)\s+process\b|[(,]\s*process\s*:/;
const ANY = /(?::|<|[|&,]|\bas)\s*any\b(?!\s*[(:.])/;

function under(folder: string, ending: string): readonly string[] {
  return FILES.filter((path) => path.startsWith(folder) && path.endsWith(ending));
}

function code(path: string): string {
  return codeOf(read(path) ?? "");
}

/** Paths whose code matches, each with the line. */
function matching(paths: readonly string[], pattern: RegExp): readonly string[] {
  return paths.flatMap((path) => {
    const lines = code(path).split("\n");
    return lines.flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    );
  });
}

describe("layers", () => {
  test("every file of src is in a folder that is a layer", () => {
    expect(SOURCES.length).toBeGreaterThan(10);
    expect(SOURCES.filter((path) => layerOf(path) === LAYERS.length)).toEqual([]);
  });

  test("a folder imports itself and folders to its left, types too, and no connector or provider another", () => {
    const files = new Set(FILES);
    expect(SOURCES.flatMap((path) => layerFaults(path, read(path) ?? "", files))).toEqual([]);
  });
});

describe("trials", () => {
  test("what puts a made API on trial knows nothing of how it is made", () => {
    const trials = SOURCES.filter((path) => path.startsWith("src/tasks/prove/"));
    expect(trials.length).toBeGreaterThan(10);
    const reached = trials.flatMap((path) =>
      loadedWith(path)
        .filter((name) => name.startsWith("src/tasks/api/") || name === "src/tasks/templates.ts")
        .map((name) => `${path}: ${name}`),
    );
    expect(reached).toEqual([]);
  });
});

describe("purity", () => {
  const pure = SOURCES.filter((path) => path.startsWith("src/sync/") || path.endsWith("/codec.ts"));

  test("the planner and the codecs have no clock, no chance and no world", () => {
    expect(pure.length).toBeGreaterThan(3);
    expect(matching(pure, IMPURE)).toEqual([]);
  });

  test("nor has anything that is loaded with them", () => {
    const reached = new Set(pure.flatMap((path) => [path, ...loadedWith(path)]));
    const files = [...reached].filter((path) => path.startsWith("src/"));
    expect(matching(files, IMPURE).filter((line) => !line.startsWith("src/lib/hash.ts"))).toEqual([]);
    const builtins = files.flatMap((path) =>
      importsOf(read(path) ?? "").flatMap(({ specifier }) =>
        specifier.startsWith("node:") && !PURE_BUILTINS[path]?.includes(specifier)
          ? [`${path}: ${specifier}`]
          : [],
      ),
    );
    expect(builtins).toEqual([]);
  });

  test("only the command line and the keychain's child touch the process", () => {
    const others = SOURCES.filter(
      (path) => !path.startsWith("src/cli/") && path !== "src/auth/keychain-child.ts",
    );
    const global = others.filter((path) => !OWN_PROCESS.test(code(path)));
    expect(matching(global, PROCESS)).toEqual([]);
    const imported = others.filter((path) =>
      importsOf(read(path) ?? "").some(({ specifier }) => /^(?:node:)?process$/.test(specifier)),
    );
    // A lock names the process that holds it, and another asks whether that one is still alive.
    expect(imported).toEqual(["src/store/processes.ts"]);
  });
});

describe("start-up", () => {
  test("the program's entry loads nothing but what Node brings and the exit codes", () => {
    const loaded = [...loadedWith("bin/ainstein-cms.js"), ...loadedWith("src/cli/main.ts")];
    expect(loaded.filter((name) => !name.startsWith("node:") && name !== "src/lib/exit.ts")).toEqual([]);
    const entry = importsOf(read("bin/ainstein-cms.js") ?? "").filter(({ dynamic }) => dynamic);
    expect(entry.map(({ specifier }) => specifier)).toEqual(["../dist/cli/main.js"]);
  });

  test("the command table is data", () => {
    const allowed = /^src\/content\/document\.ts$|^src\/cli\/(?:table|entry)[\w-]*\.ts$|^src\/lib\/exit\.ts$/;
    expect(loadedWith("src/cli/table.ts").filter((name) => !allowed.test(name))).toEqual([]);
  });

  test("the registry and the manifests are data", () => {
    const allowed = /^src\/connectors\/[\w-]+\/manifest\.ts$|^src\/lib\//;
    expect(loadedWith("src/connectors/registry.ts").filter((name) => !allowed.test(name))).toEqual([]);
  });
});

describe("packages", () => {
  const manifest = JSON.parse(read("package.json") ?? "{}") as Readonly<
    Record<string, Record<string, string>>
  >;
  const shipped = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const used = (paths: readonly string[]) =>
    new Set(
      paths.flatMap((path) =>
        importsOf(read(path) ?? "").flatMap(({ specifier }) => packageOf(specifier) ?? []),
      ),
    );
  /** Run as programs, or read by the compiler, never imported. */
  const TOOLS = ["@biomejs/biome", "@vitest/coverage-v8", "typescript"];

  test("what src imports is declared, and what is declared is imported", () => {
    const types = Object.keys(manifest.devDependencies ?? {}).flatMap(
      (name) => /^@types\/(.+)$/.exec(name)?.[1] ?? [],
    );
    const imported = [...used(SOURCES)];
    expect(imported.filter((name) => !Object.hasOwn(shipped, name) && !types.includes(name))).toEqual([]);
    expect(Object.keys(shipped).filter((name) => !imported.includes(name))).toEqual([]);
  });

  test("what tests and scripts import is declared, and no development package is idle", () => {
    const imported = [...used([...PROGRAMS, "vitest.config.ts"])];
    const development = Object.keys(manifest.devDependencies ?? {});
    const undeclared = imported.filter(
      (name) => !Object.hasOwn(shipped, name) && !development.includes(name),
    );
    expect(undeclared.filter((name) => !development.includes(`@types/${name}`))).toEqual([]);
    const idle = development.filter((name) => !name.startsWith("@types/") && !TOOLS.includes(name));
    expect(idle.filter((name) => !imported.includes(name))).toEqual([]);
  });
});

describe("style", () => {
  test("no file is over 400 lines", () => {
    const long = PROGRAMS.filter((path) => (read(path) ?? "").trimEnd().split("\n").length > 400);
    expect(long).toEqual([]);
  });

  test("no file is called utils, helpers or index", () => {
    expect(PROGRAMS.filter((path) => /\/(?:\w*utils?|helpers?|index)\.\w+$/i.test(path))).toEqual([]);
  });

  test("nothing is typed any, and nothing is a default export", () => {
    const typed = PROGRAMS.filter((path) => path.endsWith(".ts"));
    expect(matching(typed, ANY)).toEqual([]);
    const ours = [...SOURCES, ...under("test/", ".ts")].filter((path) => !path.endsWith(".d.ts"));
    expect(matching(ours, /\bexport default\b|\bas default\b/)).toEqual([]);
  });

  test("nothing is left to be done later", () => {
    const words = new RegExp(
      `\\b(?:${["TO", "FIX", "XX"].map((start) => `${start}${start === "TO" ? "DO" : start === "FIX" ? "ME" : "X"}`).join("|")})\\b`,
    );
    const texts = FILES.filter((path) => /\.(?:ts|mts|mjs|js|md|json|sh|yml|yaml)$/.test(path));
    const found = texts.filter((path) => !path.startsWith("fixtures/") && words.test(read(path) ?? ""));
    expect(found).toEqual([]);
  });

  test("no file names a path of some machine or a package registry", () => {
    const machine = ["root/", "Users/[A-Za-z]+/"];
    const hosts = ["registry\\.[a-z-]+\\.[a-z]", "artifactory", "verdaccio", "_authToken"];
    const pattern = new RegExp(`(?<![\\w.])/(?:${machine.join("|")})|(?:${hosts.join("|")})`);
    const texts = FILES.filter(
      (path) => !/\.(?:png|jpe?g|gif|webp|db)$/.test(path) && !path.startsWith("test/architecture"),
    );
    expect(texts.filter((path) => pattern.test(read(path) ?? ""))).toEqual([]);
  });
});

describe("the checks above", () => {
  test("see imports of every form, and no others", () => {
    const source = [
      'import type { A } from "./a.ts";',
      'import { type B, b } from "pkg/b";',
      'import "./c.ts";',
      'export * from "../d.ts";',
      'type E = import("./e.ts").E;',
      '// import "comment";',
      `const text = \`import "template" \${f("x", await import("@s/f/g"))} import "again"\`;`,
      'const regexp = /import "regexp"/;',
    ].join("\n");
    expect(importsOf(source).map(({ specifier }) => specifier)).toEqual([
      "./a.ts",
      "pkg/b",
      "../d.ts",
      "./c.ts",
      "./e.ts",
      "@s/f/g",
    ]);
    expect(importsOf(source).filter(({ typeOnly }) => typeOnly)).toHaveLength(1);
    expect(["pkg/b", "@s/f/g", "./a.ts", "node:fs"].map(packageOf)).toEqual([
      "pkg",
      "@s/f",
      undefined,
      undefined,
    ]);
  });

  test("see imports upwards, sideways and into nothing", () => {
    const files = new Set([
      "src/engine/a.ts",
      "src/lib/a.ts",
      "src/connectors/x/a.ts",
      "src/services/x/a.ts",
    ]);
    const faults = (path: string, specifier: string) =>
      layerFaults(path, `import type { A } from "${specifier}";`, files);
    expect(faults("src/sync/plan.ts", "../engine/a.ts")).toHaveLength(1);
    expect(faults("src/sync/plan.ts", "../lib/a.ts")).toEqual([]);
    expect(faults("src/sync/plan.ts", "../lib/b.ts")).toHaveLength(1);
    expect(faults("src/connectors/y/a.ts", "../x/a.ts")).toHaveLength(1);
    expect(faults("src/connectors/x/b.ts", "./a.ts")).toEqual([]);
    expect(faults("src/services/y/a.ts", "../x/a.ts")).toHaveLength(1);
  });

  test("see through comments and texts, and what is loaded at once", () => {
    const source = `const a = "process.env"; // process\nconst b = /process/; /* any */ const c = \`process \${shown} process\`;`;
    expect(codeOf(source)).not.toMatch(/process|any/);
    expect(codeOf(source)).toContain("shown");
    expect(PROCESS.test("const home = process.env.HOME")).toBe(true);
    expect(PROCESS.test("child.process.kill()")).toBe(false);
    expect(ANY.test("const a: any = 1;")).toBe(true);
    expect(ANY.test("expect.any(String)")).toBe(false);
    const files: Record<string, string> = {
      "src/a.ts":
        'import { b } from "./b.ts"; import type { T } from "./t.ts"; const l = () => import("./l.ts");',
      "src/b.ts": 'import "node:fs"; import "./a.ts";',
    };
    expect(loadedWith("src/a.ts", (path) => files[path])).toEqual(["node:fs", "src/a.ts", "src/b.ts"]);
  });
});
