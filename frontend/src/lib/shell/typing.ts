const TEXTLESS = ["checkbox", "radio", "button", "submit", "reset", "color", "range", "file"];

/** Whether a key press belongs to a field: then it is never a shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !TEXTLESS.includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
