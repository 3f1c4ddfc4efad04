import { hostname, userInfo } from "node:os";
import { headCommit } from "../content/git.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Context, Environment } from "./context.ts";

/** Who runs a command: the system's user, the machine, the commit that is checked out and, in CI, the job. */
export async function actorOf({ env, cwd }: Pick<Context, "env" | "cwd">): Promise<JsonObject> {
  const job = jobUrl(env);
  const commit = await headCommit(cwd, env);
  return {
    user: userName(env),
    host: hostname(),
    ...(job === undefined ? {} : { ci: job }),
    ...(commit === undefined ? {} : { commit: commit.id, author: commit.author }),
  };
}

/** A container may run under a user that has no name. */
function userName(env: Environment): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER ?? env.USERNAME ?? "";
  }
}

/** The address of the job as the usual CI systems tell it (GitHub, GitLab, Jenkins, Buildkite, CircleCI, Azure). */
function jobUrl(env: Environment): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
  if (GITHUB_SERVER_URL !== undefined && GITHUB_REPOSITORY !== undefined && GITHUB_RUN_ID !== undefined) {
    return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  }
  const azure =
    env.SYSTEM_COLLECTIONURI !== undefined &&
    env.SYSTEM_TEAMPROJECT !== undefined &&
    env.BUILD_BUILDID !== undefined
      ? `${env.SYSTEM_COLLECTIONURI}${env.SYSTEM_TEAMPROJECT}/_build/results?buildId=${env.BUILD_BUILDID}`
      : undefined;
  return env.CI_JOB_URL ?? env.BUILDKITE_BUILD_URL ?? env.CIRCLE_BUILD_URL ?? env.BUILD_URL ?? azure;
}
