/** The puzzle of a sign-up past the pace: an answer whose hash begins with so many zero bits. */
import { hasher } from "./sha256";

export interface Posed {
  challenge: string;
  difficulty: number;
}

/** How often one is told how far it is. */
const EVERY = 20_000;

export function zeroBits(hash: Uint32Array): number {
  const first = hash.findIndex((word) => word !== 0);
  return first < 0 ? hash.length * 32 : first * 32 + Math.clz32(hash[first]!);
}

/** Tries one number after the other; `tried` hears how many it were. */
export function solve({ challenge, difficulty }: Posed, tried: (count: number) => void): string {
  const hash = hasher(`${challenge}:`);
  for (let n = 0; ; n++) {
    const answer = String(n);
    if (zeroBits(hash(answer)) >= difficulty) return answer;
    if (n % EVERY === EVERY - 1) tried(n + 1);
  }
}
