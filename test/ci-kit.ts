// A code host on this machine: a bare repository, a person who works with it, and jobs that run what the kit's files say.
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { PROGRAM } from "./cli/program.ts";

const KIT = path.resolve(import.meta.dirname, "../docs/ci");

type Yaml = Readonly<Record<string, unknown>>;
export type Job = Yaml;
type Texts = Readonly<Record<string, string>>;

/** One job as it stands in the kit. */
export function kitJob(file: string, name: string): Job {
  const whole = parse(readFileSync(path.join(KIT, file), "utf8")) as Yaml;
  const jobs = (whole.jobs ?? whole) as Readonly<Record<string, Job>>;
  const job = jobs[name];
  if (job === undefined) throw new Error(`${file} has no job ${name}`);
  return job;
}

/** The text of a file of the kit. */
export function kitText(file: string): string {
  return readFileSync(path.join(KIT, file), "utf8");
}

interface Step extends Yaml {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Texts;
  readonly with?: Yaml;
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  /** What the job's checkout holds. */
  readonly read: (file: string) => string;
}

export interface Host {
  readonly dir: string;
  /** Where the person works. */
  readonly desk: string;
  readonly git: (...args: readonly string[]) => string;
  /** Writes files, commits them on a branch of its own, and merges that into main. */
  readonly merge: (files: Texts) => void;
  /** Commits on a branch of that name and pushes it, merged with main as hosts prepare it for jobs of a request. */
  readonly propose: (branch: string, files: Texts) => void;
  /** Done once, by the next job, between what it does on the site and its push. */
  readonly beforePush: (script: string) => void;
  /** `known`: values of the expressions that the job may use. `own`: variables set otherwise than in the file. */
  readonly github: (job: string, ref: string, known: Texts, own: Texts) => Promise<Ran>;
  readonly gitlab: (job: string, ref: string, own: Texts) => Promise<Ran>;
  /** Archives of runs that jobs left for the host to keep. */
  readonly archives: () => readonly string[];
  readonly remove: () => void;
}

/** The paths of one host, and git as it is there. */
interface Ground {
  readonly dir: string;
  readonly desk: string;
  readonly bare: string;
  readonly bin: string;
  /** A script that the next push runs first. */
  readonly hook: string;
  readonly env: Texts;
  readonly git: (cwd: string, ...args: readonly string[]) => string;
}

const PERSON = ["-c", "user.name=Person", "-c", "user.email=person@example.org"];

