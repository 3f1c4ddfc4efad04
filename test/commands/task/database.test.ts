// A real PostgreSQL on this machine, the built program, and a process that is killed.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { runs } from "../../../src/commands/runs.ts";
import { task } from "../../../src/commands/task.ts";
import { scratchServer } from "../../../src/tasks/database/server.ts";
import { PROGRAM } from "../../cli/program.ts";
import { createOperator, type Operator } from "../operator.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const ENV = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", AINSTEIN_KEY: KEY };

const isThere = await scratchServer("postgresql", { env: ENV }).then(
  async (scratch) => {
    await scratch.close();
    return true;
  },
  () => false,
);

const operators: Operator[] = [];
afterAll(() => {
  for (const one of operators) one.remove();
});

function operatorWith(text: string): Operator {
  const operator = createOperator();
  operators.push(operator);
  writeFileSync(join(operator.cwd, "shop.yaml"), text);
  return operator;
}

const SHOP = `task_id: shop
task_type: configure_database
specifications:
  database_config:
    type: postgresql
    name: shop
    schema_requirements: {tables: [users, orders], relationships: [users_to_orders]}
`;

const ENDED = { status: "completed" };

/** Where a program of this machine is. */
function which(name: string): string {
  const found = ENV.PATH.split(delimiter)
    .map((dir) => join(dir, name))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not here`);
  return found;
}

describe.skipIf(!isThere)("a database as a task", () => {
  test("is proven once, left alone while nothing changes, and never overwrites what its owner wrote", async () => {
    const operator = operatorWith(SHOP);
    const run = () => operator.run(task, ["run", "shop.yaml"], { env: ENV });
    const at = (path: string) => join(operator.cwd, "output/integration/shop", path);
    const answer = () => parse(readFileSync(at("response.yaml"), "utf8"));

    expect((await run()).exit).toBe(0);
    expect(answer()).toMatchObject({
      status: "completed",
      output: {
        location: "output/integration/shop",
        database: { host: "127.0.0.1", name: "shop", status: "verified" },
        metadata: { security_level: "production_ready" },
      },
    });
    const first = readFileSync(at("response.yaml"), "utf8");

    const second = await run();
    expect(second.records.find(({ type }) => type === "task-answer")).toMatchObject({
      ...ENDED,
      unchanged: true,
    });
    expect(readFileSync(at("response.yaml"), "utf8")).toBe(first);
    expect((await operator.run(runs, ["list"])).records).toHaveLength(1);

    writeFileSync(at("documentation/database-schema.md"), "# Ours\n");
    const initial = readFileSync(at("databases/migrations/0001_initial.up.sql"), "utf8");
    writeFileSync(
      join(operator.cwd, "shop.yaml"),
      SHOP.replace("[users, orders]", "[users, orders, products]"),
    );
    expect((await run()).exit).toBe(1);
    expect(answer()).toMatchObject({ status: "partial", reason: { code: "edited-by-owner" } });
    expect(answer().reason.message).toContain("documentation/database-schema.md");
    expect(readFileSync(at("documentation/database-schema.md"), "utf8")).toBe("# Ours\n");
    expect(readFileSync(at("databases/migrations/0001_initial.up.sql"), "utf8")).toBe(initial);
    expect(existsSync(at("databases/migrations/0002_add_products.up.sql"))).toBe(true);

    // A schema that its owner keeps, and that the migrations have left behind, is no longer what is proven.
    const mine = `${readFileSync(at("databases/schema.sql"), "utf8")}-- ours\n`;
    writeFileSync(at("databases/schema.sql"), mine);
    writeFileSync(
      join(operator.cwd, "shop.yaml"),
      SHOP.replace("[users, orders]", "[users, orders, products, tags]"),
    );
    expect((await run()).exit).toBe(1);
    expect(readFileSync(at("databases/schema.sql"), "utf8")).toBe(mine);
    const failed = answer().proofs.filter(({ result }: { result: string }) => result === "failed");
    expect(failed.map(({ name }: { name: string }) => name)).toEqual(["schema.sql in an empty database"]);
  }, 60_000);

  test("killed in the middle, it is on record, keeps others away while it lives, and is completed by resume", async () => {
    const operator = operatorWith(SHOP);
    const env = { ...ENV, AINSTEIN_HOME: operator.home };
    const child = spawn(process.execPath, [PROGRAM, "task", "run", "shop.yaml", "--json"], {
      cwd: operator.cwd,
      env,
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    let told = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (bytes: Buffer) => {
        told += bytes.toString("utf8");
        if (told.includes("its database is tried")) resolve();
      });
      child.on("close", () => resolve());
    });
    await expect(operator.run(task, ["run", "shop.yaml"], { env: ENV })).rejects.toMatchObject({
      code: "run.locked",
      message: expect.stringContaining(`the output in ${join(operator.cwd, "output/integration/shop")}`),
    });
    child.kill("SIGKILL");
    await ended;

    const listed = await operator.run(runs, ["list"], { env: ENV });
    expect(listed.records).toMatchObject([{ command: "task", target: "task:shop", status: "cut-off" }]);
    const shown = await operator.run(task, ["list"]);
    expect(shown.records).toMatchObject([{ task_id: "shop", status: null }]);
    const resumed = await operator.run(runs, ["resume", String(listed.records[0]?.run)], { env: ENV });
    expect(resumed.records.find(({ type }) => type === "task-answer")).toMatchObject(ENDED);
    const after = await operator.run(runs, ["list"], { env: ENV });
    expect(after.records.map(({ status }) => status).sort()).toEqual(["done", "interrupted"]);
  });

  // Whoever is no root finds PostgreSQL's programs wherever the PATH leads.
  test.skipIf(isThere && userInfo().uid !== 0)(
    "without a server it is tried on PGlite, told as partial, and given to no target",
    async () => {
      const operator = operatorWith(SHOP);
      const bin = join(operator.cwd, "bin");
      mkdirSync(bin);
      for (const name of ["sh", "npm", "rm", "sleep"]) symlinkSync(which(name), join(bin, name));
      symlinkSync(process.execPath, join(bin, "node"));
      const env = { ...ENV, PATH: bin, DATABASE_URL: "postgresql://nobody@127.0.0.1:1/target" };
      const { exit, records } = await operator.run(task, ["run", "shop.yaml"], {
        env,
        flags: { apply: true },
      });
      expect(exit).toBe(1);
      const answer = records.find(({ type }) => type === "task-answer");
      expect(answer).toMatchObject({
        status: "partial",
        output: {
          database: { name: "shop", status: "generated", verified_on: expect.stringMatching(/^pglite 18\./) },
        },
        next_steps: [expect.stringContaining("apt-get install postgresql")],
      });
      expect(JSON.stringify(answer)).not.toContain("production_ready");
    },
    60_000,
  );

  test("where nothing can prove it, it is not completed, whatever was made", async () => {
    const operator = operatorWith(SHOP.replace("type: postgresql", "type: mongodb"));
    const { exit, records } = await operator.run(task, ["run", "shop.yaml"], { env: { PATH: "" } });
    expect(exit).toBe(1);
    expect(records.find(({ type }) => type === "task-answer")).toMatchObject({
      ...{ status: "failed", reason: { code: "server_unavailable" } },
      output: { format: "integration", location: "output/integration/shop" },
      proofs: [],
    });
  });
});
