// PURE: package.json and its lock file for what a service uses, cut from the lock file for all.
import { hasMail, hasTokens } from "./source.ts";
import type { ApiModel } from "./types.ts";

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}
interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}
interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

/** `all` and `lock` are those of templates/api/packages: every package that any service may use. */
export function packageFiles(model: ApiModel, all: Manifest, lock: Lock): { manifest: string; lock: string } {
  const used = Object.fromEntries(Object.entries(all.dependencies).filter(([name]) => isUsed(model, name)));
  const head = { name: model.name, version: "1.0.0" };
  const manifest = {
    ...head,
    private: true,
    type: "module",
    engines: all.engines,
    scripts: { start: "node server.js", migrate: "node migrate.js up", test: "node --test" },
    dependencies: used,
    overrides: all.overrides,
  };
  const root = { ...head, engines: all.engines, dependencies: used };
  const kept = reached(lock, used);
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([path]) => kept.has(path)));
  const locked = {
    ...head,
    lockfileVersion: lock.lockfileVersion,
    requires: true,
    packages: { "": root, ...packages },
  };
  return { manifest: json(manifest), lock: json(locked) };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function isUsed(model: ApiModel, name: string): boolean {
  const only: Readonly<Record<string, boolean>> = {
    "@fastify/cors": model.corsOrigins !== undefined,
    "@fastify/jwt": hasTokens(model),
    graphql: model.type === "graphql",
    mysql2: model.dialect === "mysql",
    nodemailer: hasMail(model),
    pg: model.dialect === "postgresql",
  };
  return only[name] ?? true;
}

/** Paths of the lock file that are loaded from the named packages, found as Node finds them: nearest first. */
function reached(lock: Lock, used: Readonly<Record<string, string>>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (from: string, dependencies: Readonly<Record<string, string>>) => {
    for (const name of Object.keys(dependencies)) {
      const path = nearest(lock, from, name);
      const entry = path === undefined ? undefined : lock.packages[path];
      if (path === undefined || entry === undefined || found.has(path)) continue;
      found.add(path);
      visit(path, { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies });
    }
  };
  visit("", used);
  return found;
}

function nearest(lock: Lock, from: string, name: string): string | undefined {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf("node_modules/") - 1))) {
    const path = `${base === "" ? "" : `${base}/`}node_modules/${name}`;
    if (lock.packages[path] !== undefined) return path;
    if (base === "") return undefined;
  }
}
