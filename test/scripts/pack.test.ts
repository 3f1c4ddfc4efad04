import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, runProgram } from "../cli/program.ts";

const root = path.resolve(import.meta.dirname, "../..");

interface Packed {
  readonly filename: string;
  /** Bytes of the archive, and of what is in it. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** Names of the packages that a bundled file imports, requires or resolves. */
function importedPackages(code: string): readonly string[] {
  const found = code.matchAll(
    /(?:\bfrom|\bimport|\bimport\(|createRequire\d*\(import\.meta\.url\)\(|\bresolve\()\s*"([^".][^"]*)"/g,
  );
  return [...found]
    .map((match) => match[1] ?? "")
    .filter((name) => !name.startsWith("node:") && !builtinModules.includes(name) && !/\s/.test(name))
    .map((name) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    );
}

describe("the package", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-pack-"));
  const modules = path.join(dir, "node_modules");
  const installed = path.join(modules, "ainstein-cms");
  let packed: Packed;
  let manifest: Manifest;

  const names = (): readonly string[] => packed.files.map((file) => file.path);
  const env = { AINSTEIN_HOME: path.join(dir, "home"), AINSTEIN_KEY: randomBytes(32).toString("base64") };
  const run = (...args: readonly string[]): Promise<Ended> =>
    runProgram(args, { program: path.join(modules, ".bin/ainstein-cms"), cwd: dir, env });

  beforeAll(() => {
    // The set-up of all tests has built dist/; building it once more would take it from under the others.
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", dir];
    const said = execFileSync("npm", pack, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    packed = (JSON.parse(said) as readonly Packed[])[0] as Packed;
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", path.join(dir, packed.filename), "-C", installed, "--strip-components=1"]);
    manifest = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as Manifest;
    // As npm lays it out, except that packages are links to this checkout's: nothing is downloaded or compiled.
    // Only what the manifest declares is there to be found.
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
      symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
    }
    mkdirSync(path.join(modules, ".bin"));
    symlinkSync(
      path.join("../ainstein-cms", manifest.bin["ainstein-cms"] ?? ""),
      path.join(modules, ".bin/ainstein-cms"),
    );
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("holds the program, its schemas and its documentation, and nothing else", () => {
    expect(names()).toEqual(
      expect.arrayContaining([
        ...["CHANGELOG.md", "LICENSE", "README.md", "package.json", "schema/ainstein.schema.json"],
        ...["bin/ainstein-cms.js", "dist/cli/main.js", "dist/auth/keychain-child.js", "docs/concepts.md"],
        ...["docs/ci/github-actions.yml", "docs/ci/gitlab-ci.yml"],
      ]),
    );
    const others = names().filter(
      (name) =>
        !/^(?:bin\/ainstein-cms\.js|dist\/[\w/-]+\.js|docs\/(?:[\w/-]+\.md|ci\/[\w-]+\.yml)|schema\/[\w.]+\.json|fixtures\/shopify\/(?:[\w.-]+\.(?:graphql|json)|LICENSE)|templates\/[\w/-]+(?:\.\w+)*|[A-Z]+(?:\.md)?|package\.json)$/.test(
          name,
        ),
    );
    expect(others).toEqual([]);
  });

  // What each platform may bring, its sandbox included, each provider with its page, what tasks hand out, and what the
  // program is without any.
  it("is small", () => {
    const [platforms, providers, templates] = [7, 28, 50_000];
    expect(packed.size).toBeLessThan(500_000 + 60_000 * platforms + 8_000 * providers + templates);
    expect(packed.unpackedSize).toBeLessThan(1_200_000 + 500_000 * platforms);
  });

  it("can be started by its name", () => {
    expect(packed.files.find((file) => file.path === "bin/ainstein-cms.js")?.mode).toBe(0o755);
  });

  it("imports just the packages it declares", () => {
    // What is handed out says itself what it needs.
    const code = names().filter((name) => name.endsWith(".js") && !name.startsWith("templates/"));
    const imported = code.flatMap((name) =>
      importedPackages(readFileSync(path.join(installed, name), "utf8")),
    );
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    expect([...new Set(imported)].sort()).toEqual(declared.sort());
  });

  it("says its version and what it can do", async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
      version: string;
    };
    expect(await run("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const help = await run("--help");
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toContain("publish");
  });

  it("connects a site and publishes to it", async () => {
    mkdirSync(path.join(dir, "posts"));
    writeFileSync(
      path.join(dir, "posts/hello.md"),
      "---\ntitle: Hello\ntags: [new]\n---\n\nThe *first* post.\n",
    );
    expect(await run("connect", "local", "--name", "shop", "--url", "./site")).toMatchObject({ code: 0 });
    const published = await run("publish", "./posts", "--target", "shop", "--yes");
    expect(published).toMatchObject({ code: 0 });
    expect(readdirSync(path.join(dir, "site/public"))).toContain("index.html");
  });
});
