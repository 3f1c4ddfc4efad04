const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Colour = keyof typeof CODES;

/** Puts ANSI colours round a text, or leaves it alone where none are wanted. */
export type Paint = (colour: Colour, text: string) => string;

export function painter(wanted: boolean): Paint {
  if (!wanted) return (_, text) => text;
  return (colour, text) => {
    const [on, off] = CODES[colour];
    return text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`;
  };
}
