// How the types of tasks are carried out: what is made, and how that is proven.
import type { ReadTask } from "../../tasks/read.ts";
import type { TaskType } from "../../tasks/schema.ts";
import type { Making, Proven } from "../../tasks/settle.ts";
import type { Context } from "../context.ts";

/** Where a task is carried out. */
export interface Scene {
  readonly context: Context;
  /** Absolute; what is made is in here. */
  readonly dir: string;
  /** Absolute; paths in tasks are relative to it. */
  readonly base: string;
  /** Targets that are given may be changed. */
  readonly apply: boolean;
  /** `--yes`: changes that would be asked about are agreed to. */
  readonly yes: boolean;
  /** A line about what is going on, for whoever waits. */
  readonly tell: (what: string) => void;
}

export interface Carrier {
  /** What it proves lies elsewhere and may be another since: it is carried out each time. */
  readonly always?: true;
  /** Changes nothing and asks nobody. Throws `invalid` or `usage` with `place.field` for what the task says wrong. */
  make(one: ReadTask, scene: Scene): Promise<Making>;
  /** Tries what is in the directory now. What it throws ends the task as failed. */
  prove(one: ReadTask, scene: Scene): Promise<Proven>;
}

/** Loaded when a task of the type is there. */
export const CARRIERS: Readonly<Record<TaskType, () => Promise<Carrier>>> = {
  setup_api: async () => (await import("./api.ts")).apiCarrier,
  configure_database: async () => (await import("./database.ts")).databaseCarrier,
  integrate_service: async () => (await import("./service.ts")).serviceCarrier,
  connect: async () => (await import("./connection.ts")).connectionCarrier,
  publish: async () => (await import("./content.ts")).contentCarrier,
  pull: async () => (await import("./content.ts")).contentCarrier,
  sync: async () => (await import("./content.ts")).contentCarrier,
};
