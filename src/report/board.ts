import type { Event, Traffic } from "../engine/events.ts";
import type { Clock } from "../lib/clock.ts";

/** What holds requests up, and for how many whole seconds yet. */
export interface Waiting {
  readonly why: string;
  readonly seconds: number;
}

/** An event, and the root that it is about where a command is about several. */
export type Told = Event & { readonly root?: string };

/** What tells targets apart, and what people call them: the name, with its root where there are several. */
export function laneName(target: string, root: string | undefined): string {
  return root === undefined ? target : `${root} → ${target}`;
}

/** Where one target stands. */
export interface TargetStanding {
  readonly name: string;
  readonly target: string;
  readonly root: string | undefined;
  readonly phase: string;
  readonly done: number;
  /** 0 where it is not known yet. */
  readonly total: number;
  /** Per second, over the last half minute; undefined while there is nothing to tell it from. */
  readonly rate: number | undefined;
  readonly requestRate: number | undefined;
  /** Of this phase. */
  readonly secondsLeft: number | undefined;
  /** Undefined until the connection has told of itself. */
  readonly traffic: Traffic | undefined;
  readonly waiting: Waiting | undefined;
}

/** All targets of a command together. */
export interface Standing {
  /** The target; of several how many, and the one that keeps the others waiting. */
  readonly label: string;
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly rate: number | undefined;
  readonly requestRate: number | undefined;
  readonly secondsLeft: number | undefined;
  /** Share of what the vendor allows that is in use, 0 to 1, of the target where it is greatest. */
  readonly used: number | undefined;
  readonly retries: number;
  /** `who` names the target where there are several. */
  readonly waiting: (Waiting & { readonly who: string | undefined }) | undefined;
}

export interface Board {
  /** Takes in what concerns progress, and leaves the rest. */
  readonly note: (event: Told) => void;
  /** By `laneName`; undefined for a target that is not active. */
  readonly of: (name: string) => TargetStanding | undefined;
  /** Names of the targets that have begun and not ended. */
  readonly active: () => readonly string[];
  /** Undefined while no target is active. */
  readonly together: () => Standing | undefined;
}

interface Count {
  readonly done: number;
  readonly total: number;
}

interface Lane {
  readonly name: string;
  readonly target: string;
  readonly root: string | undefined;
  phase: string;
  /** By phase, so that a target that is further on still counts in the phase that others are in. */
  readonly counts: Map<string, Count>;
  documents: Meter;
  readonly requests: Meter;
  traffic: Traffic | undefined;
  ended: boolean;
}

const ENDS: ReadonlySet<Event["type"]> = new Set(["summary", "fault", "ended"]);

/** Of several targets in different phases, the first of these that any is in is told. */
const TELLING = ["write", "verify", "read", "list", "scan", "connect"];
const SHORTEST_WAIT_MS = 1000;

/** Keeps count of what every target reports. */
export function createBoard(clock: Clock): Board {
  const lanes = new Map<string, Lane>();
  const laneOf = (target: string, root: string | undefined): Lane => {
    const name = laneName(target, root);
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = {
      name,
      target,
      root,
      phase: "",
      counts: new Map(),
      documents: createMeter(clock),
      requests: createMeter(clock),
      traffic: undefined,
      ended: false,
    };
    lanes.set(name, lane);
    return lane;
  };
  const move = (lane: Lane, phase: string, count: Count): void => {
    if (lane.phase !== phase || lane.ended) lane.documents = createMeter(clock);
    lane.phase = phase;
    lane.ended = false;
    lane.counts.set(phase, count);
    lane.documents.note(count.done);
  };
  const going = (): readonly Lane[] =>
    [...lanes.values()].filter(({ phase, ended }) => phase !== "" && !ended);

  return {
    note: (event) => {
      const target =
        event.type === "summary" ? event.summary.target : "target" in event ? event.target : null;
      if (target === null || target === undefined) return;
      if (event.type === "phase") {
        move(laneOf(target, event.root), event.phase, { done: 0, total: Number(event.detail ?? 0) || 0 });
      } else if (event.type === "progress") {
        move(laneOf(target, event.root), event.phase, event);
      } else if (event.type === "traffic") {
        const lane = laneOf(target, event.root);
        lane.traffic = event.traffic;
        lane.requests.note(event.traffic.requests);
      } else if (ENDS.has(event.type)) {
        const lane = lanes.get(laneName(target, event.root));
        if (lane !== undefined) lane.ended = true;
      }
    },
    of: (name) => {
      const lane = going().find((one) => one.name === name);
      return lane === undefined ? undefined : standingOf(lane, clock.now());
    },
    active: () => going().map(({ name }) => name),
    together: () => together([...lanes.values()], going(), clock.now()),
  };
}

