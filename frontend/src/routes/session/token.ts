/** One-time tokens travel in the fragment, so that no server log sees them; here the history does not either. */
export function takeToken(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}
