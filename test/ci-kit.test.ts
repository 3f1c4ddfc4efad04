// The files of docs/ci, carried out as shell against a site and a repository on this machine.
import { describe, expect, it, type TestContext } from "vitest";
import { COMMANDS } from "../src/cli/table.ts";
import { readUndoFile } from "../src/engine/undo-read.ts";
import { type Host, kitJob, kitText, openHost, posted, pushedMeanwhile, type Ran } from "./ci-kit.ts";
import { connectionTo } from "./cli/scene.ts";
import { type FakeWordPress, startFakeWordPress } from "./fakes/wordpress.ts";

const KITS = ["github", "gitlab"] as const;
type Kit = (typeof KITS)[number];
type Texts = Readonly<Record<string, string>>;

interface Scene {
  readonly host: Host;
  readonly site: FakeWordPress;
  /** The same job on either host. `own`: variables set otherwise than in the kit. */
  readonly job: (name: "check" | "plan" | "apply", own?: Texts) => Promise<Ran>;
  /** Requests so far that write. */
  readonly writes: () => number;
  /** Bodies of all entries. */
  readonly bodies: () => string;
  /** Somebody edits all entries that have these words. */
  readonly edit: (words: string, others: string) => void;
  /** Subjects on the main branch, newest first. */
  readonly commits: () => readonly string[];
}

async function openScene(kit: Kit, { onTestFinished }: TestContext): Promise<Scene> {
  const host = openHost();
  const site = await startFakeWordPress();
  onTestFinished(async () => {
    host.remove();
    await site.stop();
  });
  const connection = connectionTo(site.api);
  const job: Scene["job"] = (name, own = {}) => {
    const ref = name === "apply" ? "refs/heads/main" : "refs/pull/1/merge";
    if (kit === "github") return host.github(name, ref, GITHUB(connection), own);
    const secrets = { AINSTEIN_CONNECTION_ACME: connection, AINSTEIN_ARCHIVE_KEY: ARCHIVE_KEY };
    const secret = name === "check" ? {} : secrets;
    return host.gitlab(name, ref, { ...GITLAB, ...secret, ...own });
  };
  const entries = () => [...site.state.posts.values()];
  return {
    host,
    site,
    job,
    writes: () => site.requests.filter(({ write }) => write).length,
    bodies: () =>
      entries()
        .map(({ content }) => content)
        .join("\n"),
    edit: (words, others) => {
      for (const entry of entries().filter(({ content }) => content.includes(words))) {
        entry.content = entry.content.replace(words, others);
        entry.modified = "2030-01-01T00:00:00";
      }
    },
    commits: () => {
      host.git("fetch", "--quiet", "origin", "main");
      return host.git("log", "--format=%s", "origin/main").trim().split("\n");
    },
  };
}

const ARCHIVE_KEY = Buffer.alloc(32, 3).toString("base64");

/** What the jobs may ask GitHub for. */
const GITHUB = (connection: string): Texts => ({
  "matrix.target": "acme",
  "github.token": "token",
  "github.ref_name": "main",
  "github.event.pull_request.number": "1",
  "secrets.AINSTEIN_CONNECTION_ACME": connection,
  "secrets.AINSTEIN_ARCHIVE_KEY": ARCHIVE_KEY,
});

/** What GitLab, and the project's variables, tell each job. */
const GITLAB: Texts = {
  TARGET: "acme",
  CI_COMMIT_BRANCH: "main",
  CI_SERVER_HOST: "git.example.org",
  CI_API_V4_URL: "https://git.example.org/api/v4",
  CI_PROJECT_ID: "7",
  CI_MERGE_REQUEST_IID: "1",
  COMMENT_TOKEN: "comment-token",
};

const post = (title: string, body: string, status = "published") =>
  `---\ntitle: ${title}\nstatus: ${status}\n---\n\n${body}\n`;
