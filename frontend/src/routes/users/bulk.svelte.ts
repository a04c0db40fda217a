/** Doing something to many users, and undoing it: what is under way outlives the page that began it. */
import { bulkUsers, listBatches, readBatch, undoBatch } from "$lib/api/bulk";
import { ApiError, wordsFor } from "$lib/api/problem";
import type { Batch, Bulk, BulkAction, Ref, Spared, Undone } from "$lib/api/types";
import { aftermath, BULK, pastWords, progressOf, sentenceOf, sparedWords } from "$lib/bulk";
import { count, counted } from "$lib/format";
import { session } from "$lib/session.svelte";
import { listed } from "$lib/text";
import { toasts, type ToastAction } from "$lib/toasts.svelte";
import { waiting } from "$lib/waiting.svelte";

/** So many are named in a message; more stand in a list of their own. */
const NAMED = 2;
/** What takes longer says so, and how far it is, as often as that. */
const QUICK = 300;
const EVERY = 600;

/** Names by id, as far as they are known. */
type Names = Record<string, string>;

/** Who was left alone, to be read. */
export interface LeftAlone {
  title: string;
  list: Spared[];
  total: number;
  names: Names;
}

class BulkRun {
  /** What is under way, in words; "" when nothing is. */
  doing = $state("");
  /** It takes long enough to say so. */
  slow = $state(false);
  progress = $state.raw<{ done: number; total: number } | null>(null);
  leftAlone = $state.raw<LeftAlone | null>(null);
  /** Brings the list up to date, if it is on the page. */
  changed: () => unknown = () => {};

  /** Whether it was done; `failed` is told why not, where somebody looks at it: else it is said at the page's edge. */
  async run(
    action: BulkAction,
    target: Ref | null,
    whom: Pick<Bulk, "ids" | "matching">,
    names: Names,
    more: Pick<Bulk, "groups" | "projects" | "message"> = {},
    failed: ((words: string) => void) | null = null,
  ): Promise<boolean> {
    if (this.doing) return false;
    try {
      const result = await this.#watched(BULK[action].doing, this.#own, () =>
        bulkUsers({ action, ...(target && { target: target.id }), ...whom, ...more }),
      );
      const { done, skipped, skipped_count, undo_id } = result;
      const one = whom.ids?.length === 1 ? names[whom.ids[0]!] : undefined;
      const past = pastWords(action, done, target?.name ?? null, one);
      const said = done ? [`${sentenceOf(past)}.`, aftermath(action)] : ["Nobody was changed."];
      const left = this.#told(skipped, skipped_count, names);
      const undo = undo_id ? { label: "Undo", run: () => this.undo(undo_id, names) } : undefined;
      toasts.done([...said, left.words].filter(Boolean).join(" "), undo, { more: left.more });
      return true;
    } catch (error) {
      const ids = error instanceof ApiError ? error.ids : [];
      const list = ids.map((id) => ({ id, code: "forbidden" }));
      if (failed) {
        failed(wordsFor(error));
        return false;
      }
      toasts.problem(
        wordsFor(error),
        list.length ? this.#details("Nothing was changed", list, list.length, names) : undefined,
      );
      return false;
    } finally {
      this.#settle();
    }
  }

  async undo(undo_id: string, names: Names = {}): Promise<void> {
    const { undone, kept, kept_count } = await this.undoing(undo_id);
    const left = this.#told(kept, kept_count, names);
    const said = undone ? `Undone: ${counted(undone, "user")} as before.` : "Nobody could be put back.";
    toasts.done([said, left.words].filter(Boolean).join(" "), null, { more: left.more });
    this.#settle();
  }

  #settle(): void {
    void this.changed();
    void waiting.load();
  }

  /** Undoes a batch, and says meanwhile how far it is. */
  undoing(undo_id: string): Promise<Undone> {
    return this.#watched(
      "Undoing",
      () => readBatch(undo_id),
      () => undoBatch(undo_id),
    );
  }

  /** The newest batch in one's own name is the one under way. */
  #own = async (): Promise<Batch | undefined> => {
    const { items } = await listBatches({ per_page: 5 });
    return items.find((batch) => batch.state === "running" && batch.by?.id === session.current?.user.id);
  };

  /** Does the work, and says how far it is when it takes long; of two at once, only of the first. */
  async #watched<T>(doing: string, find: () => Promise<Batch | undefined>, work: () => Promise<T>): Promise<T> {
    if (this.doing) return work();
    this.doing = doing;
    const watching = setTimeout(() => void this.#watch(find), QUICK);
    try {
      return await work();
    } finally {
      clearTimeout(watching);
      this.doing = "";
      this.slow = false;
      this.progress = null;
    }
  }

  async #watch(find: () => Promise<Batch | undefined>): Promise<void> {
    this.slow = true;
    while (this.doing) {
      const batch = await find().catch(() => undefined);
      if (this.doing && batch) this.progress = progressOf(batch) ?? this.progress;
      await new Promise((done) => setTimeout(done, EVERY));
    }
  }

  #told(list: Spared[], total: number, names: Names): { words: string; more?: ToastAction } {
    if (!total) return { words: "" };
    const known = list.map(({ id, code }) => ({ name: names[id], code }));
    if (total <= NAMED && known.every(({ name }) => name)) {
      const each = known.map(
        ({ name, code }) => `${name} (${sparedWords(code).replace(/^./, (c) => c.toLowerCase())})`,
      );
      return { words: `Left alone: ${listed(each)}.` };
    }
    const title = `${counted(total, "user")} left alone`;
    return {
      words: `${count(total)} ${total === 1 ? "was" : "were"} left alone.`,
      more: this.#details(title, list, total, names),
    };
  }

  #details = (title: string, list: Spared[], total: number, names: Names): ToastAction => ({
    label: "Details",
    run: () => void (this.leftAlone = { title, list, total, names }),
  });
}

export const bulk = new BulkRun();
