//! How mail leaves: by a mail server, or, to be looked at, into a folder.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue, MessageId},
    },
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::Letter;

/// How long it may take until a server is ready to take mail.
const LONGEST_TO_CONNECT: Duration = Duration::from_secs(15);
/// How long it may take to hand one over.
const LONGEST_TO_SEND: Duration = Duration::from_secs(45);
/// How much is kept of what a server says.
const LONGEST_ERROR: usize = 300;

/// Hands mail over.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

/// Where mail is handed over.
#[derive(Clone, Debug)]
pub enum Way {
    Server(Server),
    /// Each mail is a file, and the page in it another.
    Folder(PathBuf),
}

/// A mail server.
#[derive(Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// The name and password that it asks for, if it does.
    pub credentials: Option<(String, SecretString)>,
}

/// How what is sent to a mail server is hidden from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte on.
    AtOnce,
    /// As soon as the server has agreed, and nothing is sent if it does not.
    AfterStart,
    /// Not at all.
    Off,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, tls, .. } = self;
        f.debug_struct("Server").field("host", host).field("port", port).field("tls", tls).finish()
    }
}

/// Why a mail is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// It was not taken.
    Refused { why: String, for_good: bool },
    /// Perhaps it was taken, and that could not be heard.
    Unclear { why: String },
}

/// An open way for mail.
pub struct Connection(Open);

enum Open {
    Server(Box<AsyncSmtpConnection>),
    Folder(PathBuf),
}

/// What is written on the outside of a mail.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// Unique, and the same whenever the same mail is sent.
    pub id: String,
    pub to: &'a str,
    /// Where answers go; none: to whom it is from.
    pub reply_to: Option<&'a str>,
    pub at: DateTime<Utc>,
}

/// Whether mail can be addressed to this.
pub fn is_address(text: &str) -> bool {
    Address::from_str(text).is_ok()
}

impl Mailer {
    /// Hands over in the name of `from`: an address, or a name with one, as in `Northwind <orders@northwind.example>`.
    pub fn new(way: Way, from: &str) -> anyhow::Result<Self> {
        let from = from.parse().map_err(|_| {
            anyhow::anyhow!("\"{from}\" is no sender; one is Northwind <orders@northwind.example>")
        })?;
        Ok(Self { from, way })
    }

