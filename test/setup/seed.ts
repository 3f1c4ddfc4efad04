import fc from "fast-check";

/**
 * Property tests, and those that kill at random moments, draw the same values in every run of one state of the code: a
 * failure repeats. `AINSTEIN_SEED=<number>` draws others; the soak test draws new ones each time.
 */
export const SEED = Number(process.env.AINSTEIN_SEED ?? 2016);

fc.configureGlobal({ seed: SEED });
