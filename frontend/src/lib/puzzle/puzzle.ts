/** Solves a puzzle in a worker: a file of its own, from here. */
import type { Posed } from "./solve";

export interface Puzzle extends Posed {
  expires_at: string;
}

type Told = { tried: number; answer?: undefined } | { answer: string };

/** `tried` hears how many tries it were so far; `stop` ends it. */
export function solvePuzzle(puzzle: Puzzle, tried: (count: number) => void, stop: AbortSignal): Promise<string> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise<string>((found, failed) => {
    stop.addEventListener("abort", () => failed(stop.reason));
    worker.onerror = (event) => failed(new Error(event.message || "the puzzle’s worker could not be started"));
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.answer === undefined) tried(data.tried);
      else found(data.answer);
    };
    worker.postMessage({ challenge: puzzle.challenge, difficulty: puzzle.difficulty } satisfies Posed);
  });
  return answer.finally(() => worker.terminate());
}

/** How many tries it takes as a rule. */
export const usualTries = ({ difficulty }: Posed) => 2 ** difficulty;
