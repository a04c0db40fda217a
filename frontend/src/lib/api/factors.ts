import type { PasskeyJson } from "../passkeys";
import { answer, api } from "./client";
import type { OfferedApp, OfferedPasskey, ConfirmedFactor, Factor, List, NewCodes } from "./types";

const of = (id: string) => ({ params: { path: { id } } });
const ALL = { per_page: 200 };

export const listMyFactors = () => answer<List<Factor>>(api.GET("/me/factors", { params: { query: ALL } }));
/** A factor counts from its confirmation on; one that is not confirmed is forgotten in ten minutes. */
export const beginApp = () => answer<OfferedApp>(api.POST("/me/factors", { body: { kind: "totp" } }));
export const beginPasskeyFactor = (name: string) =>
  answer<OfferedPasskey>(api.POST("/me/factors", { body: { kind: "passkey", name } }));
/** New ones, to be shown once; the older ones stop working. */
export const makeRecoveryCodes = () => answer<NewCodes>(api.POST("/me/factors", { body: { kind: "recovery-codes" } }));
export const confirmFactor = (id: string, proof: { code: string } | { passkey: PasskeyJson }) =>
  answer<ConfirmedFactor>(api.POST("/me/factors/{id}/confirm", { ...of(id), body: proof }));
export const renameFactor = (id: string, name: string) =>
  answer<Factor>(api.PATCH("/me/factors/{id}", { ...of(id), body: { name } }));
export const removeFactor = (id: string) => answer<void>(api.DELETE("/me/factors/{id}", of(id)));

export const listUserFactors = (id: string) =>
  answer<List<Factor>>(api.GET("/users/{id}/factors", { params: { path: { id }, query: ALL } }));
/** All of them: for someone who lost theirs. */
export const removeUserFactors = (id: string) => answer<void>(api.DELETE("/users/{id}/factors", of(id)));
