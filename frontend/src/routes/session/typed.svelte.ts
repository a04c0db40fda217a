/** Carries the e-mail from one page of coming in to the next, so that it is typed once. */
export const typed = $state({ email: "" });
