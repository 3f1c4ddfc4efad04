import type { Timeline } from "../engine/timeline.ts";
import { duration } from "./duration.ts";
import { html, type Markup } from "./markup.ts";

/** Throughput and waits of a run as drawings, with the same in words. Undefined where nothing moved. */
export function timelineFigure(recorded: Timeline): Markup | undefined {
  const timeline = coarser(recorded);
  const { done, requests, retries, everyMs, length } = timeline;
  const seconds = (length * everyMs) / 1000;
  const charts = [
    chart(timeline, "Done per second", done, []),
    chart(timeline, "Requests per second", requests, retries),
  ].filter((drawn) => drawn !== undefined);
  if (charts.length === 0) return undefined;
  return html`<figure>
<figcaption><h3>Over time</h3><p>${inWords(timeline)}</p></figcaption>
${charts}
<p class="scale"><span>0 s</span><span>${duration(Math.round(seconds / 2))}</span><span>${duration(Math.round(seconds))}</span></p>
<p class="dim"><span class="key area"></span>documents, uploads and terms; requests${retries.length > 0 ? html`<span class="key again"></span>sent again` : undefined}${timeline.waited.length > 0 ? html`<span class="key wait"></span>held up` : undefined}</p>
</figure>`;
}

/** Steps of a second or more, unless that leaves too few: between shorter ones the rates jump about. */
function coarser(timeline: Timeline): Timeline {
  const { everyMs, length } = timeline;
  const joined = Math.round(1000 / everyMs);
  if (joined < 2 || length < 10 * joined) return timeline;
  const sums = (values: readonly number[]): readonly number[] =>
    values.length === 0
      ? []
      : Array.from({ length: Math.ceil(length / joined) }, (_, index) =>
          sumOf(values.slice(index * joined, (index + 1) * joined)),
        );
  const { done, requests, retries, waited } = timeline;
  return {
    ...timeline,
    everyMs: everyMs * joined,
    length: Math.ceil(length / joined),
    done: sums(done),
    requests: sums(requests),
    retries: sums(retries),
    waited: sums(waited),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function chart(
  timeline: Timeline,
  title: string,
  values: readonly number[],
  again: readonly number[],
): Markup | undefined {
  if (values.length === 0) return undefined;
  const { length, everyMs, waited } = timeline;
  const most = Math.max(...values);
  const perSecond = (most * 1000) / everyMs;
  const peak = perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
  const waits = bands(waited, everyMs).map(
    ({ from, to }) => html`<rect class="wait" x="${from}" y="0" width="${to - from}" height="100"/>`,
  );
  return html`<div class="chart"><p class="scale"><span>${title}</span><span>at most ${peak}</span></p>
<svg viewBox="0 0 ${length} 100" preserveAspectRatio="none" role="img" aria-label="${title}, at most ${peak}">${waits}<path class="area" d="${area(values, most)}"/>${again.length === 0 ? undefined : html`<path class="again" d="${area(again, most)}"/>`}</svg></div>`;
}

/** Columns without gaps between them, as one path. */
function area(values: readonly number[], most: number): string {
  const columns = values.flatMap((value, index) => {
    if (value === 0) return [];
    const height = Math.round((Math.min(value, most) / most) * 9500) / 100;
    return `M${index} 100V${Math.round((100 - height) * 100) / 100}h1V100z`;
  });
  return columns.join("");
}

/** Steps that were spent waiting for half of their time or more, neighbours together. */
function bands(
  waited: readonly number[],
  everyMs: number,
): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const [index, ms] of waited.entries()) {
    if (ms * 2 < everyMs) continue;
    const last = found.at(-1);
    if (last?.to === index) last.to = index + 1;
    else found.push({ from: index, to: index + 1 });
  }
  return found;
}

function inWords({ done, requests, retries, causes, everyMs, length }: Timeline): string {
  const seconds = (length * everyMs) / 1000;
  const counted = (count: number, one: string, many: string): string =>
    `${count} ${count === 1 ? one : many}`;
  const parts = [`${sumOf(done)} done in ${duration(Math.round(seconds))}`];
  if (requests.length > 0) parts.push(counted(sumOf(requests), "request", "requests"));
  if (retries.length > 0) parts.push(`${sumOf(retries)} of them sent again`);
  const waits = causes
    .filter(({ ms }) => ms >= 500)
    .sort((a, b) => b.ms - a.ms)
    .map(({ why, ms }) => `${duration(Math.round(ms / 1000))} (${why})`);
  const held = waits.length === 0 ? "" : ` Held up: ${waits.join(", ")}.`;
  return `${parts.join(", ")}.${held}`;
}
