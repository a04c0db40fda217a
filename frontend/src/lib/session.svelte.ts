/** Who is signed in, in which portal: the state that every page reads. */
import { applyAccent } from "./accent";
import {
  onChange,
  onFactorRefusal,
  onImpersonationRefusal,
  onProofNeeded,
  onSessionEnd,
  serverNow,
} from "./api/client";
import { readPortal } from "./api/portal";
import { ApiError } from "./api/problem";
import { readSession, returnToOwnAccount, signOut } from "./api/session";
import type { Permission, Portal, Session } from "./api/types";
import { noteSession } from "./shell/arrival";
import { onTold, tellTabs } from "./tabs";
import { toasts } from "./toasts.svelte";
import { unsaved } from "./unsaved.svelte";

/** What acting as someone can never touch, whatever both sides hold. */
const NEVER_AS_ANOTHER: Permission[] = ["users.export", "users.impersonate"];

/** Milliseconds that a proof must still hold for what begins now. */
const MARGIN = 5_000;

class SessionState {
  ready = $state(false);
  bootError = $state.raw<unknown>(null);
  portal = $state.raw<Portal | null>(null);
  /** Set while the person is asked for the password in place. */
  asking = $state(false);
  /** Whether the last session ended by itself: the sign-in page says so. */
  ended = $state(false);
  /** Set while the person is asked to prove once more who they are. */
  proving = $state(false);
  /** The browser's session, when another tab made it another person's and this page holds something typed. */
  other = $state.raw<Session | null>(null);
  /** Set while that is said. */
  differing = $state(false);
  #current = $state.raw<Session | null>(null);
  #answers: ((signedIn: boolean) => void)[] = [];
  #proofs: ((proven: boolean) => void)[] = [];
  #changes: ((same: boolean) => void)[] = [];

  get current() {
    return this.#current;
  }

  /** What one was told is not there for whoever comes next. */
  set current(session: Session | null) {
    const same = this.#current?.user.id === session?.user.id;
    if (!same) toasts.clear();
    this.#current = session;
    this.other = null;
    this.stay(same);
  }

  get user() {
    return this.current!.user;
  }

  /** Whether this session may do what the permission names, now. */
  may(permission: Permission): boolean {
    const session = this.current;
    if (!session?.permissions.includes(permission)) return false;
    if (session.impersonator && NEVER_AS_ANOTHER.includes(permission)) return false;
    return !session.read_only || permission.endsWith(".read");
  }

  /** Reads portal and session; every page waits for it. */
  async boot(): Promise<void> {
    this.bootError = null;
    try {
      await this.#read();
      this.ready = true;
    } catch (error) {
      this.bootError = error;
    }
  }

  async #read(): Promise<void> {
    const [portal, session] = await Promise.all([
      readPortal(),
      readSession().catch((error) => {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }),
    ]);
    this.setPortal(portal);
    this.current = session;
  }

  setPortal(portal: Portal): void {
    this.portal = portal;
    applyAccent(portal.accent_color);
  }

  begin(session: Session): void {
    noteSession();
    this.current = session;
    this.ended = false;
    this.answer(true);
    tellTabs();
  }

  /** Closes the question for the password, letting the waiting requests go on or fail. */
  answer(signedIn: boolean): void {
    this.asking = false;
    for (const answer of this.#answers.splice(0)) answer(signedIn);
  }

  /** Forgets the session on this page; what was typed is gone with it. */
  end(byItself: boolean): void {
    this.current = null;
    this.ended = byItself;
    this.answer(false);
    this.proven(null);
  }

  async signOut(): Promise<void> {
    await signOut().catch((error) => {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
    });
    this.end(false);
    tellTabs();
  }

  async returnToOwnAccount(): Promise<void> {
    try {
      this.current = await returnToOwnAccount();
      tellTabs();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      this.#over();
    }
  }

  /** Another tab may have signed out, or act as someone: a page that comes to the front asks. */
  async refresh(): Promise<void> {
    if (!this.current || this.asking) return;
    try {
      const now = await readSession();
      if (now.user.id === this.current?.user.id || !unsaved.any) this.current = now;
      else {
        // It is said once; after that whenever something is to be saved.
        this.differing ||= this.other?.user.id !== now.user.id;
        this.other = now;
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#over(unsaved.any);
    }
  }

  /** The session ended by itself; where something is typed, saving it asks for the password in place. */
  #over(keeps = this.other !== null): void {
    if (!keeps) return this.end(true);
    this.other = null;
    this.stay(true);
  }

  /** Another tab says that the session began, ended or changed hands. */
  async told(): Promise<void> {
    if (this.current && !this.asking) return this.refresh();
    const now = await readSession().catch(() => null);
    if (!now) return;
    if (!this.current) {
      noteSession();
      this.ended = false;
    } else if (now.user.id !== this.current.user.id) return;
    this.current = now;
    this.answer(true);
  }

  /** Before something is changed: what one person typed is not saved in another's name. */
  own(): Promise<boolean> {
    if (!this.other) return Promise.resolve(true);
    this.differing = true;
    return new Promise((answer) => this.#changes.push(answer));
  }

  /** Closes what is said about the other person; what waits goes on only for the one who typed it. */
  stay(same = false): void {
    this.differing = false;
    for (const answer of this.#changes.splice(0)) answer(same);
  }

  /** Goes on as the other person; what was typed is left behind. */
  goOn(): void {
    unsaved.forget();
    this.current = this.other;
  }

  /** An impersonation may be over and this page not know: the server changes nothing until one has returned. */
  async settle(): Promise<void> {
    const now = await readSession().catch(() => null);
    if (now && !now.impersonator) await this.returnToOwnAccount().catch(() => {});
  }

  /** Whether one proved lately enough who one is; a little before the end counts as over. */
  get fresh(): boolean {
    return Date.parse(this.current?.fresh_until ?? "") - serverNow() > MARGIN;
  }

  /** Asks for a proof of who one is: once for all that wait for it. */
  prove(): Promise<boolean> {
    if (!this.current) return Promise.resolve(false);
    this.proving = true;
    return new Promise((answer) => this.#proofs.push(answer));
  }

  /** Closes that question, letting what waits go on or fail. */
  proven(session: Session | null): void {
    if (session) this.current = session;
    this.proving = false;
    for (const answer of this.#proofs.splice(0)) answer(session !== null);
  }

  /** In a form the password is asked for in place; elsewhere nothing is lost by signing in anew. */
  ask(method: string): Promise<boolean> {
    if (!this.current) return Promise.resolve(false);
    if (method === "GET" && !unsaved.any) {
      this.end(true);
      return Promise.resolve(false);
    }
    this.asking = true;
    return new Promise((answer) => this.#answers.push(answer));
  }
}

export const session = new SessionState();
onSessionEnd((method) => session.ask(method));
onImpersonationRefusal(() => session.settle());
onProofNeeded(() => session.prove());
onChange(() => session.own());
onTold(() => session.told());
// A group asks for a second factor since just now: the page for it takes the place of all others.
onFactorRefusal(() => session.refresh());
