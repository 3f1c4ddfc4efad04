import { Fault } from "../lib/fault.ts";
import { excerpt } from "../lib/redact.ts";
import type { Answer } from "./transport.ts";

/** An HTML page that came where data was due. */
export interface Page {
  readonly title: string;
  /** Set when somebody in front of the site wants to see a browser: what to quote to them, or "". */
  readonly challenge: string | undefined;
}

const CHALLENGE_TITLE =
  /just a moment|attention required|checking your browser|verifying you are human|are you (a )?(human|robot)|captcha|ddos-guard|sucuri website firewall|security check|access denied/i;
const CHALLENGE_BODY =
  /_Incapsula_Resource|sgcaptcha|cdn-cgi\/challenge-platform|cf-turnstile|g-recaptcha|h-captcha/;

/** Reads an answer as a page; undefined when it is not HTML. */
export function readPage(answer: Answer): Page | undefined {
  const challenged = answer.headers["cf-mitigated"] === "challenge";
  const start = answer.body.subarray(0, 200_000).toString("utf8");
  const isHtml = /^\s*(<!doctype html|<html|<head|<body|<!--)/i.test(start.replace(/^\ufeff/, ""));
  if (!isHtml && !challenged && !/^text\/html/i.test(answer.headers["content-type"] ?? "")) return undefined;
  const title = excerpt(unescapeHtml(/<title[^>]*>([^<]*)<\/title>/i.exec(start)?.[1] ?? ""), 120);
  const suspicious = CHALLENGE_TITLE.test(title) || (answer.status >= 400 && CHALLENGE_BODY.test(start));
  return {
    title,
    challenge: challenged || suspicious ? excerpt(answer.headers["cf-ray"] ?? "", 60) : undefined,
  };
}

/** A request as messages name it. */
export interface Named {
  readonly name: string;
  readonly origin: string;
}

/** A page came from somebody in front of the site. */
export function pageFault(page: Page, answer: Answer, asked: Named): Fault {
  const title = page.title === "" ? "" : ` titled "${page.title}"`;
  return new Fault(
    "unavailable",
    `${asked.name}: ${asked.origin} answered ${answer.status} with a web page${title} where data was due.`,
    {
      code: "html-instead-of-json",
      httpStatus: answer.status,
      hint: "A plug-in, a login wall, a maintenance page or a firewall answers in place of the site's interface: open the site in a browser to see which, then run the command again.",
    },
  );
}

/** Somebody in front of the site wants to see a browser. */
export function challengeFault(page: Page, answer: Answer, asked: Named): Fault {
  const ray = page.challenge === undefined || page.challenge === "" ? "" : ` (ray id ${page.challenge})`;
  const title = page.title === "" ? "" : ` "${page.title}"`;
  return new Fault(
    "unavailable",
    `${asked.origin} is behind a guard that wants to see a browser: it answered ${answer.status}${title}${ray}.`,
    {
      code: "challenge-page",
      httpStatus: answer.status,
      scope: "connection",
      hint: `Ask whoever looks after that guard to let this machine's address, or the User-Agent "ainstein-cms", through to the paths of the site's interface (/wp-json/ for WordPress)${ray === "" ? "" : ", quoting the ray id"}; or to issue a header that passes it, given here with \`connect --header-stdin\`.`,
    },
  );
}

/** The few entities that titles are written with; unknown ones stay as they are. */
export function unescapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: " ",
    ndash: "–",
    mdash: "—",
    hellip: "…",
    laquo: "«",
    raquo: "»",
  };
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
