/** Works beside the page, so that the page stays quick. */
import { solve, type Posed } from "./solve";

addEventListener("message", ({ data }: MessageEvent<Posed>) => {
  const answer = solve(data, (tried) => postMessage({ tried }));
  postMessage({ answer });
});
