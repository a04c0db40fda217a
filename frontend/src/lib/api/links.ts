import { answer, api } from "./client";
import type { components } from "./schema";
import type { Link, PasswordCheck, Redeemed } from "./types";

export const inspectLink = (token: string) => answer<Link>(api.POST("/links/inspect", { body: { token } }));
export const redeemLink = (token: string, password?: string) =>
  answer<Redeemed>(api.POST("/links/redeem", { body: { token, password } }));
export const resendLink = (token: string) => answer<object>(api.POST("/links/resend", { body: { token } }));

export const forgotPassword = (email: string) => answer<object>(api.POST("/password/forgot", { body: { email } }));
export const checkPassword = (body: components["schemas"]["PasswordCandidate"], signal?: AbortSignal) =>
  answer<PasswordCheck>(api.POST("/password/check", { body, signal }));
