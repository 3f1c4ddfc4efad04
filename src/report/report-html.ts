import { createHash } from "node:crypto";
import type { Summary } from "../engine/events.ts";
import { duration } from "./duration.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { timelineFigure } from "./report-chart.ts";
import { SCRIPT, STYLE } from "./report-look.ts";
import {
  type DocumentReport,
  type ErrorReport,
  type NoticeReport,
  type ReportStatus,
  type RunReport,
  STATUSES,
  type TargetReport,
} from "./report-model.ts";
import { SUMMARY_WORDS } from "./summary.ts";

/** Rows of one table; a browser takes no pleasure in more. */
const MOST_ROWS = 5000;

/** Notices of one site that are shown without being asked for. */
const MOST_NOTES = 5;

const WORDS: Readonly<Record<ReportStatus, string>> = {
  failed: "failed",
  conflict: "in conflict",
  "not-attempted": "not attempted",
  skipped: "skipped",
  planned: "planned",
  ok: "done",
};

/** One page that needs nothing else: what went wrong comes first. It asks no server for anything. */
export function htmlReport(report: RunReport): string {
  const title = `ainstein-cms ${report.command}`;
  const documents = report.targets.flatMap((target) => target.documents);
  const targets = worstFirst(report.targets);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}: ${verdict(report)}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}: ${verdict(report)}</h1>
<p class="dim">${time(report.startedAt)}${report.endedAt === null ? ", no end recorded" : `, ${tookText(report)}`}${report.exit === null ? "" : `, exit code ${report.exit}`}</p>
</header>
<main>
${report.targets.length > 1 && report.summary !== null ? counts(report.summary) : undefined}
${report.error === null ? undefined : errorNote(report.error)}
${noticeNotes(report.notices)}
${targets.length > 1 ? siteList(targets) : undefined}
${documents.length === 0 ? undefined : filterBar(documents)}
${targets.map((target, index) => targetSection(target, index))}
</main>
<footer><p class="dim">Made by ainstein-cms ${report.version}.</p></footer>
${documents.length === 0 ? undefined : html`<script>${trusted(SCRIPT)}</script>`}
</body>
</html>
`;
  return page.markup;
}

const POLICY = [
  "default-src 'none'",
  `style-src '${digest(STYLE)}'`,
  `script-src '${digest(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
}

type Judged = Pick<RunReport, "targets" | "error" | "exit">;

