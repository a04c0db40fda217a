/** Tells a page whether the reader came from another page or opened it directly. */
let navigations = 0;

export const noteNavigation = () => navigations++;
/** The first page counts as one navigation. */
export const arrivedByNavigation = () => navigations > 1;
