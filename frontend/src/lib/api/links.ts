import { post } from "./client";
import type { Link, PasswordCheck, Redeemed } from "./types";

export const inspectLink = (token: string) => post<Link>("/links/inspect", { token }, { public: true });
export const redeemLink = (token: string, password?: string) =>
  post<Redeemed>("/links/redeem", { token, ...(password === undefined ? {} : { password }) }, { public: true });
export const resendLink = (token: string) => post<unknown>("/links/resend", { token }, { public: true });

export const forgotPassword = (email: string) => post<unknown>("/password/forgot", { email }, { public: true });
export const checkPassword = (
  body: { password: string; name?: string; email?: string; company?: string },
  signal?: AbortSignal,
) => post<PasswordCheck>("/password/check", body, { public: true, signal });
