/** Tells the other tabs of this browser, where it can, that the session they share began, ended or changed hands. */
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("rollcall.session");

/** To be called after the server did it: they ask it at once. */
export const tellTabs = () => channel?.postMessage(null);

export const onTold = (handler: () => unknown) => channel?.addEventListener("message", () => void handler());
