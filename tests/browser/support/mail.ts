/** Reads a mail as a mail program does: the headers decoded, the text and the HTML of it (RFC 2045 to 2047). */

export interface ReceivedMail {
  sender: string;
  recipients: string[];
  headers: Map<string, string>;
  subject: string;
  text: string;
  html: string;
  /** The one-time link, as it stands in the text; "" when there is none. */
  link: string;
}

interface Part {
  headers: Map<string, string>;
  body: string;
}

/** `raw` holds bytes, one a character. */
export function readMail(sender: string, recipients: string[], raw: string): ReceivedMail {
  const mail = split(raw);
  const leaves = leavesOf(mail);
  const content = (type: string) => leaves.find((leaf) => typeOf(leaf).startsWith(type))?.body ?? "";
  const text = content("text/plain");
  return {
    sender,
    recipients: [...recipients],
    headers: mail.headers,
    subject: words(mail.headers.get("subject") ?? ""),
    text,
    html: content("text/html"),
    link: /https?:\/\/\S+\/link#\S+/.exec(text)?.[0] ?? "",
  };
}

const typeOf = (part: Part) => (part.headers.get("content-type") ?? "text/plain").toLowerCase();

function split(raw: string): Part {
  const end = raw.indexOf("\r\n\r\n");
  const head = (end < 0 ? raw : raw.slice(0, end)).replace(/\r\n[ \t]+/g, " ");
  const headers = new Map<string, string>();
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: end < 0 ? "" : raw.slice(end + 4) };
}

/** The parts that hold no parts, decoded. */
function leavesOf(part: Part): Part[] {
  const boundary = /boundary="?([^";]+)/i.exec(part.headers.get("content-type") ?? "")?.[1];
  if (!boundary) return [{ ...part, body: decoded(part) }];
  return part.body
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap((piece) => leavesOf(split(piece.replace(/^\r\n/, "").replace(/\r\n$/, ""))));
}

function decoded(part: Part): string {
  switch (part.headers.get("content-transfer-encoding")?.toLowerCase()) {
    case "base64":
      return Buffer.from(part.body, "base64").toString("utf8");
    case "quoted-printable":
      return Buffer.from(unquoted(part.body.replace(/=\r\n/g, "")), "latin1").toString("utf8");
    default:
      return Buffer.from(part.body, "latin1").toString("utf8");
  }
}

const unquoted = (text: string) =>
  text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** Encoded words, =?utf-8?B?…?= and =?utf-8?Q?…?=; the blank between two of them is not part of the text. */
function words(header: string): string {
  const joined = header.replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, body: string) =>
    Buffer.from(
      kind.toLowerCase() === "b" ? body : unquoted(body.replaceAll("_", " ")),
      kind.toLowerCase() === "b" ? "base64" : "latin1",
    ).toString("utf8"),
  );
}
