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
