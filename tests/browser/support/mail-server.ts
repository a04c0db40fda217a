/** A small real SMTP server (RFC 5321): keeps what it is given, can be stopped, started and told to refuse. */
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { readMail, type ReceivedMail } from "./mail.ts";

type Verb = "MAIL" | "RCPT" | "DATA";

export class MailServer {
  /** Everything that was accepted, in order. */
  readonly mails: ReceivedMail[] = [];
  port = 0;
  #server: Server | null = null;
  #sockets = new Set<Socket>();
  #refusals = new Map<Verb, string>();

  /** Listens on the port of the time before, or on a free one the first time. */
  async start(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (!address || typeof address === "string") throw new Error("the mail server has no port");
    this.port = address.port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise((done) => server.close(done));
  }

  /** Answers a command with this line, such as "550 5.1.1 No such mailbox", until `accept`. */
  refuse(verb: Verb, reply: string): void {
    this.#refusals.set(verb, reply);
  }

  accept(): void {
    this.#refusals.clear();
  }

  /** The mails that went to an address, by its envelope. */
  to(address: string): ReceivedMail[] {
    return this.mails.filter((mail) => mail.recipients.includes(address));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A client that goes away is no concern of the tests; what it did not send is missed there.
    socket.on("error", () => {});
    const say = (line: string) => socket.write(`${line}\r\n`);
    let sender = "";
    let recipients: string[] = [];
    let inData = false;
    let rest = Buffer.alloc(0);

    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      const refusal = this.#refusals.get(verb as Verb);
      if (refusal) return say(refusal);
      switch (verb) {
        case "EHLO":
          return say("250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE 10485760\r\n250 ENHANCEDSTATUSCODES");
        case "HELO":
          return say("250 mail.test");
        case "MAIL":
          sender = addressIn(line);
          return say("250 2.1.0 Ok");
        case "RCPT":
          recipients.push(addressIn(line));
          return say("250 2.1.5 Ok");
        case "DATA":
          if (!recipients.length) return say("503 5.5.1 No recipients");
          inData = true;
          return say("354 End with a dot on a line of its own");
        case "RSET":
          sender = "";
          recipients = [];
          return say("250 2.0.0 Ok");
        case "NOOP":
          return say("250 2.0.0 Ok");
        case "QUIT":
          say("221 2.0.0 Bye");
          return socket.end();
        default:
          return say("502 5.5.1 What is that?");
      }
    };
    const taken = (raw: Buffer) => {
      // A line that begins with a dot got one more on its way (RFC 5321 4.5.2).
      const text = raw.toString("latin1").replace(/^\.\./gm, ".");
      this.mails.push(readMail(sender, recipients, text));
      sender = "";
      recipients = [];
      say(`250 2.0.0 Kept as number ${this.mails.length}`);
    };

    say("220 mail.test ESMTP");
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const mark = inData ? "\r\n.\r\n" : "\r\n";
        const end = rest.indexOf(mark);
        if (end < 0) return;
        const piece = rest.subarray(0, end);
        rest = rest.subarray(end + mark.length);
        if (inData) {
          inData = false;
          taken(piece);
        } else command(piece.toString("latin1"));
      }
    });
  }
}

const addressIn = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? "";