function standingOf(lane: Lane, now: number): TargetStanding {
  const { name, target, root, phase, traffic } = lane;
  const { done, total } = lane.counts.get(phase) ?? { done: 0, total: 0 };
  const rate = lane.documents.rate();
  return {
    name,
    target,
    root,
    phase,
    done,
    total,
    rate,
    requestRate: lane.requests.rate(),
    secondsLeft: rate === undefined || total <= done ? undefined : (total - done) / rate,
    traffic,
    waiting: waitingOf(traffic, now),
  };
}

/** The pause between two requests of a steady pace is not worth a word. */
function waitingOf(traffic: Traffic | undefined, now: number): Waiting | undefined {
  const left = (traffic?.waiting?.until ?? now) - now;
  if (traffic?.waiting === undefined || left < SHORTEST_WAIT_MS) return undefined;
  return { why: traffic.waiting.why, seconds: Math.ceil(left / 1000) };
}

function together(all: readonly Lane[], going: readonly Lane[], now: number): Standing | undefined {
  const standings = going.map((lane) => standingOf(lane, now));
  const phase = TELLING.find((name) => standings.some((one) => one.phase === name)) ?? standings[0]?.phase;
  const inPhase = standings.filter((one) => one.phase === phase);
  const slowest = slowestOf(inPhase);
  if (phase === undefined || slowest === undefined) return undefined;
  const counts = all.flatMap((lane) => lane.counts.get(phase) ?? []);
  const [done, total] = [sumOf(counts, "done"), sumOf(counts, "total")];
  const rate = sumOfKnown(inPhase.map((one) => one.rate));
  const waits = standings.flatMap(({ name, waiting }) => (waiting === undefined ? [] : { name, ...waiting }));
  const longest = waits.reduce<(typeof waits)[number] | undefined>(
    (most, wait) => (most === undefined || wait.seconds > most.seconds ? wait : most),
    undefined,
  );
  const alone = all.length === 1;
  const used = standings.flatMap(({ traffic }) => traffic?.used ?? []);
  return {
    label: alone ? slowest.name : labelOf(all, going, slowest),
    phase,
    done,
    total,
    rate,
    requestRate: sumOfKnown(standings.map((one) => one.requestRate)),
    secondsLeft: leftOf(inPhase, total - done, rate),
    used: used.length === 0 ? undefined : Math.max(...used),
    retries: all.reduce((sum, { traffic }) => sum + (traffic?.retries ?? 0), 0),
    waiting:
      longest === undefined
        ? undefined
        : { why: longest.why, seconds: longest.seconds, who: alone ? undefined : longest.name },
  };
}

function labelOf(all: readonly Lane[], going: readonly Lane[], slowest: TargetStanding): string {
  if (going.length === 1) return `${slowest.name}, ${all.length - 1} of ${all.length} done`;
  return `${all.length} targets, slowest ${slowest.name}`;
}

/** The one with the longest time left; where nothing tells that, the one with the least done. */
function slowestOf(standings: readonly TargetStanding[]): TargetStanding | undefined {
  const share = ({ done, total }: TargetStanding): number => (total === 0 ? 0 : done / total);
  return [...standings].sort(
    (a, b) => (b.secondsLeft ?? -1) - (a.secondsLeft ?? -1) || share(a) - share(b),
  )[0];
}

/** Side by side, the slowest decides; a target that cannot be told yet is taken to be as fast as the others. */
function leftOf(
  standings: readonly TargetStanding[],
  left: number,
  rate: number | undefined,
): number | undefined {
  if (rate === undefined || left <= 0) return undefined;
  return Math.max(left / rate, ...standings.map((one) => one.secondsLeft ?? 0));
}

function sumOf(counts: readonly Count[], key: keyof Count): number {
  return counts.reduce((sum, count) => sum + count[key], 0);
}

function sumOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
}

interface Meter {
  note(value: number): void;
  /** Per second; undefined until something moved for half a second. */
  rate(): number | undefined;
}

const WINDOW_MS = 30_000;
const SAMPLE_EVERY_MS = 250;

/** How fast a growing number grows. */
function createMeter(clock: Clock): Meter {
  const samples: { readonly at: number; readonly value: number }[] = [];
  let newest = 0;
  return {
    note: (value) => {
      const at = clock.now();
      newest = value;
      const last = samples.at(-1);
      if (last === undefined || at - last.at >= SAMPLE_EVERY_MS) samples.push({ at, value });
      while (at - (samples[0]?.at ?? at) > WINDOW_MS) samples.shift();
    },
    rate: () => {
      const [first] = samples;
      if (first === undefined) return undefined;
      const elapsed = (clock.now() - first.at) / 1000;
      const moved = newest - first.value;
      return elapsed >= 0.5 && moved > 0 ? moved / elapsed : undefined;
    },
  };
}
