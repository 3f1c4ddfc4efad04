// Where a host is looked at by the doctor: an operator's machine, and sites in front of which something stands.
import { afterEach, beforeEach } from "vitest";
import { doctor } from "../../../src/commands/doctor.ts";
import type { Finding } from "../../../src/report/findings.ts";
import { type FakeWordPress, startFakeWordPress } from "../../fakes/wordpress.ts";
import type { Quirks } from "../../fakes/wordpress-state.ts";
import { createOperator, type Operator, type Ran } from "../operator.ts";
import { type Between, inFront, plain, stopHosts } from "./hosts.ts";

export interface Practice {
  readonly wordpress: (quirks?: Quirks) => Promise<FakeWordPress>;
  /** The address of a WordPress with something in front. */
  readonly behind: (between: Between, quirks?: Quirks) => Promise<string>;
  /** Asks the doctor about a connection to the site at this address. */
  readonly ask: (url: string, more?: Readonly<Record<string, unknown>>) => Promise<Ran>;
  readonly cwd: () => string;
}

/** One for each test of the file. */
export function openPractice(): Practice {
  let operator: Operator;
  const sites: FakeWordPress[] = [];
  beforeEach(() => {
    operator = createOperator();
  });
  afterEach(async () => {
    stopHosts();
    for (const site of sites.splice(0)) await site.stop();
    operator.remove();
  });
  const wordpress: Practice["wordpress"] = async (quirks = {}) => {
    const site = await startFakeWordPress(quirks);
    sites.push(site);
    return site;
  };
  return {
    wordpress,
    behind: async (between, quirks = {}) => plain(inFront(await wordpress(quirks), between)),
    ask: (url, more = {}) => {
      const connection = {
        platform: "wordpress",
        url: `${url}/wp-json`,
        auth: "app-password",
        username: "admin",
        password: "admin pass",
        ...more,
      };
      return operator.run(doctor, ["acme"], {
        env: { AINSTEIN_CONNECTION_ACME: JSON.stringify(connection) },
      });
    },
    cwd: () => operator.cwd,
  };
}

export function findings(ran: Ran): readonly Finding[] {
  return ran.records.filter(({ type }) => type === "finding") as unknown as Finding[];
}

/** What is broken, as `check: code`. */
export function breaking(ran: Ran): readonly string[] {
  return findings(ran).flatMap(({ state, check, code }) => (state === "broken" ? [`${check}: ${code}`] : []));
}
