/** Where the focus goes when what had it is gone: without a place, a reader by keys or ear begins at the top again. */
import { tick } from "svelte";
import { entryOf } from "./rows";

/** From where a dialog was opened, and the part of the page that this is in: that outlives a button. */
interface Opener {
  element: Element | null;
  part: Element | null;
}
const openers = new WeakMap<Element, Opener>();

const isLost = () => !document.activeElement || document.activeElement === document.body;
const inDialog = () => document.querySelector("dialog[open]") !== null;
const isHeading = (element: Element | null) => element?.matches("h1, h2") ?? false;

/** Before a dialog opens. One opened from another one was opened from where that one was. */
export function noteOpener(dialog: Element): void {
  const element = document.activeElement;
  const outer = element?.closest("dialog");
  const known = outer && openers.get(outer);
  openers.set(dialog, known ?? { element, part: partOf(element) });
}

/** A heading is not in the order of Tab, but it can have the focus. */
function focusHeading(within: Element | null): void {
  const heading = within?.isConnected ? within.querySelector<HTMLElement>("h1, h2") : null;
  if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  heading?.focus({ preventScroll: true });
}

/**
 * When nothing has the focus: a better place, if there is one, else the heading of the part, or of the page. While a
 * dialog is open only what was in it is looked after.
 */
export function rescueFocus(place?: HTMLElement | null, part: Element | null = null): void {
  if (!isLost() || (inDialog() && !part?.matches("dialog[open]"))) return;
  place?.focus({ preventScroll: true });
  if (isLost()) focusHeading(part);
  if (isLost()) focusHeading(document.querySelector("main"));
}

/** The part of the page that something is in: where to look for a heading once it is gone. */
export const partOf = (element: Element | null | undefined) => element?.closest("section, dialog, main") ?? null;

/** Before other rows take the place of these, by a key far below them: one reads on at the first, or at the heading. */
export async function readFromTop(): Promise<void> {
  await tick();
  const page = document.querySelector("main");
  const first = entryOf(page);
  if (first) first.focus({ preventScroll: true });
  else focusHeading(page);
}

/** Before one stage takes another's place: the next one's heading has the focus, and so it is read out. */
export async function handOver(stage: Element | null | undefined): Promise<void> {
  const held = document.activeElement;
  // One who went elsewhere meanwhile stays there.
  if (!stage?.contains(held) && !isHeading(held)) return;
  await tick();
  if (isHeading(document.activeElement)) focusHeading(stage ?? null);
  else rescueFocus(null, stage);
}

/** After a dialog was closed: the browser gives the focus back by itself, unless what had it is gone. */
export function restoreFocus(dialog: Element): void {
  const opener = openers.get(dialog);
  // Where nothing had it before, nothing is missed.
  if (!opener?.element || opener.element === document.body || !isLost() || inDialog()) return;
  rescueFocus(opener.element as HTMLElement, opener.part);
}
