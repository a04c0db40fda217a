/** Tells a page how the reader came to it. */
let navigations = 0;
let begun = false;
let back = false;

// Set by Back and Forward, before the router shows the page; unset by the next way of moving.
addEventListener("popstate", () => (back = true));

export function noteNavigation(): void {
  navigations++;
  setTimeout(() => (back = false));
}

/** Somebody signed in: what they see now is another page, though its address may be the same. */
export const noteSession = () => void (begun = true);

/** Whether they came from another page; the first page counts as one navigation. */
export const arrivedByNavigation = () => begun || navigations > 1;

/** Whether they came by Back or Forward: then they expect the place they left. */
export const arrivedByHistory = () => back;
