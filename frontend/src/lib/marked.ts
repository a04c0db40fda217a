/** A text in pieces, those that a search found marked. */

export interface Piece {
  text: string;
  marked: boolean;
}

/** Cuts a text at spans of from and to (exclusive), in UTF-16 code units; a span that does not fit is left out. */
export function pieces(text: string, spans: readonly number[][]): Piece[] {
  const all: Piece[] = [];
  let at = 0;
  for (const [from = 0, to = 0] of [...spans].sort(([a = 0], [b = 0]) => a - b)) {
    if (from < at || to <= from || to > text.length) continue;
    all.push({ text: text.slice(at, from), marked: false }, { text: text.slice(from, to), marked: true });
    at = to;
  }
  all.push({ text: text.slice(at), marked: false });
  return all.filter((piece) => piece.text);
}
