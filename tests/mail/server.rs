//! A mail server that keeps what it takes, and does to some addresses what servers do now and then.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ordergate::mail::{Mailer, Server, Tls, Way};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What happens to the next mail to an address, instead of being taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// The server answers this to the address.
    Says(&'static str),
    /// The connection breaks before the mail is there.
    HangsUp,
    /// The server has the mail, and the connection breaks before it says so.
    HangsUpAfterwards,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) to: String,
    /// The headers, one a line, unfolded.
    pub(crate) head: String,
    pub(crate) plain: String,
    pub(crate) html: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let begins = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&begins))
    }
}

type Troubles = Arc<Mutex<HashMap<String, VecDeque<Trouble>>>>;

pub(crate) struct MailServer {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    troubles: Troubles,
    listening: JoinHandle<()>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (received, troubles): (Arc<Mutex<Vec<_>>>, Troubles) = Default::default();
        let (keeps, does) = (received.clone(), troubles.clone());
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, keeps.clone(), does.clone()));
            }
        });
        Self { address, received, troubles, listening }
    }

    /// What hands mail over to the server.
    pub(crate) fn mailer(&self) -> Mailer {
        let server = Server {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            tls: Tls::Off,
            credentials: None,
        };
        Mailer::new(Way::Server(server), "Northwind <orders@northwind.example>").unwrap()
    }

    /// What is to happen to the next mails to an address.
    pub(crate) fn make_trouble(&self, address: &str, troubles: &[Trouble]) {
        let troubles = troubles.iter().copied().collect();
        self.troubles.lock().unwrap().insert(address.to_owned(), troubles);
    }

    /// All mail so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The mail to an address so far.
    pub(crate) fn received_by(&self, address: &str) -> Vec<Received> {
        self.received().into_iter().filter(|mail| mail.to == address).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(stream: TcpStream, received: Arc<Mutex<Vec<Received>>>, troubles: Troubles) {
    let mut stream = BufReader::new(stream);
    let (mut to, mut hangs_up) = (String::new(), false);
    let mut answer = "220 mail.example ESMTP".to_owned();
    loop {
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let mut line = String::new();
        if !stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            return;
        }
        let line = line.trim_end();
        answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-mail.example\r\n250 8BITMIME".to_owned(),
            "MAIL" => "250 from".to_owned(),
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                to = address.to_owned();
                let trouble =
                    troubles.lock().unwrap().get_mut(address).and_then(VecDeque::pop_front);
                match trouble {
                    Some(Trouble::HangsUp) => return,
                    Some(Trouble::Says(words)) => words.to_owned(),
                    Some(Trouble::HangsUpAfterwards) => {
                        hangs_up = true;
                        "250 to".to_owned()
                    }
                    None => "250 to".to_owned(),
                }
            }
            "DATA" => {
                if stream.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let Some(text) = data(&mut stream).await else { return };
                received.lock().unwrap().push(read(&to, &text));
                if hangs_up {
                    return;
                }
                "250 taken".to_owned()
            }
            "RSET" | "NOOP" => "250 ok".to_owned(),
            "QUIT" => "221 bye".to_owned(),
            other => panic!("a mail server is told {other}"),
        };
    }
}

/// A mail up to the line with a dot.
async fn data(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n.\r\n") {
        text.push(stream.read_u8().await.ok()?);
    }
    text.truncate(text.len() - 3);
    Some(String::from_utf8(text).unwrap().replace("\r\n..", "\r\n."))
}

fn read(to: &str, text: &str) -> Received {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ").replace("\r\n", "\n");
    let boundary = head.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let between = format!("--{boundary}");
    let parts = body.split(&between).filter_map(|part| part.split_once("\r\n\r\n"));
    let [plain, html] = ["text/plain", "text/html"].map(|kind| {
        let part = parts.clone().find(|(head, _)| head.contains(kind)).unwrap();
        decoded(part.0, part.1)
    });
    Received { to: to.to_owned(), head, plain, html }
}

fn decoded(head: &str, body: &str) -> String {
    let bytes = if head.contains("base64") {
        let text: String = body.split_whitespace().collect();
        BASE64_STANDARD.decode(text).unwrap()
    } else if head.contains("quoted-printable") {
        let text = body.replace("=\r\n", "");
        let mut parts = text.split('=');
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend(&part.as_bytes()[2..]);
        }
        bytes
    } else {
        body.as_bytes().to_vec()
    };
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}
