import { answer, api } from "./client";
import { everyPage } from "./pages";
import type { List, NewToken, Permission, Token } from "./types";

export interface TokenDraft {
  name: string;
  permissions: Permission[];
  expires_at: string;
}

export const listMyTokens = () =>
  everyPage((page) => answer<List<Token>>(api.GET("/me/tokens", { params: { query: { page, per_page: 200 } } })));
/** The answer alone has the secret. */
export const createMyToken = (body: TokenDraft) => answer<NewToken>(api.POST("/me/tokens", { body }));
export const revokeMyToken = (id: string) => answer<void>(api.DELETE("/me/tokens/{id}", { params: { path: { id } } }));
