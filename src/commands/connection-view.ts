import type { Account } from "../connectors/contract.ts";
import type { Refusals } from "../connectors/setup.ts";
import { redactUrl } from "../lib/redact.ts";
import type { ConnectionRecord } from "../store/connections.ts";

/** A connection for JSON lines and exports; holds no secret. */
export function describeConnection(record: ConnectionRecord, account?: Account): Record<string, unknown> {
  const { platform, url, auth, username, settings, proxy, caFile, site, siteTitle, createdAt, checkedAt } =
    record;
  return {
    name: record.name,
    platform,
    url,
    auth,
    ...(username === undefined ? {} : { username }),
    settings,
    ...(proxy === undefined ? {} : { proxy: redactUrl(proxy) }),
    ...(caFile === undefined ? {} : { caFile }),
    site,
    siteTitle,
    account: record.account,
    createdAt,
    checkedAt,
    ...(account === undefined ? {} : viewOf(account)),
  };
}

function viewOf(account: Account): Record<string, unknown> {
  const { roles, may, notices, timezone, software, siteUrl } = account;
  return { siteUrl, roles, may, notices, timezone, software };
}

/** The site by its title and address; by its address alone where the platform tells no title but that. */
export function siteWords({ siteTitle, siteUrl }: Account): string {
  const isAddress = siteTitle === "" || (URL.canParse(siteUrl) && new URL(siteUrl).host === siteTitle);
  return isAddress ? siteUrl : `${siteTitle} at ${siteUrl}`;
}

/** The account, with its roles as far as the platform tells them. */
/** The account without what the site was found to refuse it. */
export function lessRefused(account: Account, refused: Refusals | undefined): Account {
  if (refused === undefined) return account;
  const may = account.may.filter((right) => !refused.rights.includes(right));
  return { ...account, may, notices: [...account.notices, ...refused.notices] };
}

export function whoWords({ name, roles }: Account): string {
  return roles.length === 0 ? name : `${name} (${roles.join(", ")})`;
}
