/** One import on its way: chosen, mapped, previewed, applied. */
import { applyImport, cancelImport, previewImport, readImport } from "$lib/api/imports";
import { ApiError } from "$lib/api/problem";
import type { ImportFile, ImportRows, RowAction } from "$lib/api/types";
import { counted } from "$lib/format";
import { toasts } from "$lib/toasts.svelte";
import { bulk } from "./bulk.svelte";

export const PER_PAGE = 50;
/** How often one that takes a while is asked how far it is. */
const EVERY = 500;

export type Step = "choose" | "map" | "reading" | "preview" | "applying" | "done";

export class UserImport {
  step = $state<Step>("choose");
  busy = $state(false);
  error = $state.raw<unknown>(null);
  /** As long as the page is open; after a reload there is only what the server knows. */
  file = $state.raw<File | null>(null);
  /** What the server makes of it. */
  seen = $state.raw<ImportFile | null>(null);
  /** The import with the rows that are shown. */
  now = $state.raw<ImportRows | null>(null);
  action = $state<RowAction | "">("");
  page = $state(1);
  createMissing = $state(false);
  welcome = $state(false);
  undone = $state(false);
  #map: Record<string, string> | null = null;
  #watching = 0;
  #onid: (id: string | null) => void;

  /** `onid` is told which import the page is about. */
  constructor(onid: (id: string | null) => void) {
    this.#onid = onid;
  }

  /** Takes up one that the address names. */
  async resume(id: string): Promise<void> {
    this.step = "reading";
    await this.#go(async () => {
      await this.#watch(id);
    });
    if (this.error) this.reset(this.error);
  }

  reset(error: unknown = null): void {
    this.#watching++;
    Object.assign(this, { step: "choose", file: null, seen: null, now: null, createMissing: false, welcome: false });
    Object.assign(this, { undone: false, action: "", page: 1, error });
    this.#map = null;
    this.#onid(null);
  }

  stop(): void {
    this.#watching++;
  }

  async choose(file: File): Promise<void> {
    this.file = file;
    this.#map = null;
    await this.preview();
  }

  async mapped(map: Record<string, string>): Promise<void> {
    this.#map = map;
    await this.preview();
  }

  /** Looks at the file, anew where another look was before. */
  async preview(): Promise<void> {
    const file = this.file;
    if (!file) return;
    const before = this.now?.import_id;
    await this.#go(async () => {
      try {
        const seen = await previewImport(file, { map: this.#map, create_missing: this.createMissing });
        Object.assign(this, { action: "", page: 1 });
        this.#onid(seen.import_id);
        if (before) void cancelImport(before).catch(() => {});
        await this.#watch(seen.import_id);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.file) throw error;
        this.seen = error.file;
        // The first time it is a question, not a mistake.
        if (this.#map) this.error = error;
        this.step = "map";
      }
    });
    if (this.error && this.step !== "map") this.step = this.now ? "preview" : "choose";
  }

  async apply(): Promise<void> {
    const id = this.now?.import_id;
    if (!id) return;
    await this.#go(async () => {
      // Until the server has begun, it may still ask who one is, and refuse.
      await applyImport(id, this.welcome);
      if (this.now?.import_id !== id) return;
      this.now = { ...this.now, state: "applying", progress: 0 };
      this.step = "applying";
      await this.#watch(id);
    });
    if (this.error) this.step = this.now ? "preview" : "choose";
  }

  /** Gives a preview up, or takes back what is being applied. */
  async cancel(): Promise<void> {
    const id = this.now?.import_id;
    if (!id) return this.reset();
    if (this.step === "applying" || this.step === "reading") await cancelImport(id);
    else {
      void cancelImport(id).catch(() => {});
      this.reset();
    }
  }

  async undo(): Promise<void> {
    const id = this.now?.undo_id;
    if (!id) return;
    await this.#go(async () => {
      const { undone, kept } = await bulk.undoing(id);
      this.undone = true;
      const left = kept.length ? ` ${counted(kept.length, "user")} changed since and stayed.` : "";
      toasts.done(`Undone: ${counted(undone, "user")} as before.${left}`);
    });
  }

  /** Shows other rows of it. */
  async show(action: RowAction | "", page = 1): Promise<void> {
    const id = this.now?.import_id;
    if (!id) return;
    Object.assign(this, { action, page });
    const turn = this.#watching;
    const now = await readImport(id, { action, page, per_page: PER_PAGE });
    if (turn === this.#watching && this.action === action && this.page === page) this.now = now;
  }

  async #go(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await work();
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  /** Asks how far it is until it is done with what it does. */
  async #watch(id: string): Promise<void> {
    const turn = ++this.#watching;
    for (;;) {
      const now = await readImport(id, { action: this.action, page: this.page, per_page: PER_PAGE });
      if (turn !== this.#watching) return;
      this.now = now;
      this.seen = now.file;
      const under = { reading: "reading", applying: "applying", undoing: "applying" } as const;
      if (now.state in under) {
        this.step = under[now.state as keyof typeof under];
        await new Promise((done) => setTimeout(done, EVERY));
        if (turn !== this.#watching) return;
        continue;
      }
      if (now.state === "failed") {
        if (!now.total) this.now = null;
        throw new ApiError(422, "failed", now.error ?? "The import failed; nothing was kept.");
      }
      if (now.state === "cancelled") {
        this.reset();
        toasts.done("The import was cancelled, and nothing of it was kept.");
      } else this.step = now.state === "applied" ? "done" : "preview";
      return;
    }
  }
}
