/** Tells a page how the reader came to it. */
let navigations = 0;
let back = false;

// Set by Back and Forward, before the router shows the page; unset by the next way of moving.
addEventListener("popstate", () => (back = true));

export function noteNavigation(): void {
  navigations++;
  setTimeout(() => (back = false));
}

/** Whether they came from another page; the first page counts as one navigation. */
export const arrivedByNavigation = () => navigations > 1;

/** Whether they came by Back or Forward: then they expect the place they left. */
export const arrivedByHistory = () => back;
