//! What the program tells the person who starts it and has got something wrong.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::Duration,
};

use sea_orm::{ConnectionTrait, Database as Connection};
use url::Url;
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{database::Database, http::client},
};

const NEWER: &str = "m20991231_000001_of_a_later_release";

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("ordergate-first-day-{}", Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ordergate"))
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What the server logs until it is ready.
    async fn serve(&self, arguments: &[&str]) -> String {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_ordergate"))
            .args(["serve", "--listen", &address.to_string()])
            .args(arguments)
            .current_dir(&self.0)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        for _ in 0..500 {
            if let Ok(answer) = client().get(format!("http://{address}/readyz")).send().await
                && answer.status().is_success()
            {
                program.kill().unwrap();
                let output = program.wait_with_output().unwrap();
                return String::from_utf8(output.stderr).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        program.kill().unwrap();
        panic!("the program did not become ready: {:?}", program.wait_with_output());
    }

    /// What a command that must fail says.
    fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines.len() == 1 && text.starts_with("ordergate: "), "{text}");
        text
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_told_with_what_to_do() {
    let folder = Folder::new();
    let whole = folder.0.display();
    fs::write(folder.0.join("letter.txt"), "Dear Sir or Madam, ".repeat(1_000)).unwrap();
    fs::create_dir(folder.0.join("sub")).unwrap();
    for (url, expected) in [
        ("sqlite://nowhere/shop.db", format!("there is no folder {whole}/nowhere")),
        ("sqlite://sub", format!("{whole}/sub is a folder")),
        ("sqlite://letter.txt", format!("{whole}/letter.txt is no SQLite database")),
    ] {
        let said = folder.fail(&["migrate", "up", "--database-url", url]);
        assert!(said.contains(&expected), "{said}");
    }
    let said = folder.fail(&["migrate", "status", "--database-url", "sqlite://shop.db"]);
    assert!(said.contains(&format!("there is no database at {whole}/shop.db")), "{said}");
}

#[test]
fn a_server_that_cannot_be_reached_is_told_without_the_password() {
    let folder = Folder::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = format!("postgres://app:hunter2@127.0.0.1:{port}/shop");
    let said = folder.fail(&["migrate", "up", "--database-url", &closed]);
    assert!(said.contains(&format!("nothing listens at 127.0.0.1:{port}")), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let unknown = "postgres://app:hunter2@no-such-host.invalid/shop";
    let said = folder.fail(&["migrate", "up", "--database-url", unknown]);
    assert!(said.contains("no-such-host.invalid") && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_server_that_refuses_is_told_without_the_password() {
    let database = Database::postgres().await;
    let folder = Folder::new();
    let mut other = Url::parse(&database.url).unwrap();
    other.set_path("/no_such_shop");
    let said = folder.fail(&["migrate", "up", "--database-url", other.as_str()]);
    assert!(said.contains("there is no database no_such_shop"), "{said}");
    other.set_username("nobody_here").unwrap();
    other.set_password(Some("hunter2")).unwrap();
    let said = folder.fail(&["migrate", "up", "--database-url", other.as_str()]);
    assert!(said.contains("nobody_here") && !said.contains("hunter2"), "{said}");
}

on_both_databases!(a_database_of_a_newer_release_is_served_with_a_warning);

async fn a_database_of_a_newer_release_is_served_with_a_warning(database: Database) {
    let folder = Folder::new();
    let url = ["--database-url", &database.url];
    assert!(folder.run(&[&["migrate", "up"], &url[..]].concat()).status.success());
    let before = folder.run(&[&["migrate", "status"], &url[..]].concat());
    assert!(!String::from_utf8(before.stdout).unwrap().contains("newer"));

    let connection = Connection::connect(&database.url).await.unwrap();
    let step = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{NEWER}', 0)");
    connection.execute_unprepared(&step).await.unwrap();
    connection.close().await.unwrap();

    let status = folder.run(&[&["migrate", "status"], &url[..]].concat());
    let listed = String::from_utf8(status.stdout).unwrap();
    assert!(status.status.success() && listed.contains(&format!("newer    {NEWER}")), "{listed}");
    let log = folder.serve(&url).await;
    assert!(log.contains("WARN") && log.contains(NEWER), "{log}");
}

#[tokio::test]
async fn a_new_database_is_named_with_its_whole_path_and_what_to_do_first() {
    let folder = Folder::new();
    let log = folder.serve(&[]).await;
    let place = folder.0.join("ordergate.db").display().to_string();
    assert!(log.contains(&format!("using the database at {place}")), "{log}");
    assert!(log.contains("there is no tenant yet"), "{log}");
    assert!(folder.run(&["tenant", "create", "--name", "Acme"]).status.success());
    let log = folder.serve(&[]).await;
    assert!(!log.contains("no tenant"), "{log}");
}
