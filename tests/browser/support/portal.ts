/** One running Rollcall: the real binary, on a folder and a port of its own. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Person } from "./people.ts";

const BINARY = resolve(process.env.ROLLCALL_BIN || join(import.meta.dirname, "../../../target/release/rollcall"));

/** Only what is named here reaches the program: settings of the one who runs the tests don't. */
const ENVIRONMENT = { PATH: process.env.PATH ?? "", ROLLCALL_LOG__LEVEL: "warn" };

export class Portal {
  url = "";
  /** What the terminal shows. */
  output = "";
  readonly #environment: Record<string, string>;
  #folder = "";
  #port = 0;
  #process: ChildProcess | null = null;

  constructor(environment: Record<string, string> = {}) {
    this.#environment = { ...ENVIRONMENT, ...environment };
  }

  /** Starts on the same folder and port each time; done when it has said its address. */
  async start(): Promise<void> {
    await this.#prepare();
    this.#port ||= await freePort();
    this.output = "";
    const running = spawn(BINARY, ["serve", "--data-dir", this.#data, "--listen", `127.0.0.1:${this.#port}`], {
      env: this.#environment,
    });
    this.#process = running;
    const gone = once(running, "exit").then(() => {
      throw new Error(`${BINARY} did not start:\n${this.output}`);
    });
    gone.catch(() => {});
    const ready = new Promise<void>((done) => {
      const heard = (chunk: Buffer) => {
        this.output += chunk.toString();
        if (this.output.includes("Rollcall is at ")) done();
      };
      running.stdout.on("data", heard);
      running.stderr.on("data", heard);
    });
    await Promise.race([ready, gone]);
    this.url = /Rollcall is at (\S+)/.exec(this.output)![1]!;
  }

  /** Stops as a person at the terminal would, and waits for its end. */
  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, "exit");
    running.kill("SIGTERM");
    await exited;
  }

  /** Ends it without a chance to finish anything. */
  async kill(): Promise<void> {
    const running = this.#process!;
    this.#process = null;
    const exited = once(running, "exit");
    running.kill("SIGKILL");
    await exited;
  }

  /** The address that the terminal shows as long as there is no user. */
  async setUpAddress(): Promise<string> {
    const shown = () => /Set up your portal: (\S+)/.exec(this.output)?.[1];
    while (!shown()) await once(this.#process!.stdout!, "data");
    return shown()!;
  }

  /** Before the first start: an admin, and made-up users. */
  async fill(users: number, admin: Person): Promise<void> {
    await this.#prepare();
    const options = { env: this.#environment };
    const named = ["admin", "create", "--name", admin.name, "--email", admin.email, "--password-stdin"];
    const creating = promisify(execFile)(BINARY, [...named, "--data-dir", this.#data], options);
    creating.child.stdin!.end(admin.password);
    await creating;
    await promisify(execFile)(BINARY, ["demo", String(users), "--data-dir", this.#data], options);
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    this.#folder ||= await mkdtemp(join(tmpdir(), "rollcall-browser-"));
  }

  get #data(): string {
    return join(this.#folder, "data");
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (!address || typeof address === "string") throw new Error("no free port");
  return address.port;
}
