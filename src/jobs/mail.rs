//! Mail: what there is to be is written down from the log, and sent. Runs where a mail server is set.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use entity::{MailId, MailKind, MailStatus, TenantId, mail};
use futures_util::{StreamExt, stream};
use rand::RngExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    Round, about,
    rounds::{Rests, Rounds},
    waiting::{Waiting, oldest_of_each},
};
use crate::{
    app::App,
    error::Outcome,
    mail::{About, Envelope, Letter, Links, Mailer, NotSent},
    seldom::Seldom,
    services::{
        mail::{
            settle::{Became, SettleMail, settle_mail},
            take::{TakeMail, take_mail},
            tell::{Telling, tell},
            write::write_mails,
        },
        orders::links::create::ApprovalLinksCreated,
        unit::Unit,
    },
    store::{Lease, statement::is_exactly},
};

/// How late mail is written down when no hint arrives.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Changes within this time are looked at together.
const TOGETHER: Duration = Duration::from_millis(100);
/// How long a tenant rests whose mail cannot be written down, and all mail when the server cannot be reached.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(15);
/// How long mail waits after the node that sent it has died. What it was sending waits longer.
const LEASE_LASTS: Duration = Duration::from_secs(15);
/// How many mails are handed over at the same time.
const MAILS_IN_PARALLEL: usize = 4;
/// How many mails of a tenant are in one round.
const MAILS_OF_A_TENANT: u64 = 16;

const MAILS: Waiting = Waiting { table: "mail", waits: "status = 'PENDING'", due: "next_try_at" };

/// What writes mail down and sends it, while this node has the lease.
pub(super) struct Post {
    lease: Lease,
    mailer: Mailer,
    /// There is no mail about what happened before anything could be sent.
    since: DateTime<Utc>,
    /// Tenants whose mail could not be written down, each until when it rests.
    resting: HashMap<TenantId, Instant>,
    /// When the server may be tried again.
    rests_until: Option<Instant>,
    unreachable: Seldom,
}

impl Rounds for Post {
    const NAME: &'static str = "mail";
    /// What there is mail about is in the log, so its growth is the hint.
    const RESTS: Rests =
        Rests { look_every: LOOK_EVERY, together: Some(TOGETHER), after_failure: LOOK_EVERY };

    fn lease(&self) -> &Lease {
        &self.lease
    }

    /// A mail that cannot be sent is put off and holds up no other; an error means that nothing can be done
    /// now.
    async fn do_what_is_due(&mut self, app: &App, stop: &CancellationToken) -> Outcome<Round> {
        self.resting.retain(|_, until| *until > Instant::now());
        let mut to_read = tenants_to_read(app).await?;
        to_read.retain(|tenant_id| !self.resting.contains_key(tenant_id));
        let rests = self.rests_until.is_some_and(|until| until > Instant::now());
        let to_send = if rests { Vec::new() } else { mails_to_send(app).await? };
        if to_read.is_empty() && to_send.is_empty() {
            return Ok(Round::NothingDue);
        }
        if !self.lease.hold(&app.store).await? {
            return Ok(Round::DoneElsewhere);
        }
        let mut outcome = Ok(());
        for tenant_id in &to_read {
            if let Err(cause) = Box::pin(self.write(app, *tenant_id)).await {
                self.resting.insert(*tenant_id, Instant::now() + REST_AFTER_FAILURE);
                outcome = outcome.and(Err(about(cause, &format!("tenant {tenant_id}"))));
            }
        }
        let reached = Box::pin(self.send_all(app, stop, to_send)).await;
        outcome?;
        Ok(if reached? || !to_read.is_empty() { Round::Done } else { Round::NothingDue })
    }
}

impl Post {
    /// None: nothing sends mail.
    pub(super) fn of(app: &App) -> Option<Self> {
        Some(Self {
            lease: Lease::new("mail", LEASE_LASTS),
            mailer: app.mailer.clone()?,
            since: app.clock.now(),
            resting: HashMap::new(),
            rests_until: None,
            unreachable: Seldom::new(),
        })
    }

