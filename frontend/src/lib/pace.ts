/**
 * Browsers refuse a page that changes its address too often (Safari: 100 times in 10 seconds), as a held
 * key would. Up to a number of times everything runs at once; beyond it only the last one, a little later.
 */
export function paced<T>(run: (value: T) => void, most = 60, within = 10_000, later = 250): (value: T) => void {
  let times: number[] = [];
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const now = (value: T) => {
    times.push(Date.now());
    run(value);
  };
  return (value) => {
    clearTimeout(waiting);
    times = times.filter((time) => Date.now() - time < within);
    if (times.length < most) now(value);
    else waiting = setTimeout(() => now(value), later);
  };
}
