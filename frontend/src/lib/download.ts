/**
 * Files that the server makes. They are fetched by the page, so that what is refused, or breaks off half-way, is said
 * in words; the browser keeps what is large on its disk meanwhile. (A backup may be larger than that: it stays a plain
 * link, see fresh.ts.)
 */
import { fetchFile } from "./api/client";
import { ApiError, isAbort, wordsFor } from "./api/problem";
import { wait } from "./format";
import { toasts } from "./toasts.svelte";

/** Without it Excel takes a CSV for one in an older encoding, and spoils every accent. Programs get it without. */
const MARK = "\u{feff}";
const marked = (name: string, file: Blob) =>
  name.endsWith(".csv") ? new Blob([MARK, file], { type: file.type }) : file;

/** What takes longer says that it is under way. */
const QUICK = 1500;

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function downloadProblem(error: unknown): string {
  if (!(error instanceof ApiError) || error.status !== 429) return wordsFor(error);
  return `Too many downloads are under way. Try again ${error.retryAfter ? `in ${wait(error.retryAfter)}` : "in a moment"}.`;
}

const underWay = new Set<string>();

/** For the `onclick` of a link to a file. */
export async function download(event: MouseEvent): Promise<void> {
  // Whoever wants it elsewhere gets it there.
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { href } = event.currentTarget as HTMLAnchorElement;
  event.preventDefault();
  if (underWay.has(href)) return;
  underWay.add(href);
  const slow = setTimeout(() => toasts.done("The file is being made. Stay on these pages until it is here."), QUICK);
  try {
    const { name, file } = await fetchFile(href);
    saveBlob(name, marked(name, file));
  } catch (error) {
    if (!isAbort(error)) toasts.problem(downloadProblem(error));
  } finally {
    clearTimeout(slow);
    underWay.delete(href);
  }
}
