/** Counts what was changed on one's own page, so that its lists are read anew. */
export const changes = $state({ count: 0 });
