/** The user just created: their row is marked when the list shows it. */
export const recent = $state({ id: "" });
