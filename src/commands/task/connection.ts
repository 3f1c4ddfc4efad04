// `connect` as a task: whether a connection that is there can do its work. A new one needs a person, or the environment.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { environmentNames, variableFor } from "../../auth/environment.ts";
import { manifests } from "../../connectors/registry.ts";
import { Fault } from "../../lib/fault.ts";
import { nearestName } from "../../lib/suggest.ts";
import { DATABASE } from "../../store/db.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { TaskOf } from "../../tasks/schema.ts";
import { type Need, NOTHING_MADE, type Proven } from "../../tasks/settle.ts";
import { askWho } from "../connection-test.ts";
import { connectionNames, findConnection } from "../target.ts";
import type { Carrier, Scene } from "./carrier.ts";

export const connectionCarrier: Carrier = {
  always: true,
  async make(one, { context }) {
    const { connection } = specOf(one);
    checkPlatform(connection.platform);
    // Who only looks makes no database.
    const isStored = existsSync(resolve(context.home, DATABASE));
    const names = isStored ? connectionNames(context) : environmentNames(context.env);
    if (names.includes(connection.name)) return NOTHING_MADE;
    return { ...NOTHING_MADE, needs: [needOf(connection)] };
  },
  async prove(one, scene) {
    return proven(specOf(one).connection, scene);
  },
};

function specOf({ task }: ReadTask): TaskOf<"connect">["specifications"] {
  if (task.task_type === "connect") return task.specifications;
  throw new Fault("defect", `${task.task_type} is no connection`);
}

type Wish = TaskOf<"connect">["specifications"]["connection"];

function checkPlatform(platform: string): void {
  const known = manifests.map(({ id }) => id);
  if (known.includes(platform)) return;
  const near = nearestName(platform, known);
  throw new Fault("invalid", `There is no platform ${JSON.stringify(platform)}.`, {
    code: "task.no-platform",
    place: { file: "", field: "specifications.connection.platform" },
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${known.join(", ")}.`,
  });
}

function needOf({ platform, name, url }: Wish): Need {
  const address = url === undefined ? "" : ` --url ${url}`;
  return {
    field: "specifications.connection.name",
    message: `there is no connection ${name}`,
    here: true,
    hint: `ainstein-cms connect ${platform} --name ${name}${address}; in CI set ${variableFor(name)}`,
  };
}

async function proven({ platform, name, url }: Wish, { context }: Scene): Promise<Proven> {
  const known = await findConnection(context, name);
  const { record } = known;
  const isRight = record.platform === platform && (url === undefined || sameAddress(record.url, url));
  const wanted = url === undefined ? platform : `${platform} at ${url}`;
  const kind = {
    name: `${name} is what the task names`,
    about: "connection",
    expected: wanted,
    seen: `${record.platform} at ${record.url}`,
    result: isRight ? ("passed" as const) : ("failed" as const),
  };
  if (!isRight) return { proofs: [kind], output: {}, warnings: [], nextSteps: [] };
  const { account } = await askWho(context, known);
  const can = account.may.includes("write");
  const signedIn = {
    name: `${name} signs in, and may write`,
    about: "connection",
    expected: "an account that may write",
    seen: `${account.name}, may ${account.may.join(", ") || "nothing"}`,
    result: can ? ("passed" as const) : ("failed" as const),
  };
  const output = {
    integrations: [{ service: name, status: "verified" as const, account: account.name, site: account.site }],
  };
  return { proofs: [kind, signedIn], output, warnings: account.notices, nextSteps: [] };
}

function sameAddress(one: string, other: string): boolean {
  const plain = (text: string) => new URL(text).href.replace(/\/+$/, "");
  return plain(one) === plain(other) || plain(one).startsWith(`${plain(other)}/`);
}