const FIRST = {
  "ainstein.yaml": "targets: [acme]\n",
  ".gitattributes": "ainstein.lock merge=union\n",
  "rye.md": post("Rye", "The first words."),
  "oat.md": post("Oat", "Oats, and oats."),
  "plans.md": post("Plans", "As it was.", "draft"),
};
const WRITTEN = "Update ainstein.lock (acme)";

describe.concurrent.each(KITS)("on %s", { timeout: 300_000 }, (kit) => {
  it("edit, merge, edit, merge goes through with the lockfile written back, although somebody pushes meanwhile, and what goes through beside a conflict is", async (test) => {
    const { host, site, job, bodies, commits, edit } = await openScene(kit, test);
    host.merge(FIRST);
    const first = await job("apply");
    expect(first.code, first.out).toBe(0);
    const [archive = ""] = host.archives();
    const [kept] = await readUndoFile({ path: archive, key: Buffer.alloc(32, 3) });
    expect(kept?.end?.status).toBe("done");
    host.merge({ "rye.md": post("Rye", "The second words.") });
    host.beforePush(pushedMeanwhile(host, "notes.txt"));
    const second = await job("apply");
    expect(second.code, second.out).toBe(0);
    expect(second.out).toContain("Successfully rebased");
    expect(commits().slice(0, 2)).toEqual([WRITTEN, "Meanwhile"]);
    host.merge({ "rye.md": post("Rye", "The third words.") });
    const third = await job("apply");
    expect(third.code, third.out).toBe(0);
    expect(third.out).toContain("1 updated");
    expect(bodies()).toContain("The third words.");
    expect(commits().filter((subject) => subject === WRITTEN)).toHaveLength(3);
    edit("The third words.", "Words of the editor's.");
    host.merge({ "rye.md": post("Rye", "The fourth words."), "oat.md": post("Oat", "More oats.") });
    const fourth = await job("apply");
    expect(fourth.code, fourth.out).toBe(4);
    expect(bodies()).toContain("More oats.");
    expect(bodies()).toContain("Words of the editor's.");
    expect(commits()[0]).toBe(WRITTEN);
    expect(site.state.posts.size).toBe(3);
  });

  it("edit, merge, edit, merge goes through without, with no conflict and nothing twice", async (test) => {
    const { host, site, job, bodies, commits, writes } = await openScene(kit, test);
    host.merge(FIRST);
    expect(await job("apply", { WRITE_BACK: "no" })).toMatchObject({ code: 0 });
    for (const words of ["The second words.", "The third words."]) {
      host.merge({ "rye.md": post("Rye", words) });
      const ran = await job("apply", { WRITE_BACK: "no" });
      expect(ran.code, ran.out).toBe(0);
      expect(bodies()).toContain(words);
    }
    const before = writes();
    expect(await job("apply", { WRITE_BACK: "no" })).toMatchObject({ code: 0 });
    expect(writes()).toBe(before);
    expect(site.state.posts.size).toBe(3);
    expect(commits()).not.toContain(WRITTEN);
  });

  it("a request gets the plan as a comment, which tells nothing that visitors cannot see, and fails with a conflict", async (test) => {
    const { host, job, edit, writes } = await openScene(kit, test);
    host.merge(FIRST);
    expect(await job("apply")).toMatchObject({ code: 0 });
    edit("As it was.", "A secret of the editor's.");
    const before = writes();
    const files = {
      "rye.md": post("Rye", "The proposed words."),
      "plans.md": post("Another name", "As it was.", "draft"),
      "new.md": post("New", "Of a new one."),
    };
    host.propose("topic", files);
    const ran = await job("plan");
    expect(ran.code, ran.out).toBe(0);
    const { asked, comment } = posted(host);
    const address = kit === "github" ? "repos/acme/content/issues/1/comments" : "merge_requests/1/notes";
    expect(asked).toContain(address);
    expect(asked).not.toContain("comment-token");
    expect(comment).toContain("### acme: 1 to create (1 published), ");
    expect(comment).toMatch(/-The first words\.\n\+The proposed words\./);
    expect(comment).toMatch(/<code>plans.md<\/code>.*draft on the site: text left out/);
    expect(comment).not.toContain("secret of the editor");
    edit("The first words.", "Words of the editor's.");
    expect(await job("plan")).toMatchObject({ code: 4 });
    expect(posted(host).comment).toContain("| conflict | <code>rye.md</code> |");
    if (kit === "github")
      expect(posted(host).asked).toContain("--method PATCH repos/acme/content/issues/comments/41 ");
    expect(writes()).toBe(before);
  });

  it("a site that refuses the credentials is no comment, but a failure with 5", async (test) => {
    const { host, site, job } = await openScene(kit, test);
    host.merge(FIRST);
    host.propose("topic", { "rye.md": post("Rye", "Other words.") });
    site.quirks.stripsAuthorization = true;
    expect(await job("plan")).toMatchObject({ code: 5 });
    expect(posted(host)).toEqual({ asked: "", comment: "" });
  });

  it("a mistake in a request of a fork is shown at its line, without any secret", async (test) => {
    const { host, site, job } = await openScene(kit, test);
    host.merge(FIRST);
    host.propose("topic", { "rye.md": "---\ntitle: Rye\n---\n\nText\n\n![x](none.png)\n" });
    const ran = await job("check");
    expect(ran.code).toBe(2);
    if (kit === "github") expect(ran.out).toMatch(/^::error file=rye\.md,line=7,.*::.*none\.png/m);
    else {
      expect(JSON.parse(ran.read(".code-quality.json"))).toEqual([
        expect.objectContaining({ severity: "major", location: { path: "rye.md", lines: { begin: 7 } } }),
      ]);
    }
    expect(site.requests).toEqual([]);
  });
});