function verdict({ targets, error, exit }: Judged): string {
  const documents = targets.flatMap((target) => target.documents);
  const count = (status: ReportStatus): number => documents.filter((one) => one.status === status).length;
  const stopped = targets.filter((target) => target.error !== null).length;
  const told = (["failed", "conflict", "not-attempted", "planned"] as const)
    .map((status) => [count(status), WORDS[status]] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`);
  if (stopped > 0 && targets.length > 1) told.unshift(`${stopped} of ${targets.length} sites stopped`);
  else if (stopped > 0 || error !== null) told.unshift("stopped");
  if (told.length > 0) return told.join(", ");
  return exit === null || exit === 0 ? "done" : `ended with ${exit}`;
}

function tookText({ startedAt, endedAt }: RunReport): string {
  return duration(Math.round((Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 100) / 10);
}

function time(iso: string): string {
  return `${iso.slice(0, 19).replace("T", " ")} UTC`;
}

function filterBar(documents: readonly DocumentReport[]): Markup {
  const found = STATUSES.map((status) => ({
    status,
    count: documents.filter((one) => one.status === status).length,
  })).filter(({ count }) => count > 0);
  return html`<div class="filter" role="group" aria-label="Which documents to show" hidden>
<button type="button" value="" aria-pressed="true">all</button>
${found.map(
  ({
    status,
    count,
  }) => html`<button type="button" value="${status}" aria-pressed="false">${count} ${WORDS[status]}</button>
`,
)}<input type="search" placeholder="path, title or cause" aria-label="Only documents with this text">
<output class="dim"></output>
</div>`;
}

/** What ended before its time, then where something failed; otherwise as they were asked for. */
function worstFirst(targets: readonly TargetReport[]): readonly TargetReport[] {
  const trouble = ({ error, documents }: TargetReport): number => {
    if (error !== null) return 0;
    return documents.some(({ status }) => status === "failed" || status === "conflict") ? 1 : 2;
  };
  return targets.toSorted((one, other) => trouble(one) - trouble(other));
}

function nameOf({ target, root }: TargetReport): string {
  return root === null ? target : `${root} → ${target}`;
}

function siteList(targets: readonly TargetReport[]): Markup {
  const items = targets.map((target, index) => {
    const said = verdict({ targets: [target], error: null, exit: null });
    return html`<li><a href="#site-${index}">${nameOf(target)}</a>: ${said}</li>`;
  });
  return html`<nav aria-label="Sites"><ul class="sites">${items}</ul></nav>`;
}

function targetSection(target: TargetReport, index: number): Markup {
  const { summary, error, notices, documents, timeline, run, site } = target;
  const name = nameOf(target);
  const of = (statuses: readonly ReportStatus[]): readonly DocumentReport[] =>
    statuses.flatMap((status) => documents.filter((one) => one.status === status));
  return html`<section>
<h2 id="site-${index}">${name}</h2>
<p class="dim">${site?.startsWith("http") === true ? html`${site} · ` : ""}${run === null ? "nothing carried out" : html`run <code>${run}</code>`}</p>
${summary === null ? undefined : counts(summary)}
${error === null ? undefined : errorNote(error)}
${noticeNotes(notices)}
${table(`Failed or in conflict at ${name}`, of(["failed", "conflict"]))}
${timeline === null ? undefined : timelineFigure(timeline)}
${table(`Not done at ${name}`, of(["not-attempted", "skipped", "planned"]))}
${table(`Done at ${name}`, of(["ok"]))}
${documents.length === 0 && error === null ? html`<p>There was nothing to do.</p>` : undefined}
</section>
`;
}

function counts(summary: Summary): Markup {
  const told = SUMMARY_WORDS.filter(([key]) => summary[key] > 0 || key === "unchanged");
  const items = told.map(([key, word]) => {
    const bad = key === "failed" || key === "conflicts";
    return html`<li${bad ? trusted(' class="bad"') : undefined}>${summary[key]} ${word}</li>`;
  });
  const { requests, seconds } = summary;
  return html`<ul class="counts">${items}<li>${requests} ${requests === 1 ? "request" : "requests"}</li><li>${duration(Math.round(seconds * 10) / 10)}</li></ul>`;
}

function errorNote({ code, message, hint, place }: ErrorReport): Markup {
  return html`<div class="note bad"><p><strong>Stopped:</strong> ${place === null ? "" : `${place}: `}${message} <span class="dim">(${code})</span></p>${hint === null ? undefined : html`<p>${hint}</p>`}</div>
`;
}

/** Many are folded up: what failed must not be pushed off the page by them. */
function noticeNotes(notices: readonly NoticeReport[]): Markup | readonly Markup[] {
  const notes = notices.map(noticeNote);
  if (notes.length <= MOST_NOTES) return notes;
  const words = notices.every(({ level }) => level === "warning") ? "warnings" : "warnings and notes";
  return html`<details><summary>${notes.length} ${words}</summary>
${notes}</details>
`;
}

function noticeNote({ level, message, hint, place }: NoticeReport): Markup {
  const label = level === "warning" ? html`<strong>Warning:</strong> ` : undefined;
  return html`<div class="note${level === "warning" ? " warn" : ""}"><p>${label}${place === null ? "" : `${place}: `}${message}</p>${hint === null ? undefined : html`<p>${hint}</p>`}</div>
`;
}

/** Roles are said again: a narrow screen shows rows as blocks, and browsers take a block for no row. */
function table(caption: string, documents: readonly DocumentReport[]): Markup | undefined {
  if (documents.length === 0) return undefined;
  return html`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Status</th><th scope="col" role="columnheader">Document</th><th scope="col" role="columnheader">What happened</th></tr></thead>
<tbody role="rowgroup">
${documents.slice(0, MOST_ROWS).map(row)}</tbody></table>${documents.length > MOST_ROWS ? html`<p>${documents.length - MOST_ROWS} more are not shown here. The report as JSON has them all.</p>` : undefined}`;
}

function row(document: DocumentReport): Markup {
  const { path, title, action, status, url, id } = document;
  return html`<tr role="row" class="${status}"><td role="cell"><span class="status">${WORDS[status]}</span></td><td role="cell"><code>${path}</code>${title === null ? undefined : html`<br>${title}`}</td><td role="cell">${action === "conflict" || action === "skip" ? "left alone" : action}${entryLink(url, id)}${why(document)}</td></tr>
`;
}

/** Addresses come from the site: only what a browser opens as a page becomes a link. */
function entryLink(url: string | null, id: string | null): Markup | undefined {
  const name = id === null ? "entry" : `entry ${id}`;
  if (url === null) return id === null ? undefined : html`, ${name}`;
  if (!/^https?:\/\//i.test(url)) return html`, ${name} ${url}`;
  return html`, <a href="${url}" rel="noreferrer noopener">${name}</a>`;
}

function why({ status, reason, message, code, hint, httpStatus, place }: DocumentReport): Markup | undefined {
  const said = message ?? (status === "ok" ? null : reason);
  if (said === null) return undefined;
  const also = [code, httpStatus === null ? null : `HTTP ${httpStatus}`].filter((part) => part !== null);
  return html`<p>${place === null ? "" : `${place}: `}${said}${also.length === 0 ? undefined : html` <span class="dim">(${also.join(", ")})</span>`}</p>${hint === null ? undefined : html`<p class="hint dim">${hint}</p>`}`;
}
