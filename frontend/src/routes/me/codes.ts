/** Recovery codes as a file, made on this page: they are in no answer but the one that brought them. */

export const codesFile = (portal: string, address: string, email: string, codes: string[]) =>
  [
    `Recovery codes of ${email}`,
    `${portal}, ${address}`,
    "",
    "Each signs you in once, in place of your second factor. Keep them where nobody else finds them.",
    "",
    ...codes,
    "",
  ].join("\r\n");

export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