    /// Gets ready to send; or says why it cannot, which is no mail's fault.
    pub async fn connect(&self) -> Result<Connection, String> {
        let open = match &self.way {
            Way::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await.map_err(|error| error.to_string())?;
                Open::Folder(folder.clone())
            }
            Way::Server(server) => {
                let connecting = timeout(LONGEST_TO_CONNECT, self.connect_to(server)).await;
                let connecting =
                    connecting.map_err(|_| "the server did not answer in time".to_owned())?;
                Open::Server(Box::new(connecting.map_err(|error| told(&error))?))
            }
        };
        Ok(Connection(open))
    }

    async fn connect_to(&self, server: &Server) -> Result<AsyncSmtpConnection, SmtpError> {
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let address = (server.host.as_str(), server.port);
        let tls = || TlsParameters::new(server.host.clone());
        let at_once = if server.tls == Tls::AtOnce { Some(tls()?) } else { None };
        let patience = Some(LONGEST_TO_CONNECT);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, patience, &hello, at_once, None).await?;
        if server.tls == Tls::AfterStart {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((name, password)) = &server.credentials {
            let credentials = Credentials::new(name.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    /// The mail as it travels.
    fn message(&self, envelope: &Envelope<'_>, letter: &Letter) -> Result<Message, String> {
        let Letter { plain, html, subject } = letter;
        let to: Address = envelope.to.parse().map_err(|_| "no mail goes to such an address")?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(envelope.at.into())
            .header(MessageId::from(format!("<{}@{}>", envelope.id, self.from.email.domain())))
            .header(AutoSubmitted)
            .subject(subject.clone());
        // The seller's own address may be such that no mail goes there.
        if let Some(address) = envelope.reply_to.and_then(|it| it.parse().ok()) {
            message = message.reply_to(Mailbox::new(None, address));
        }
        let bodies = MultiPart::alternative_plain_html(plain.clone(), html.clone());
        message.multipart(bodies).map_err(|error| error.to_string())
    }

    /// Hands a mail over. After anything but success, the connection is of no use any more.
    pub async fn send(
        &self,
        connection: &mut Connection,
        envelope: &Envelope<'_>,
        letter: &Letter,
    ) -> Result<(), NotSent> {
        let message = self
            .message(envelope, letter)
            .map_err(|why| NotSent::Refused { why, for_good: true })?;
        match &mut connection.0 {
            Open::Folder(folder) => {
                let write = async |extension: &str, content: &[u8]| {
                    let file = folder.join(format!("{}.{extension}", envelope.id));
                    tokio::fs::write(file, content).await
                };
                let page = write("html", letter.html.as_bytes()).await;
                let written = page.and(write("eml", &message.formatted()).await);
                let why = written.map_err(|error| error.to_string());
                why.map_err(|why| NotSent::Refused { why, for_good: false })
            }
            Open::Server(server) => {
                let text = message.formatted();
                let sending = server.send(message.envelope(), &text);
                match timeout(LONGEST_TO_SEND, sending).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(not_sent(&error)),
                    Err(_) => {
                        let why = "the server did not answer in time".to_owned();
                        Err(NotSent::Unclear { why })
                    }
                }
            }
        }
    }
}

impl Connection {
    /// Says goodbye.
    pub async fn close(self) {
        match self.0 {
            Open::Folder(_) => {}
            // Whether the server answers that does not matter.
            Open::Server(mut server) => drop(timeout(Duration::from_secs(5), server.abort()).await),
        }
    }
}

/// What the server has said to a mail: 5.. is no for good, 4.. is not now.
fn not_sent(error: &SmtpError) -> NotSent {
    let why = told(error);
    if error.is_permanent() || error.is_transient() {
        return NotSent::Refused { why, for_good: error.is_permanent() };
    }
    // It lacks what the address or the text needs, which lettre finds before anything is sent.
    if error.is_client() {
        return NotSent::Refused { why, for_good: true };
    }
    NotSent::Unclear { why }
}

fn told(error: &SmtpError) -> String {
    let told = error.to_string();
    let shown = |letter: char| if letter.is_control() { ' ' } else { letter };
    told.chars().map(shown).take(LONGEST_ERROR).collect()
}

/// That a program has sent it, so that no program answers (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(from: &str) -> anyhow::Result<Mailer> {
        Mailer::new(Way::Folder(PathBuf::from("unused")), from)
    }

    fn formatted(to: &str, reply_to: Option<&str>, subject: &str) -> Result<String, String> {
        let letter = Letter {
            subject: subject.to_owned(),
            plain: "Grüße".to_owned(),
            html: "<p>Grüße</p>".to_owned(),
        };
        let at = DateTime::UNIX_EPOCH;
        let envelope = Envelope { id: "event.recipient".to_owned(), to, reply_to, at };
        let message = mailer("Northwind <orders@northwind.example>").unwrap();
        let message = message.message(&envelope, &letter)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_sender_is_an_address_perhaps_with_a_name() {
        for right in ["orders@northwind.example", "Nörd & Wind <orders@northwind.example>"] {
            assert!(mailer(right).is_ok(), "{right}");
        }
        for wrong in
            ["", "Northwind", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example"]
        {
            assert!(mailer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_says_whose_it_is_and_what_and_that_a_program_wrote_it() {
        let mail = formatted("pat@example.com", Some("help@northwind.example"), "Über").unwrap();
        for header in [
            "From: Northwind <orders@northwind.example>\r\n",
            "To: pat@example.com\r\n",
            "Reply-To: help@northwind.example\r\n",
            "Message-ID: <event.recipient@northwind.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Subject: =?utf-8?b?w5xiZXI=?=\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(mail.contains(header), "{header} {mail}");
        }
        // Servers and those behind them take it as it is.
        assert!(mail.is_ascii());
    }

    #[test]
    fn nobody_adds_a_line_to_the_head_of_a_mail() {
        let bcc = "\r\nBcc: all@example.com";
        let mail = formatted("pat@example.com", Some("x\r\nBcc: y@z.example"), &format!("A{bcc}"));
        let head = mail.unwrap();
        let head = head.split_once("\r\n\r\n").unwrap().0;
        assert!(!head.contains("\nBcc") && !head.contains("Reply-To"), "{head}");
        for to in
            ["pat@example.com\r\nBcc: all@example.com", "pat@example.com>,<all@example.com", "@"]
        {
            assert!(formatted(to, None, "A").is_err(), "{to}");
            assert!(!is_address(to), "{to}");
        }
    }
}
