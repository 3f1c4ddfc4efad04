import { recent } from "../../lib/remember.ts";
import type { Addresses } from "./addresses.ts";

type Encode = (markdown: string, stored: string, addresses: Addresses) => string;

/** A question that was put to the addresses, and the answer as JSON. */
interface Asked {
  readonly name: keyof Addresses;
  readonly args: readonly string[];
  readonly answer: string;
}

interface Known {
  readonly markdown: string;
  readonly asked: readonly Asked[];
  readonly result: string;
}

/**
 * The same function, whose results stand for as long as the addresses that each asked for are what they were. A document
 * is encoded when it is compared, when its losses are looked for and when it is sent, and mostly nothing changed between.
 * About `most` characters are kept.
 */
export function rememberedEncode(encode: Encode, most: number): Encode {
  const known = recent<Known>(most);
  return (markdown, stored, addresses) => {
    const before = known.get(stored);
    if (
      before?.markdown === markdown &&
      before.asked.every((one) => one.answer === answerOf(addresses, one))
    ) {
      return before.result;
    }
    const asked: Asked[] = [];
    const result = encode(markdown, stored, watched(addresses, asked));
    known.set(stored, { markdown, asked, result }, stored.length + markdown.length + result.length);
    return result;
  };
}

function answerOf(addresses: Addresses, { name, args }: Pick<Asked, "name" | "args">): string {
  const [first = "", second] = args;
  return JSON.stringify(addresses[name]?.(first, second)) ?? "";
}

/** The same addresses, noting what they are asked. */
function watched(addresses: Addresses, asked: Asked[]): Addresses {
  const noting =
    <A extends readonly (string | undefined)[], R>(
      name: keyof Addresses,
      ask: ((...args: A) => R | undefined) | undefined,
    ) =>
    (...args: A): R | undefined => {
      const answer = ask?.(...args);
      asked.push({ name, args: args as readonly string[], answer: JSON.stringify(answer) ?? "" });
      return answer;
    };
  return {
    toSite: noting("toSite", addresses.toSite),
    toLocal: noting("toLocal", addresses.toLocal),
    linkToSite: noting("linkToSite", addresses.linkToSite),
    linkToLocal: noting("linkToLocal", addresses.linkToLocal),
    whole: noting("whole", addresses.whole),
  };
}
