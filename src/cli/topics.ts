import { manifests } from "../connectors/registry.ts";

/** What `help` explains besides commands: a page of the documentation, or one section of it. */
export interface Topic {
  readonly name: string;
  readonly summary: string;
  /** Relative to the package. */
  readonly page: string;
  /** Heading of the section; absent for the whole page. */
  readonly section?: string;
}

export const TOPICS: readonly Topic[] = [
  { name: "concepts", summary: "the words, and how changes are told", page: "docs/concepts.md" },
  { name: "tour", summary: "a day with three sites, to be typed", page: "docs/tour.md" },
  { name: "content", summary: "front matter, bodies, ainstein.yaml", page: "docs/content.md" },
  { name: "files", summary: "the files there are, and which belong into git", page: "docs/files.md" },
  { name: "languages", summary: "documents in several languages", page: "docs/languages.md" },
  { name: "conflicts", summary: "what both sides changed, and settling it", page: "docs/conflicts.md" },
  { name: "signing-in", summary: "browsers, ports, tokens, refusals", page: "docs/signing-in.md" },
  { name: "ci", summary: "jobs on GitHub, GitLab and elsewhere", page: "docs/ci.md" },
  { name: "ci-kit", summary: "workflows to copy: check, plan, apply", page: "docs/ci/README.md" },
  { name: "exit-codes", summary: "what a script is told", page: "README.md", section: "Exit codes" },
  {
    name: "environment",
    summary: "variables that are read",
    page: "README.md",
    section: "Environment variables",
  },
  { name: "undoing", summary: "runs: resume, retry, undo", page: "docs/undo.md" },
  { name: "archiving", summary: "runs of CI jobs, kept and imported", page: "docs/run-archive.md" },
  { name: "notifying", summary: "who is told of failures, and how", page: "docs/notifications.md" },
  { name: "looking-back", summary: "who changed what, and what it said", page: "docs/history.md" },
  { name: "record", summary: "every request, signed; and figures", page: "docs/audit.md" },
  { name: "receiving", summary: "webhooks: a receiver, what events do", page: "docs/webhooks.md" },
  { name: "pace", summary: "how fast a site is asked", page: "docs/pace.md" },
  { name: "privacy", summary: "what is kept, where, for how long", page: "docs/privacy.md" },
  { name: "migrating", summary: "from one CMS to another", page: "docs/migrating.md" },
  { name: "shell", summary: "completion, help, and what a bug report needs", page: "docs/shell.md" },
  { name: "troubleshooting", summary: "what errors mean, and the way out", page: "docs/troubleshooting.md" },
  ...manifests.map(({ id, title }) => ({
    name: id,
    summary: `the platform ${title}`,
    page: `docs/platforms/${id}.md`,
  })),
];
