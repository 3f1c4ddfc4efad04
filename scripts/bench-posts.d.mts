/** A live post of some 5 KB with two categories and three tags. Each edition of it has another last paragraph. */
export function benchPost(n: number, edition?: number): string;
