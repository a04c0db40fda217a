//! One SMTP conversation (RFC 5321), strict: what a picky server would refuse, it refuses.

use std::{io, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Encryption, Fault, Received, Shared};

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// The largest mail that is taken, in bytes.
const SIZE: usize = 1 << 20;

struct Session<'a> {
    wire: BufReader<Box<dyn Wire>>,
    shared: &'a Shared,
    fault: Option<Fault>,
    hello: Option<String>,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

pub async fn run(stream: TcpStream, shared: &Shared, fault: Option<Fault>) -> io::Result<()> {
    if fault == Some(Fault::Silent) {
        // Held open until the server or the client goes away.
        stream.readable().await?;
        return std::future::pending().await;
    }
    let (wire, encrypted): (Box<dyn Wire>, bool) = match &shared.offer.encryption {
        Encryption::Tls(acceptor) => (Box::new(acceptor.accept(stream).await?), true),
        _ => (Box::new(stream), false),
    };
    let mut session = Session {
        wire: BufReader::new(wire),
        shared,
        fault,
        hello: None,
        encrypted,
        user: None,
        from: None,
        to: Vec::new(),
    };
    session.answer("greeting", "220 mail.test ESMTP").await?;
    while let Some(line) = session.line().await? {
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let verb = verb.to_ascii_uppercase();
        shared.note(&verb);
        if verb == "STARTTLS" && !session.encrypted {
            session = session.start_tls().await?;
            continue;
        }
        session.command(&verb, argument).await?;
        if verb == "QUIT" {
            break;
        }
    }
    Ok(())
}

