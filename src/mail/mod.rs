//! Mail: what it says, how it looks, and how it leaves. Knows no database.

mod catalogue;
mod html;
mod letter;
mod mailer;
mod notice;
mod plain;
mod sheet;
mod spoken;

pub use self::{
    letter::Letter,
    mailer::{Connection, Envelope, Mailer, NotSent, Server, Tls, Way, is_address},
    notice::{About, Bill, Line, LineEnd, Links, Notice, Ordered},
};
