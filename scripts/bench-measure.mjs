// How things are measured beside each other on a machine that has other things to do as well.
import { readFileSync } from "node:fs";
import os from "node:os";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";

/** Above this the same work takes so different times that no ratio is believed. */
const NOISE_LIMIT = 0.2;
/** Below this share of the cores, others use so much of them that what uses one core seems better than it is. */
const SHARE_LIMIT = 0.85;
/** `utime` and `stime` of /proc are in hundredths of a second wherever Linux runs. */
const TICK_MS = 10;

export function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}

function at(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function median(values) {
  return at(values, 0.5);
}

/** Distance between the quartiles as a share of the median; of fewer than four values that of the extremes. */
export function spread(values) {
  const [low, high] =
    values.length < 4 ? [Math.min(...values), Math.max(...values)] : [at(values, 0.25), at(values, 0.75)];
  return (high - low) / median(values);
}

/** `3.42 (3.31 to 3.50)`: the median and the extremes. */
export function inWords(values, digits = 2) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => round(value, digits));
  return `${round(median(values), digits)} (${low} to ${high})`;
}

const LOOP = `
const { parentPort } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const block = Buffer.alloc(1 << 20, 7);
const start = performance.now();
for (let n = 0; n < 96; n++) createHash("sha256").update(block).digest();
parentPort.postMessage(performance.now() - start);
`;

function loop() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(LOOP, { eval: true, execArgv: [] });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/**
 * What a fixed piece of work takes when every core does one: `ms`, and the share of the cores that it got meanwhile, both
 * worse when others use the machine.
 */
export async function calibrate() {
  const before = process.cpuUsage();
  const all = await Promise.all(Array.from({ length: os.availableParallelism() }, loop));
  const { user, system } = process.cpuUsage(before);
  const ms = Math.max(...all);
  return { ms, share: Math.min(1, (user + system) / 1000 / (ms * all.length)) };
}

/** What the calibrations of one run say: in words, and whether it forbids to claim anything. */
export function noiseOf(calibrations) {
  const times = calibrations.map(({ ms }) => ms);
  const differ = spread(times);
  const share = median(calibrations.map((one) => one.share));
  const percent = (value) => `${round(100 * value, 0)} %`;
  return {
    words: `the same work took ${round(median(times), 0)} ms, spread ${percent(differ)}, and got ${percent(share)} of the cores`,
    tooNoisy: differ > NOISE_LIMIT || share < SHARE_LIMIT,
  };
}

/**
 * Runs every variant once a round, each round beginning with another one, so that what the machine does meanwhile meets
 * all alike. `samples[name][n]` of every variant are of the same round.
 */
export async function interleave(rounds, variants) {
  const names = Object.keys(variants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  const calibrations = [];
  for (let n = 0; n < rounds; n++) {
    const turn = n % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      calibrations.push(await calibrate());
      samples[name][n] = await variants[name]();
    }
  }
  calibrations.push(await calibrate());
  return { samples, noise: noiseOf(calibrations) };
}

/** Milliseconds that it takes, and what it resolves to. */
export async function timed(work) {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
    return {
      name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
      parent: Number(fields[1]),
      own: (user + system) * TICK_MS,
      children: (childUser + childSystem) * TICK_MS,
    };
  } catch {
    return undefined; // it has ended
  }
}

/** Milliseconds of CPU that children of this process used which have ended, with children of their own. */
export function endedChildren() {
  return statOf("self").children;
}

/** Milliseconds of CPU so far by program name (`nginx`, `mariadbd`, `php-fpm8.2`) of all processes under one. */
export function cpuUnder(pid, pids) {
  const stats = new Map(pids.map((one) => [one, statOf(one)]).filter(([, stat]) => stat !== undefined));
  const isUnder = (one) => {
    let parent = stats.get(one)?.parent;
    while (parent !== undefined && parent > 1 && parent !== pid) parent = stats.get(parent)?.parent;
    return parent === pid;
  };
  const used = {};
  for (const [one, { name, own, children }] of stats) {
    if (isUnder(one)) used[name] = (used[name] ?? 0) + own + children;
  }
  return used;
}

export function parentOf(pid) {
  return statOf(pid)?.parent;
}
