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
export const listUserTokens = (id: string) =>
  everyPage((page) =>
    answer<List<Token>>(api.GET("/users/{id}/tokens", { params: { path: { id }, query: { page, per_page: 200 } } })),
  );
export const revokeUserToken = (id: string, token_id: string) =>
  answer<void>(api.DELETE("/users/{id}/tokens/{token_id}", { params: { path: { id, token_id } } }));
/** The answer alone has the secret. */
export const createMyToken = (body: TokenDraft) => answer<NewToken>(api.POST("/me/tokens", { body }));
export const revokeMyToken = (id: string) => answer<void>(api.DELETE("/me/tokens/{id}", { params: { path: { id } } }));
