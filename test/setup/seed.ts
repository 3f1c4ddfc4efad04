import fc from "fast-check";

/**
 * Property tests draw the same values in every run of one state of the code: what passes here passes everywhere, and a
 * failure repeats. `AINSTEIN_SEED=<number>` draws others; the soak test draws new ones each time.
 */
fc.configureGlobal({ seed: Number(process.env.AINSTEIN_SEED ?? 2016) });
