/** Folding for the small filters of the page; the search of users is the server's. */

const fold = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Whether every word of the filter is somewhere in the text, whatever case and accents. */
export function foldedIncludes(text: string, filter: string): boolean {
  const where = fold(text);
  return fold(filter)
    .split(/\s+/)
    .every((word) => where.includes(word));
}

/** "a, b and c". */
export const listed = (names: string[]) => new Intl.ListFormat("en", { type: "conjunction" }).format(names);

/** The apostrophes of contractions and of possession as they are printed; the server writes them as on a keyboard. */
export const typographic = (text: string) => text.replace(/(?<=\p{L})'(?=(t|s|re|ll|ve|d)\b)|(?<=s)'(?= )/gu, "’");