describe("the files", () => {
  it("give secrets to no job that forks have", () => {
    expect(JSON.stringify(kitJob("github-actions.yml", "check"))).not.toContain("secrets");
    expect(kitText("github-actions.yml")).not.toContain("pull_request_target");
    expect(kitJob("github-actions.yml", "plan").if).toContain("head.repo.full_name == github.repository");
    expect(JSON.stringify(kitJob("gitlab-ci.yml", "plan").rules)).toContain(
      "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID",
    );
  });

  it("let one job at a time work on a target, and fetch all of the history for it", () => {
    expect(kitJob("github-actions.yml", "apply").concurrency).toEqual({
      group: expect.stringMatching(/^apply-\$\{\{ matrix\.target \}\}$/),
      "cancel-in-progress": false,
    });
    expect(kitJob("gitlab-ci.yml", "apply").resource_group).toBe("apply-$TARGET");
    for (const job of ["plan", "apply"]) {
      expect(JSON.stringify(kitJob("github-actions.yml", job).steps)).toContain('"fetch-depth":0');
    }
    expect(kitJob("gitlab-ci.yml", "variables")).toEqual({ GIT_DEPTH: "0" });
  });

  it("may write to the repository only where that is what the job does", () => {
    const jobs = ["check", "plan", "apply"];
    expect(jobs.map((job) => kitJob("github-actions.yml", job).permissions)).toEqual([
      undefined,
      { contents: "read", "pull-requests": "write" },
      { contents: "write" },
    ]);
    expect(kitText("github-actions.yml")).toMatch(/^permissions:\n {2}contents: read$/m);
  });

  it("name only commands and flags that there are", () => {
    const lines = ["github-actions.yml", "gitlab-ci.yml"].flatMap(
      (file) => kitText(file).match(/(?<=npx --yes ainstein-cms ).*/g) ?? [],
    );
    // In each file `check`, `diff`, and `push` with and without writing back: of none found nothing would be shown below.
    expect(lines.length).toBe(8);
    for (const line of lines) {
      const [name, ...words] = line.split(/\s+/);
      const flags = COMMANDS.find((entry) => entry.name === name)?.flags.map((flag) => `--${flag.name}`);
      expect(flags).toEqual(expect.arrayContaining(words.filter((word) => word.startsWith("--"))));
    }
  });
});
