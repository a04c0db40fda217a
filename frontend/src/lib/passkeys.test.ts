import { expect, test } from "vitest";
import { bytesOf, creationOptions, credentialJson, passkeyProblem, requestOptions, textOf } from "./passkeys";

const buffer = (...bytes: number[]) => new Uint8Array(bytes).buffer;
const list = (bytes: BufferSource) => [...new Uint8Array(bytes as ArrayBuffer)];

test("bytes and base64url, every length and every letter", () => {
  for (const bytes of [[], [0], [255, 254], [251, 255, 191], Array.from({ length: 256 }, (_, i) => i)]) {
    const text = textOf(buffer(...bytes));
    expect(text).toMatch(/^[\w-]*$/);
    expect(list(bytesOf(text))).toEqual(bytes);
  }
  expect(textOf(buffer(251, 255, 191))).toBe("-_-_");
});

test("options for a new passkey: bytes where bytes belong, nothing that is null", () => {
  const options = creationOptions({
    challenge: "AQID",
    timeout: null,
    rp: { id: "localhost", name: "Rollcall" },
    user: { id: "BAU", name: "ada@example.com", displayName: "Ada" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    excludeCredentials: [{ type: "public-key", id: "Bg", transports: null }],
  });
  expect(list(options.challenge)).toEqual([1, 2, 3]);
  expect(list(options.user.id)).toEqual([4, 5]);
  expect(options.user.displayName).toBe("Ada");
  expect(list(options.excludeCredentials![0]!.id)).toEqual([6]);
  expect(options.excludeCredentials![0]).not.toHaveProperty("transports");
  expect(options).not.toHaveProperty("timeout");
});

test("options to use one: any of this portal's when none is named", () => {
  const options = requestOptions({ challenge: "AQID", rpId: "localhost", userVerification: "required" });
  expect(options.allowCredentials).toEqual([]);
  expect(options.userVerification).toBe("required");
});

test("a credential goes back as text, with the parts that it has", () => {
  const credential = {
    id: "Bg",
    rawId: buffer(6),
    type: "public-key",
    response: { clientDataJSON: buffer(1), authenticatorData: buffer(2), signature: buffer(3), userHandle: null },
  } as unknown as PublicKeyCredential;
  expect(credentialJson(credential)).toEqual({
    id: "Bg",
    rawId: "Bg",
    type: "public-key",
    response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" },
    clientExtensionResults: {},
  });
});

test("a window that was closed is told in plain words, other errors are not the browser's", () => {
  expect(passkeyProblem(new DOMException("x", "NotAllowedError"))).toMatch(/Try again/);
  expect(passkeyProblem(new DOMException("x", "InvalidStateError"))).toMatch(/already/);
  expect(passkeyProblem(new TypeError("x"))).toBeNull();
});
