/** Installs 5 or 6 unless it is there: some 800 MB, a few minutes. Throws with the last words of what failed, and leaves nothing. */
export function installGhost(version: number): Promise<void>;

/** Removes what installations left in this directory that were cut off. */
export function sweep(cache: string): void;