export function openHost(): Host {
  const ground = breakGround();
  const { dir, desk, hook, git } = ground;
  installPrograms(ground);
  git(dir, "init", "--quiet", "--bare", "--initial-branch=main", ground.bare);
  git(ground.bare, "config", "receive.advertisePushOptions", "true");
  git(dir, "clone", "--quiet", ground.bare, desk);
  git(desk, "checkout", "--quiet", "-B", "main");
  git(desk, ...PERSON, "commit", "--quiet", "--allow-empty", "--message", "Begin");
  git(desk, "push", "--quiet", "origin", "main");
  return {
    dir,
    desk,
    git: (...args) => git(desk, ...args),
    ...personAt(ground),
    beforePush: (script) => writeFileSync(hook, script),
    ...jobsAt(ground),
    archives: () =>
      readdirSync(dir, { recursive: true, encoding: "utf8" })
        .filter((name) => /^(?:machine-\d+\/runs|job-\d+\/\.runs)\/.*\.ainstein-run$/.test(name))
        .map((name) => path.join(dir, name)),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function breakGround(): Ground {
  const dir = mkdtempSync(path.join(tmpdir(), "ci-kit-"));
  const [bin, home] = [path.join(dir, "bin"), path.join(dir, "person")];
  for (const made of [bin, home]) mkdirSync(made);
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home, LANG: "C.UTF-8" };
  return {
    dir,
    desk: path.join(dir, "desk"),
    bare: path.join(dir, "origin.git"),
    bin,
    hook: path.join(dir, "before-push"),
    env,
    git: (cwd, ...args) =>
      execFileSync("git", [...args], { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
  };
}

/** What jobs find on their PATH before all else. */
function installPrograms({ dir, bin, hook }: Ground): void {
  const shim = (name: string, script: string): void => {
    writeFileSync(path.join(bin, name), `#!/bin/bash\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  };
  // `npx --yes ainstein-cms …` is the program that was built here.
  shim(
    "npx",
    `[ "$1 $2" = "--yes ainstein-cms" ] || exit 99\nexec "${process.execPath}" "${PROGRAM}" "\${@:3}"`,
  );
  shim("sleep", "exit 0");
  shim(
    "git",
    `if [ "$1" = push ] && [ -e "${hook}" ]; then mv "${hook}" "${hook}.done"; bash "${hook}.done" >&2; fi\nPATH="\${PATH#*:}" exec git "$@"`,
  );
  // Asked for comments it names the one it has; of what it is to post it keeps the text.
  shim(
    "gh",
    [
      `printf '%s\\n' "$*" >> "${dir}/gh.log"`,
      `if [[ " $* " == *" --jq "* && -e "${dir}/posted.md" ]]; then echo 41; fi`,
      `for word; do case $word in body=@*) cp "\${word#body=@}" "${dir}/posted.md" ;; esac; done`,
    ].join("\n"),
  );
  shim(
    "curl",
    `cat > "${dir}/curl.config"; printf '%s\\n' "$*" >> "${dir}/curl.log"; cp .diff.md "${dir}/posted.md"; echo '{}'`,
  );
}

function personAt({ desk, git }: Ground): Pick<Host, "merge" | "propose"> {
  const put = (files: Texts): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(desk, name)), { recursive: true });
      writeFileSync(path.join(desk, name), text);
    }
    git(desk, "add", "--all");
    git(desk, ...PERSON, "commit", "--quiet", "--message", Object.keys(files).join(" "));
  };
  const update = (): void => {
    git(desk, "checkout", "--quiet", "main");
    git(desk, "pull", "--quiet", "--ff-only", "origin", "main");
  };
  return {
    merge: (files) => {
      update();
      git(desk, "checkout", "--quiet", "-B", "work");
      put(files);
      git(desk, "checkout", "--quiet", "main");
      git(desk, ...PERSON, "merge", "--quiet", "--no-ff", "--message", "Merge", "work");
      git(desk, "push", "--quiet", "origin", "main");
    },
    propose: (branch, files) => {
      update();
      git(desk, "checkout", "--quiet", "-B", branch);
      put(files);
      git(desk, "push", "--quiet", "--force", "origin", `${branch}:refs/pull/1/merge`);
      git(desk, "checkout", "--quiet", "main");
    },
  };
}

function jobsAt({ dir, bare, env: base, git }: Ground): Pick<Host, "github" | "gitlab"> {
  let jobs = 0;
  const checkout = (ref: string, depth: string): string => {
    jobs += 1;
    const work = path.join(dir, `job-${jobs}`);
    git(dir, "init", "--quiet", work);
    git(work, "remote", "add", "origin", `file://${bare}`);
    git(work, "fetch", "--quiet", ...(depth === "0" ? [] : ["--depth", depth]), "origin", ref);
    git(work, "checkout", "--quiet", "--detach", "FETCH_HEAD");
    return work;
  };
  /** Nothing is left of a machine from one job to the next. */
  const carryOut = (work: string, script: string, env: Texts): Promise<Ran> => {
    const machine = path.join(dir, `machine-${jobs}`);
    mkdirSync(machine, { recursive: true });
    const host = { CI: "true", RUNNER_TEMP: machine, CI_PROJECT_DIR: work };
    return shell(work, script, { ...base, HOME: machine, ...host, ...env });
  };
  return {
    github: async (name, ref, values, own) => {
      const job = kitJob("github-actions.yml", name);
      const steps = job.steps as readonly Step[];
      const evaluated = (text: string): string => withValues(name, text, { "github.ref": ref, ...values });
      const [first] = steps;
      if (first?.uses?.startsWith("actions/checkout@") !== true) throw new Error(`${name} begins otherwise`);
      const work = checkout(
        evaluated(String(first.with?.ref ?? ref)),
        String(first.with?.["fetch-depth"] ?? 1),
      );
      let ran: Ran | undefined;
      for (const step of steps.filter(({ run }) => run !== undefined)) {
        const given = { ...(job.env as Texts | undefined), ...step.env };
        const env = Object.fromEntries(Object.entries(given).map(([key, text]) => [key, evaluated(text)]));
        const runner = {
          GITHUB_STEP_SUMMARY: path.join(dir, "summary.md"),
          GITHUB_REPOSITORY: "acme/content",
        };
        if ((step.run ?? "").includes("${{")) throw new Error("an expression in a script can bring code");
        ran = await carryOut(work, step.run ?? "", { ...runner, ...env, ...own });
        if (ran.code !== 0) break;
      }
      if (ran === undefined) throw new Error(`${name} runs nothing`);
      return ran;
    },
    gitlab: (name, ref, own) => {
      const job = kitJob("gitlab-ci.yml", name);
      const { GIT_DEPTH } = kitJob("gitlab-ci.yml", "variables") as Texts;
      const script = (job.script as readonly string[]).join("\n");
      const variables = job.variables as Texts | undefined;
      return carryOut(checkout(ref, GIT_DEPTH ?? "20"), script, { ...variables, ...own });
    },
  };
}

/** With the values of the expressions in it. */
function withValues(job: string, text: string, values: Texts): string {
  return text.replaceAll(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`the job ${job} asks for ${expression}`);
    return value;
  });
}

function shell(work: string, script: string, env: Texts): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: work,
      env,
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, out, read: (file) => readFileSync(path.join(work, file), "utf8") });
    });
  });
}

/** What a fake program of the host was asked, and what it was given. */
export function posted({ dir }: Host): { readonly asked: string; readonly comment: string } {
  const text = (file: string) =>
    existsSync(path.join(dir, file)) ? readFileSync(path.join(dir, file), "utf8") : "";
  return { asked: text("gh.log") + text("curl.log"), comment: text("posted.md") };
}

/** A script by which somebody pushes another file. */
export function pushedMeanwhile({ desk }: Host, file: string): string {
  return [
    `cd "${desk}"`,
    `PATH="${"$"}{PATH#*:}"`,
    "git pull --quiet --ff-only origin main",
    `echo "words" > "${file}"`,
    `git add "${file}"`,
    'git -c user.name=Other -c user.email=other@example.org commit --quiet --message "Meanwhile"',
    "git push --quiet origin main",
  ].join("\n");
}
