import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

/** A third-party service that is connected. Its secrets are not in here. Times are ISO 8601, UTC. */
export interface ServiceRecord {
  readonly name: string;
  /** Id of the provider. */
  readonly provider: string;
  /** Fields that are no secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** What it asked to be told of. */
  readonly points: readonly string[];
  /** Fields of occurrences that it may be sent besides those it cannot do without. */
  readonly fields: readonly string[];
  /** `real_time`, or an interval as tasks write it. */
  readonly every: string;
  /** What the last proof said. */
  readonly verdict: Json;
  readonly provedAt: string;
  readonly createdAt: string;
}

function fromRow(row: Row): ServiceRecord {
  const read = columns("services", row);
  return {
    name: read.text("name"),
    provider: read.text("provider"),
    settings: read.json("settings") as ServiceRecord["settings"],
    points: read.json("points") as ServiceRecord["points"],
    fields: read.json("fields") as ServiceRecord["fields"],
    every: read.text("every"),
    verdict: read.json("verdict"),
    provedAt: read.text("proved_at"),
    createdAt: read.text("created_at"),
  };
}

/** By name. */
export function listServices(store: Store): readonly ServiceRecord[] {
  return store.all("SELECT * FROM services ORDER BY name").map(fromRow);
}

export function getService(store: Store, name: string): ServiceRecord | undefined {
  const row = store.one("SELECT * FROM services WHERE name = @name", { name });
  return row === undefined ? undefined : fromRow(row);
}

/** Throws `usage` with the nearest name. */
export function findService(store: Store, name: string): ServiceRecord {
  const found = getService(store, name);
  if (found !== undefined) return found;
  const names = listServices(store).map((service) => service.name);
  const near = nearestName(name, names);
  throw new Fault("usage", `There is no service ${JSON.stringify(name)}.`, {
    code: "services.unknown",
    hint:
      names.length === 0
        ? "None is connected yet: ainstein-cms services connect <provider>"
        : `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${names.join(", ")}.`,
  });
}

/** The time of its first connection stays. */
export function putService(store: Store, service: ServiceRecord): void {
  const { name, provider, every, provedAt, createdAt } = service;
  store.run(
    `INSERT INTO services (name, provider, settings, points, fields, every, verdict, proved_at, created_at)
     VALUES (@name, @provider, @settings, @points, @fields, @every, @verdict, @provedAt, @createdAt)
     ON CONFLICT (name) DO UPDATE SET provider = excluded.provider, settings = excluded.settings,
       points = excluded.points, fields = excluded.fields, every = excluded.every, verdict = excluded.verdict,
       proved_at = excluded.proved_at`,
    {
      ...{ name, provider, every, provedAt, createdAt },
      settings: JSON.stringify(service.settings),
      points: JSON.stringify(service.points),
      fields: JSON.stringify(service.fields),
      verdict: JSON.stringify(service.verdict),
    },
  );
}

export function removeService(store: Store, name: string): void {
  store.run("DELETE FROM services WHERE name = @name", { name });
}
