//! Faults that the checker of histories must find, planted on purpose.
//!
//! They exist only in a build with the feature `planted-faults`, and each only where the environment variable
//! `ORDERGATE_PLANTED_FAULT` names it. Without the feature every question here is answered with a constant "no".

/// A fault that is easy to write and hard to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The tail goes by ids, which are given before commit, and so leaves out what a slower transaction commits late.
    TailById,
    /// Positions are given in the order of transactions, which is not the order of an order's history.
    TailByTransaction,
    /// A watcher that its group has left behind goes on with the oldest answer that is still there.
    LagIgnored,
    /// There is no poll, and hints get lost.
    NotifyOnly,
    /// A cursor is read as the one before it.
    CursorOffByOne,
    /// A change that is told is acknowledged before it is committed.
    AckBeforeCommit,
    /// A statement fails, nobody looks, and the commit answers `Ok`.
    SwallowedError,
    /// A connection whose COMMIT failed is used as if it had not, and what comes next is acknowledged.
    FailedCommitTrusted,
    /// The tail believes a hint about where it is, instead of reading on from where it was.
    HintTrusted,
    /// The cursor that is given with a list is read after the list.
    SnapshotBeforePosition,
    /// Two nodes give positions at once.
    SequencerUnfenced,
    /// History is forgotten, and whoever resumes from before is not told.
    RetentionUntold,
    /// A second operation with an id that is taken ends the first one without a word.
    DuplicateOperation,
    /// A number is taken that no document gets.
    NumberBurnt,
    /// A line is written once more, on the same draft.
    ChargeRepeated,
    /// A subscription begins without its first charge.
    ChargeForgotten,
    /// The sums of a document leave out what is taxed at its last rate.
    SumsShort,
    /// An event that was posted counts as taken, whatever its receiver answers.
    WebhookUnanswered,
}

/// Whether this process is to have a fault.
#[cfg(not(feature = "planted-faults"))]
#[inline]
pub(crate) const fn is(_: Fault) -> bool {
    false
}

#[cfg(feature = "planted-faults")]
pub(crate) fn is(fault: Fault) -> bool {
    use std::sync::LazyLock;

    static PLANTED: LazyLock<Option<Fault>> = LazyLock::new(|| {
        let name = std::env::var("ORDERGATE_PLANTED_FAULT").ok()?;
        let fault = Fault::ALL.iter().find(|(_, known)| *known == name);
        Some(fault.unwrap_or_else(|| panic!("there is no planted fault {name}")).0)
    });
    *PLANTED == Some(fault)
}

#[cfg(feature = "planted-faults")]
impl Fault {
    const ALL: [(Self, &'static str); 18] = [
        (Self::TailById, "tail-by-id"),
        (Self::TailByTransaction, "tail-by-transaction"),
        (Self::LagIgnored, "lag-ignored"),
        (Self::NotifyOnly, "notify-only"),
        (Self::CursorOffByOne, "cursor-off-by-one"),
        (Self::AckBeforeCommit, "ack-before-commit"),
        (Self::SwallowedError, "swallowed-error"),
        (Self::FailedCommitTrusted, "failed-commit-trusted"),
        (Self::HintTrusted, "hint-trusted"),
        (Self::SnapshotBeforePosition, "snapshot-before-position"),
        (Self::SequencerUnfenced, "sequencer-unfenced"),
        (Self::RetentionUntold, "retention-untold"),
        (Self::DuplicateOperation, "duplicate-operation"),
        (Self::NumberBurnt, "number-burnt"),
        (Self::ChargeRepeated, "charge-repeated"),
        (Self::ChargeForgotten, "charge-forgotten"),
        (Self::SumsShort, "sums-short"),
        (Self::WebhookUnanswered, "webhook-unanswered"),
    ];
}
