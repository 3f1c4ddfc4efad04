import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Circuit, type Circuits, CLOSED, circuitOf, openFault, withBreaker } from "../http/breaker.ts";
import type { Http } from "../http/http.ts";
import { isObject, type Json } from "../lib/json.ts";
import { redactUrl } from "../lib/redact.ts";
import { changeCircuit, circuitKept } from "../store/circuits.ts";
import { DATABASE, type Store } from "../store/db.ts";
import type { Context } from "./context.ts";

/** What a circuit belongs to. Another site under the same name, as CI jobs have them, has its own. */
export interface Connected {
  readonly name: string;
  readonly url: string;
}

/** By home and connection: circuits of a process whose installation keeps nothing. */
const unkept = new Map<string, Circuit>();

/** An `http` that leaves its site alone while the connection's circuit is open; with `always` it is asked all the same. */
export function breaking(context: Context, of: Connected, http: Http, always: boolean): Http {
  const { clock } = context;
  return withBreaker(http, { connection: of.name, clock, always, circuits: circuitsOf(context, of) });
}

/** Of a connection that is left alone just now: why, and from when to when. */
export interface LeftAlone {
  /** The code of the fault. */
  readonly cause: string;
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** When it is tried again. */
  readonly until: string;
}

/** Undefined for a connection that is asked as usual. */
export function leftAlone(context: Context, of: Connected): LeftAlone | undefined {
  const circuit = circuitsOf(context, of).read();
  if (circuit.state === "closed") return undefined;
  const { cause, since, until } = circuit;
  const instant = (ms: number) => new Date(ms).toISOString();
  return { cause: cause.code, message: cause.message, since: instant(since), until: instant(until) };
}

/** Tells of a connection that it is left alone just now, where it is. */
export function tellLeftAlone(context: Context, of: Connected): void {
  const circuit = circuitsOf(context, of).read();
  if (circuit.state === "closed") return;
  const { message, hint } = openFault(of.name, circuit, context.clock.now());
  const told = hint === undefined ? { message } : { message, hint };
  context.emit({ type: "notice", target: of.name, level: "warning", ...told });
}

/** Shared by all processes of the installation, where it has a database: looking at a site makes none. */
function circuitsOf(context: Context, { name, url: address }: Connected): Circuits {
  const url = redactUrl(address);
  const key = JSON.stringify([context.home, name, url]);
  const read = (kept: Json | undefined): Circuit =>
    isObject(kept) && kept.url === url ? circuitOf(kept) : CLOSED;
  const inMemory = (): Circuit => unkept.get(key) ?? CLOSED;
  const store = (): Store | undefined => {
    if (!existsSync(resolve(context.home, DATABASE))) return undefined;
    const kept = context.store();
    // The database may be younger than what this process found out.
    if (unkept.has(key)) changeCircuit(kept, name, (state) => state ?? stateOf(inMemory(), url));
    unkept.delete(key);
    return kept;
  };
  return {
    read: () => {
      const kept = store();
      return kept === undefined ? inMemory() : read(circuitKept(kept, name));
    },
    change: (change) => {
      const kept = store();
      if (kept === undefined) unkept.set(key, change(inMemory()));
      else changeCircuit(kept, name, (state) => stateOf(change(read(state)), url));
    },
  };
}

/** A circuit as it is kept; nothing where it says nothing. */
function stateOf(circuit: Circuit, url: string): Json | undefined {
  const says = circuit.state === "open" || circuit.failures > 0;
  return says ? ({ ...circuit, url } as unknown as Json) : undefined;
}
