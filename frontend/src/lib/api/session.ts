import { answer, api } from "./client";
import type { PasskeyJson } from "../passkeys";
import type { Proof, ProofAsked, Session } from "./types";

export const readSession = () => answer<Session>(api.GET("/session"));
export const signIn = (email: string, password: string) =>
  answer<Session>(api.POST("/session", { body: { email, password } }));
/** The second step, after a password that was right. */
export const proveSignIn = (proof: Proof) => answer<Session>(api.POST("/session/second-factor", { body: proof }));
/** A passkey alone signs in. */
export const beginPasskey = (signal?: AbortSignal) =>
  answer<{ passkey: PasskeyJson }>(api.POST("/session/passkey/begin", { body: {}, signal }));
export const signInByPasskey = (passkey: PasskeyJson) =>
  answer<Session>(api.POST("/session/passkey", { body: { passkey } }));

/** What can be asked of one who is signed in and shall prove it once more. */
export const beginStepUp = () => answer<ProofAsked>(api.POST("/session/step-up/begin", { body: {} }));
export const stepUp = (proof: Proof) => answer<Session>(api.POST("/session/step-up", { body: proof }));
export const signOut = () => answer<void>(api.DELETE("/session"));
export const returnToOwnAccount = () => answer<Session>(api.DELETE("/session/impersonation"));

export const signUp = (body: { name: string; email: string; company?: string }) =>
  answer<object>(api.POST("/sign-up", { body }));
