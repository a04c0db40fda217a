/**
 * Passkeys: the browser's side of WebAuthn (https://www.w3.org/TR/webauthn-3/). The server speaks JSON, the
 * browser bytes; this turns one into the other, also where the browser itself can't yet, and for password
 * managers whose credentials have no `toJSON`.
 */

/** Options as the server sends them, and credentials as it takes them. */
export type PasskeyJson = Record<string, unknown>;

export function bytesOf(text: string): ArrayBuffer {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0)).buffer;
}

export function textOf(bytes: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

type Described = { id: string; type: string; transports?: string[] | null };
const described = (list: unknown) =>
  ((list ?? []) as Described[]).map(({ transports, ...one }) => ({
    ...one,
    id: bytesOf(one.id),
    ...(transports ? { transports } : {}),
  }));

/** What is null is as good as absent, but not to the browser. */
const present = (json: PasskeyJson) => Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));

export function creationOptions(json: PasskeyJson): PublicKeyCredentialCreationOptions {
  const { challenge, user, excludeCredentials, ...rest } = present(json);
  const { id, ...person } = user as { id: string };
  return {
    ...rest,
    challenge: bytesOf(challenge as string),
    user: { ...person, id: bytesOf(id) },
    excludeCredentials: described(excludeCredentials),
  } as PublicKeyCredentialCreationOptions;
}

export function requestOptions(json: PasskeyJson): PublicKeyCredentialRequestOptions {
  const { challenge, allowCredentials, ...rest } = present(json);
  return {
    ...rest,
    challenge: bytesOf(challenge as string),
    allowCredentials: described(allowCredentials),
  } as PublicKeyCredentialRequestOptions;
}

/** A credential as JSON, with those parts of the answer that its kind has. */
export function credentialJson(credential: PublicKeyCredential): PasskeyJson {
  const from = credential.response as Partial<AuthenticatorAssertionResponse & AuthenticatorAttestationResponse>;
  const response: PasskeyJson = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] as const) {
    if (from[part]) response[part] = textOf(from[part]);
  }
  if (from.getTransports) response.transports = from.getTransports();
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults?.() ?? {},
  };
}

/** Whether this browser, at this address, can do it: not over http, and not at an IP address. */
export const passkeysWork = () => typeof PublicKeyCredential !== "undefined" && !/^[\d.]+$|^\[/.test(location.hostname);

/** Whether the browser offers passkeys where it fills in the e-mail. */
export async function passkeysFillIn(): Promise<boolean> {
  if (!passkeysWork()) return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false)) ?? false;
}

/** Makes a passkey for the one who is signed in. */
export async function createPasskey(json: PasskeyJson): Promise<PasskeyJson> {
  const made = await navigator.credentials.create({ publicKey: creationOptions(json) });
  return credentialJson(made as PublicKeyCredential);
}

/** Asks for a passkey: in a window of the browser's own, or (`filling`) quietly, where the e-mail is filled in. */
export async function usePasskey(json: PasskeyJson, filling?: AbortSignal): Promise<PasskeyJson> {
  const publicKey = requestOptions(json);
  const asked = filling ? { publicKey, mediation: "conditional" as const, signal: filling } : { publicKey };
  return credentialJson((await navigator.credentials.get(asked)) as PublicKeyCredential);
}

/** What the browser says when no passkey came of it, in plain words; null when it is not from there. */
export function passkeyProblem(error: unknown): string | null {
  if (!(error instanceof DOMException)) return null;
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (error.name === "NotAllowedError") return "No passkey was used. Try again, or choose another way.";
  if (error.name === "SecurityError") return "Passkeys don’t work at this address. Choose another way.";
  return "This browser could not use a passkey. Choose another way.";
}
