import { answer, api } from "./client";
import type { Batch, Bulk, BulkResult, List, Undone } from "./types";

const of = (undo_id: string) => ({ params: { path: { undo_id } } });

export const bulkUsers = (body: Bulk) => answer<BulkResult>(api.POST("/users/bulk", { body }));
/** Bulk actions and imports of the last 30 days, newest first. */
export const listBatches = (query: { page?: number; per_page?: number }) =>
  answer<List<Batch>>(api.GET("/undo", { params: { query } }));
/** One of them: how far it is. */
export const readBatch = (undo_id: string) => answer<Batch>(api.GET("/undo/{undo_id}", of(undo_id)));
export const undoBatch = (undo_id: string) => answer<Undone>(api.POST("/undo/{undo_id}", of(undo_id)));
