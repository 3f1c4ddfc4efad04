/** Distance between the quartiles as a share of the median; of fewer than four values that of the extremes. */
export function spread(values: readonly number[]): number;

/**
 * What the calibrations of one run say: in words, and whether it forbids to claim anything. `ms` is what the same work
 * took, `share` the part of all cores that it got, 0 to 1.
 */
export function noiseOf(calibrations: readonly { readonly ms: number; readonly share: number }[]): {
  readonly words: string;
  readonly tooNoisy: boolean;
};

/** Runs every variant once a round, each round beginning with another one; samples of one index are of one round. */
export function interleave<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<{
  readonly samples: Readonly<Record<Name, readonly unknown[]>>;
  readonly noise: { readonly words: string; readonly tooNoisy: boolean };
}>;
