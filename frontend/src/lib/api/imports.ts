import { answer, api, given, pathOf } from "./client";
import type { Import, ImportRows, RowAction } from "./types";

const of = (import_id: string) => ({ params: { path: { import_id } } });

/** What is asked for beside the file; `map` is column → field. */
export interface ImportOptions {
  map?: Record<string, string> | null;
  create_missing?: boolean;
}

export const previewImport = (file: Blob, { map, create_missing }: ImportOptions) =>
  answer<Import>(
    api.POST("/users/import", {
      params: {
        query: given({ map: map ? JSON.stringify(map) : "", create_missing: create_missing ? "true" : "" }),
      },
      // The file as it is: the browser sends it from the disk.
      body: file as unknown as string,
      bodySerializer: (body) => body as unknown as Blob,
      headers: { "Content-Type": "text/csv" },
    }),
  );
export const readImport = (
  import_id: string,
  query: { action?: RowAction | ""; page?: number; per_page?: number } = {},
) => answer<ImportRows>(api.GET("/users/import/{import_id}", { params: { path: { import_id }, query: given(query) } }));
export const applyImport = (import_id: string, welcome: boolean) =>
  answer<Import>(api.POST("/users/import/{import_id}/apply", { ...of(import_id), body: { welcome } }));
export const cancelImport = (import_id: string) => answer<void>(api.DELETE("/users/import/{import_id}", of(import_id)));

/** The rows that were not taken, as a file. */
export const importErrorsCsv = (import_id: string) => pathOf(`/users/import/${import_id}/errors.csv`);
