//! How mail is sent.

use std::{fmt, net::IpAddr};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::{MASK, database::without_password};
use crate::mail::{Mailer, Server, Tls, Way};

/// How mail is sent.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Mail")]
pub struct MailSettings {
    /// The mail server: `smtps://USER:PASSWORD@HOST` with TLS from the start, or `smtp://USER:PASSWORD@HOST:587`, which must
    /// offer STARTTLS unless the address ends with `?tls=off`. Or `file:///FOLDER`, where mail is kept to be looked at. Without
    /// this, none is sent.
    #[arg(
        long,
        env = "ORDERGATE_MAIL",
        hide_env_values = true,
        value_name = "URL",
        requires = "mail_from"
    )]
    pub mail: Option<MailUrl>,

    /// Whom mail is from: an address, or a name with one, such as `Northwind <orders@northwind.example>`.
    #[arg(long, env = "ORDERGATE_MAIL_FROM", value_name = "SENDER", requires = "mail")]
    pub mail_from: Option<String>,
}

impl MailSettings {
    /// What sends mail, or what is wrong with the settings for it; none: nothing does.
    pub fn mailer(&self) -> anyhow::Result<Option<Mailer>> {
        let Some((url, from)) = self.mail.as_ref().zip(self.mail_from.as_ref()) else {
            return Ok(None);
        };
        let mailer = Mailer::new(url.way()?, from);
        mailer.map(Some).map_err(|error| error.context("--mail-from names who sends mail"))
    }
}

/// Where mail is handed over. Shown with its password masked.
#[derive(Clone)]
pub struct MailUrl(SecretString);

impl MailUrl {
    fn way(&self) -> anyhow::Result<Way> {
        let url = Url::parse(self.0.expose_secret()).ok().filter(|url| !url.cannot_be_a_base());
        let url = url.ok_or_else(|| anyhow::anyhow!("--mail is no URL; one is smtps://HOST"))?;
        if url.scheme() == "file" {
            let folder = url.to_file_path().ok();
            let folder = folder.ok_or_else(|| anyhow::anyhow!("--mail {self} names no folder"))?;
            return Ok(Way::Folder(folder));
        }
        let tls = match (url.scheme(), url.query()) {
            ("smtps", None) => Tls::AtOnce,
            ("smtp", None) => Tls::AfterStart,
            ("smtp", Some("tls=off")) => Tls::Off,
            _ => anyhow::bail!(
                "--mail {self} is none of smtps://HOST, smtp://HOST, smtp://HOST?tls=off and \
                 file:///FOLDER"
            ),
        };
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| anyhow::anyhow!("--mail {self} names no host"))?;
        anyhow::ensure!(
            matches!(url.path(), "" | "/") && url.fragment().is_none(),
            "--mail {self} has more than a user, a password, a host and a port"
        );
        let decoded = |text: &str| {
            let pairs = format!("it={}", text.replace('+', "%2B"));
            let mut pairs = url::form_urlencoded::parse(pairs.as_bytes());
            pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (name, Some(password)) if !name.is_empty() => {
                Some((decoded(name), SecretString::from(decoded(password))))
            }
            _ => anyhow::bail!("--mail {self} has a user or a password, and needs both or none"),
        };
        anyhow::ensure!(
            credentials.is_none() || tls != Tls::Off || is_this_machine(&url),
            "--mail {self} would send a password for everybody on the way to read; leave out \
             ?tls=off"
        );
        let port = url.port().unwrap_or(if tls == Tls::AtOnce { 465 } else { 587 });
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Way::Server(Server { host, port, tls, credentials }))
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        // Of a scheme that it does not know, the parser takes an address for a name.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

// What is wrong with an address is said later, without repeating the password that may be in it.
impl From<String> for MailUrl {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Display for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.expose_secret();
        // What looks like no URL may hold a password anywhere.
        if Url::parse(text).is_ok_and(|url| url.cannot_be_a_base()) {
            return f.write_str(MASK);
        }
        f.write_str(&without_password(text))
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(url: &str) -> anyhow::Result<Way> {
        MailUrl::from(url.to_owned()).way()
    }

    #[test]
    fn a_mail_server_is_spoken_to_in_secret_unless_told_otherwise() {
        for (url, host, port, tls) in [
            ("smtps://mail.example", "mail.example", 465, Tls::AtOnce),
            ("smtp://mail.example", "mail.example", 587, Tls::AfterStart),
            ("smtp://mail.example:25/?tls=off", "mail.example", 25, Tls::Off),
            ("smtp://[::1]:2525?tls=off", "::1", 2525, Tls::Off),
        ] {
            let Way::Server(server) = way(url).unwrap() else { panic!("{url}") };
            assert_eq!((server.host.as_str(), server.port, server.tls), (host, port, tls));
            assert!(server.credentials.is_none(), "{url}");
        }
        let Way::Server(server) = way("smtps://ada%40x.example:p%2Fa+s@mail.example").unwrap()
        else {
            panic!("it is a server")
        };
        let (name, password) = server.credentials.unwrap();
        assert_eq!((name.as_str(), password.expose_secret()), ("ada@x.example", "p/a+s"));
        assert!(matches!(way("file:///var/mail"), Ok(Way::Folder(folder)) if folder.is_absolute()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_telling_the_password() {
        for wrong in [
            "mail.example:hunter2",
            "http://ada:hunter2@mail.example",
            "smtp://ada:hunter2@mail.example?tls=maybe",
            "smtps://ada:hunter2@mail.example?tls=off",
            "smtp://ada:hunter2@mail.example/inbox",
            "smtp://:hunter2@mail.example",
            "smtp://ada@mail.example",
            "smtp://ada:hunter2@mail.example?tls=off",
            "smtp://",
        ] {
            let error = format!("{:#}", way(wrong).unwrap_err());
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(way("smtp://ada:hunter2@127.0.0.1:2525?tls=off").is_ok());
        let shown = format!("{:?}", MailUrl::from("smtp://ada:hunter2@mail.example".to_owned()));
        assert_eq!(shown, "smtp://ada:***@mail.example");
    }

    #[test]
    fn a_sender_that_is_none_is_refused() {
        let settings = |from: &str| MailSettings {
            mail: Some(MailUrl::from("file:///var/mail".to_owned())),
            mail_from: Some(from.to_owned()),
        };
        assert!(settings("Northwind <orders@northwind.example>").mailer().unwrap().is_some());
        assert!(settings("Northwind").mailer().is_err());
    }
}