impl Session<'_> {
    async fn command(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        match verb {
            "EHLO" => self.extended_hello(argument).await,
            "HELO" => {
                self.hello = Some(argument.to_owned());
                self.answer(verb, "250 mail.test").await
            }
            "AUTH" => self.auth(argument).await,
            "MAIL" => self.mail(argument).await,
            "RCPT" => self.recipient(argument).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.reset();
                self.answer(verb, "250 2.0.0 Ok").await
            }
            "NOOP" => self.answer(verb, "250 2.0.0 Ok").await,
            "QUIT" if self.fault == Some(Fault::SilentQuit) => std::future::pending().await,
            "QUIT" => self.answer(verb, "221 2.0.0 Bye").await,
            _ => self.answer(verb, "500 5.5.1 Unknown command").await,
        }
    }

    async fn extended_hello(&mut self, name: &str) -> io::Result<()> {
        self.hello = Some(name.to_owned());
        self.reset();
        let mut lines = vec!["mail.test greets you".to_owned(), format!("SIZE {SIZE}")];
        let start_tls = matches!(self.shared.offer.encryption, Encryption::StartTls(_)) && !self.encrypted;
        if start_tls {
            lines.push("STARTTLS".to_owned());
        } else if self.shared.offer.credentials.is_some() {
            lines.push(format!("AUTH {}", self.mechanisms()));
        }
        lines.extend(["8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"].map(str::to_owned));
        let last = lines.len() - 1;
        let lines =
            lines.iter().enumerate().map(|(i, l)| format!("250{}{l}", if i < last { '-' } else { ' ' }));
        self.answer("EHLO", &lines.collect::<Vec<_>>().join("\r\n")).await
    }

    fn mechanisms(&self) -> &'static str {
        match self.shared.offer.mechanisms {
            "" => "PLAIN LOGIN",
            some => some,
        }
    }

    async fn start_tls(mut self) -> io::Result<Self> {
        let Encryption::StartTls(acceptor) = self.shared.offer.encryption.clone() else {
            self.answer("STARTTLS", "502 5.5.1 Not offered").await?;
            return Ok(self);
        };
        self.answer("STARTTLS", "220 2.0.0 Ready").await?;
        // What was said in plain text counts no more (RFC 3207, 4.2).
        let wire = acceptor.accept(self.wire.into_inner()).await?;
        Ok(Session {
            wire: BufReader::new(Box::new(wire)),
            shared: self.shared,
            fault: self.fault,
            hello: None,
            encrypted: true,
            user: None,
            from: None,
            to: Vec::new(),
        })
    }

    async fn auth(&mut self, argument: &str) -> io::Result<()> {
        let Some((user, password)) = self.shared.offer.credentials else {
            return self.answer("AUTH", "502 5.5.1 Not offered").await;
        };
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        if !self.mechanisms().split(' ').any(|offered| offered == mechanism) {
            return self.answer("AUTH", "504 5.5.4 Not offered").await;
        }
        let said = match mechanism {
            "PLAIN" if initial.is_empty() => self.ask("").await?,
            "PLAIN" => decode(initial),
            "LOGIN" => format!("\0{}\0{}", self.ask("Username:").await?, self.ask("Password:").await?),
            // Begun and never fulfilled: a client that can't do it must not choose it.
            _ => self.ask("<1896.697170952@mail.test>").await?,
        };
        if said != format!("\0{user}\0{password}") {
            return self.answer("AUTH", "535 5.7.8 Wrong user name or password").await;
        }
        self.user = Some(user.to_owned());
        self.answer("AUTH", "235 2.7.0 Welcome").await
    }

    async fn ask(&mut self, challenge: &str) -> io::Result<String> {
        self.say(&format!("334 {}", BASE64_STANDARD.encode(challenge))).await?;
        Ok(decode(&self.line().await?.unwrap_or_default()))
    }

    async fn mail(&mut self, argument: &str) -> io::Result<()> {
        let Some((address, parameters)) = path(argument, "FROM:") else {
            return self.answer("MAIL", "501 5.5.4 MAIL FROM:<address>").await;
        };
        let size = parameters.split(' ').find_map(|p| p.strip_prefix("SIZE=")?.parse().ok()).unwrap_or(0);
        let reply = match () {
            () if self.hello.is_none() => "503 5.5.1 Say hello first",
            () if self.shared.offer.credentials.is_some() && self.user.is_none() => "530 5.7.0 Sign in first",
            () if !address.is_ascii() && !parameters.contains("SMTPUTF8") => "553 5.6.7 SMTPUTF8 is needed",
            () if size > SIZE => "552 5.3.4 Too large",
            () => "250 2.1.0 Ok",
        };
        if reply.starts_with("250") {
            self.from = Some(address.to_owned());
        }
        self.answer("MAIL", reply).await
    }

    async fn recipient(&mut self, argument: &str) -> io::Result<()> {
        match path(argument, "TO:") {
            Some((address, _)) if self.from.is_some() => {
                self.to.push(address.to_owned());
                self.answer("RCPT", "250 2.1.5 Ok").await
            }
            Some(_) => self.answer("RCPT", "503 5.5.1 Sender first").await,
            None => self.answer("RCPT", "501 5.5.4 RCPT TO:<address>").await,
        }
    }

    async fn data(&mut self) -> io::Result<()> {
        if self.from.is_none() || self.to.is_empty() {
            return self.answer("DATA", "503 5.5.1 Sender and recipient first").await;
        }
        if let Some(Fault::Reply("DATA", reply)) = self.fault {
            return self.say(reply).await;
        }
        self.say("354 End with a dot").await?;
        let (mut data, mut malformed) = (Vec::new(), false);
        loop {
            let mut line = Vec::new();
            if self.wire.read_until(b'\n', &mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line == b".\r\n" {
                break;
            }
            // Bare line feeds are how mails are smuggled (RFC 5321, 2.3.8); 998 is RFC 5322's limit.
            malformed |= !line.ends_with(b"\r\n") || line.len() > 1000;
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        if malformed {
            return self.answer(".", "554 5.6.0 Malformed lines").await;
        }
        if data.len() > SIZE {
            return self.answer(".", "552 5.3.4 Too large").await;
        }
        if let Some(Fault::Reply(".", reply)) = self.fault {
            return self.say(reply).await;
        }
        let received = Received {
            hello: self.hello.clone().unwrap_or_default(),
            encrypted: self.encrypted,
            signed_in_as: self.user.clone(),
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
        };
        // The test may have ended.
        let _ = self.shared.inbox.send(received);
        if self.fault == Some(Fault::DropAfterData) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.answer(".", "250 2.0.0 Ok: queued as 4F").await
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Answers a command, or what the script says instead.
    async fn answer(&mut self, to: &str, reply: &str) -> io::Result<()> {
        match self.fault {
            Some(Fault::Reply(at, instead)) if at == to => self.say(instead).await,
            _ => self.say(reply).await,
        }
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        let reply = format!("{reply}\r\n");
        match self.fault {
            Some(Fault::Slow(each)) => self.drip(reply.as_bytes(), each).await?,
            _ => self.wire.write_all(reply.as_bytes()).await?,
        }
        self.wire.flush().await
    }

    async fn drip(&mut self, bytes: &[u8], each: Duration) -> io::Result<()> {
        let mut ticks = tokio::time::interval(each);
        for byte in bytes {
            ticks.tick().await;
            self.wire.write_all(&[*byte]).await?;
            self.wire.flush().await?;
        }
        Ok(())
    }

    /// The next line, without its end; `None` when the client is gone.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.wire.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.strip_suffix("\r\n").ok_or(io::ErrorKind::InvalidData)?;
        Ok(Some(line.to_owned()))
    }
}

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&BASE64_STANDARD.decode(text).unwrap_or_default()).into_owned()
}

/// The address and the parameters of `FROM:<address> parameters`.
fn path<'a>(argument: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let head = argument.get(..keyword.len())?;
    let rest = argument[keyword.len()..].strip_prefix('<')?;
    head.eq_ignore_ascii_case(keyword).then(|| rest.split_once('>'))?
}