    async fn write(&self, app: &App, tenant_id: TenantId) -> Outcome<()> {
        let mut more = true;
        while more {
            let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
            if !self.lease.allows(&unit.txn).await? {
                return Ok(());
            }
            more = write_mails(&unit, self.since).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    /// Sends some mails; says whether the server can be reached, and whether there were any.
    async fn send_all(
        &mut self,
        app: &App,
        stop: &CancellationToken,
        mails: Vec<(TenantId, MailId)>,
    ) -> Outcome<bool> {
        let is_unreachable = AtomicBool::new(false);
        let there_were = !mails.is_empty();
        let (post, unreachable) = (&*self, &is_unreachable);
        let outcomes: Vec<Outcome<()>> = stream::iter(mails)
            .map(|(tenant_id, id)| async move {
                if stop.is_cancelled() || unreachable.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let sent = Box::pin(post.send(app, tenant_id, id)).await;
                let sent = match sent {
                    Ok(sent) => sent,
                    Err(cause) => {
                        warn!(?cause, mail.id = %id, "could not send mail {id}");
                        let why = "A fault of the service itself; its log says more.".to_owned();
                        put_off(app, tenant_id, id, why).await?;
                        true
                    }
                };
                unreachable.fetch_or(!sent, Ordering::Relaxed);
                Ok(())
            })
            .buffer_unordered(MAILS_IN_PARALLEL)
            .collect()
            .await;
        let is_unreachable = is_unreachable.into_inner();
        self.rests_until = is_unreachable.then(|| Instant::now() + REST_AFTER_FAILURE);
        outcomes.into_iter().collect::<Outcome<()>>()?;
        Ok(there_were && !is_unreachable)
    }

    /// Sends one mail, if it is still to be sent; says whether the server could be reached.
    async fn send(&self, app: &App, tenant_id: TenantId, id: MailId) -> Outcome<bool> {
        let Some(mail) = pending(app, tenant_id, id).await? else { return Ok(true) };
        let Telling { mut notice, reply_to, maker } = match tell(app, &mail).await? {
            Ok(telling) => telling,
            Err(why) => {
                app.metrics.mail_tried("dropped");
                let became = Became::Pointless { why };
                let pointless =
                    SettleMail { mail_id: id, attempt: mail.attempts, became, useless: vec![] };
                settle(app, Arc::new(Viewer::system(tenant_id)), pointless).await?;
                return Ok(true);
            }
        };
        // Before anything is made that is of use only if it arrives.
        let mut connection = match self.mailer.connect().await {
            Ok(connection) => connection,
            Err(why) => {
                if let Some(untold) = self.unreachable.due() {
                    warn!(%why, untold, "the mail server cannot be used; mail waits");
                }
                // What the server says is for whoever runs it.
                let why = "The mail server could not be used.".to_owned();
                put_off(app, tenant_id, id, why).await?;
                return Ok(false);
            }
        };
        let asks = mail.kind == MailKind::ApprovalWanted && !app.public_url.is_empty();
        let maker = maker.filter(|_| asks);
        let order_id = mail.order_id.filter(|_| maker.is_some());
        let viewer = maker.unwrap_or_else(|| Arc::new(Viewer::system(tenant_id)));
        let taking = TakeMail {
            mail_id: id,
            address: mail.address,
            subject: Letter::subject(&notice),
            order_id,
        };
        if !self.lease.hold(&app.store).await? {
            return Ok(true);
        }
        let unit = Unit::begin(app, viewer.clone()).await?;
        if !self.lease.allows(&unit.txn).await? {
            return Ok(true);
        }
        let Some(taken) = take_mail(&unit, taking).await? else { return Ok(true) };
        unit.commit().await?;

        let mail = taken.mail;
        if let (About::Order(order), Some(made)) = (&mut notice.about, &taken.links) {
            order.links = links(app, made);
        }
        let envelope = Envelope {
            id: format!("{}.{}", mail.event_id.0.simple(), mail.recipient_id.0.simple()),
            to: &mail.address,
            reply_to: reply_to.as_deref(),
            at: app.clock.now(),
        };
        let sent = self.mailer.send(&mut connection, &envelope, &Letter::of(&notice)).await;
        let made = taken.links.map(|made| vec![made.approve.id, made.reject.id]);
        let (became, useless) = match sent {
            Ok(()) => (Became::Sent, None),
            Err(NotSent::Refused { why, for_good: true }) => (Became::Failed { why }, made),
            Err(NotSent::Refused { why, for_good: false }) => (later(why), made),
            // Perhaps somebody has it, and follows its links.
            Err(NotSent::Unclear { why }) => (later(why), None),
        };
        match &became {
            Became::Sent => info!(mail.id = %id, "sent mail {id}"),
            Became::Failed { why } => warn!(mail.id = %id, %why, "mail {id} is refused for good"),
            Became::PutOff { why, .. } => info!(mail.id = %id, %why, "mail {id} is put off"),
            Became::Pointless { .. } => {}
        }
        app.metrics.mail_tried(match became {
            Became::Sent => "sent",
            Became::Failed { .. } => "failed",
            Became::PutOff { .. } => "put_off",
            Became::Pointless { .. } => "dropped",
        });
        let is_sent = became == Became::Sent;
        let useless = useless.unwrap_or_default();
        let ended = SettleMail { mail_id: id, attempt: mail.attempts, became, useless };
        // Whoever has the lease by now: this attempt was made, and nobody else knows how it ended.
        settle(app, viewer, ended).await?;
        if is_sent {
            connection.close().await;
        }
        Ok(true)
    }
}

fn links(app: &App, made: &ApprovalLinksCreated) -> Option<Links> {
    Some(Links {
        approve: made.approve.url(&app.public_url)?,
        reject: made.reject.url(&app.public_url)?,
        expires_at: made.expires_at,
    })
}

fn later(why: String) -> Became {
    Became::PutOff { why, chance: rand::rng().random_range(0..1_000) }
}

/// Puts off a mail that nobody has taken.
async fn put_off(app: &App, tenant_id: TenantId, id: MailId, why: String) -> Outcome<()> {
    let Some(mail) = pending(app, tenant_id, id).await? else { return Ok(()) };
    app.metrics.mail_tried("put_off");
    let attempt = mail.attempts.saturating_add(1);
    let ended = SettleMail { mail_id: id, attempt, became: later(why), useless: Vec::new() };
    settle(app, Arc::new(Viewer::system(tenant_id)), ended).await
}

async fn settle(app: &App, viewer: Arc<Viewer>, ended: SettleMail) -> Outcome<()> {
    let unit = Unit::begin(app, viewer).await?;
    settle_mail(&unit, ended).await?;
    Ok(unit.commit().await?)
}

async fn pending(app: &App, tenant_id: TenantId, id: MailId) -> Outcome<Option<mail::Model>> {
    Ok(mail::Entity::find()
        .filter(mail::Column::TenantId.eq(tenant_id))
        .filter(mail::Column::Id.eq(id))
        .filter(mail::Column::Status.eq(MailStatus::Pending))
        .one(app.store.readers())
        .await?)
}

/// The tenants in whose logs there is something that was not looked at, and somebody to whom it may matter.
async fn tenants_to_read(app: &App) -> Outcome<Vec<TenantId>> {
    let readers = app.store.readers();
    let sql = "SELECT log.tenant_id FROM event_log AS log \
         LEFT JOIN mail_position AS seen ON seen.tenant_id = log.tenant_id \
         WHERE (seen.position IS NULL OR seen.position < log.latest_position) \
         AND EXISTS (SELECT 1 FROM mail_recipient AS recipient \
             WHERE recipient.tenant_id = log.tenant_id AND recipient.enabled) \
         ORDER BY log.tenant_id";
    let rows =
        readers.query_all_raw(Statement::from_string(readers.get_database_backend(), sql)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// What is due, one of each tenant after the other.
async fn mails_to_send(app: &App) -> Outcome<Vec<(TenantId, MailId)>> {
    let (readers, now) = (app.store.readers(), app.clock.now());
    let mut due = Vec::new();
    for (tenant_id, oldest) in oldest_of_each::<DateTime<Utc>>(readers, &MAILS).await? {
        if oldest > now {
            continue;
        }
        let ids: Vec<MailId> = mail::Entity::find()
            .select_only()
            .column(mail::Column::Id)
            .filter(mail::Column::TenantId.eq(tenant_id))
            .filter(is_exactly(mail::Column::Status, MailStatus::Pending))
            .filter(mail::Column::NextTryAt.lte(now))
            .order_by_asc(mail::Column::NextTryAt)
            .order_by_asc(mail::Column::Id)
            .limit(MAILS_OF_A_TENANT)
            .into_tuple()
            .all(readers)
            .await?;
        due.extend(ids.into_iter().enumerate().map(|(turn, id)| (turn, tenant_id, id)));
    }
    due.sort_by_key(|(turn, ..)| *turn);
    Ok(due.into_iter().map(|(_, tenant_id, id)| (tenant_id, id)).collect())
}
