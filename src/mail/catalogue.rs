//! All that mail says, in every language. In braces stands what is filled in.

use entity::Language;

/// Defines the texts: a name, and what it is in each language.
macro_rules! texts {
    ($($name:ident { $english:literal, $german:literal })+) => {
        /// A text in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Text {
            $($name,)+
        }

        impl Text {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// The text as it is written, with what is to be filled in.
            pub(super) fn of(self, language: Language) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$name, Language::English) => $english,
                        (Self::$name, Language::German) => $german,
                    )+
                }
            }
        }
    };
}

texts! {
    ApprovalWanted {
        "Approval wanted: order {number}",
        "Freigabe erbeten: Bestellung {number}"
    }
    ApprovalWantedWords {
        "{seller} asks for your answer to this order. Nothing is carried out before it is approved.",
        "{seller} bittet um Ihre Entscheidung über diese Bestellung. Vor der Freigabe wird nichts ausgeführt."
    }
    OrderHeld {
        "A question on order {number}",
        "Eine Frage zu Bestellung {number}"
    }
    OrderHeldWords {
        "The order cannot go on before this is answered:",
        "Die Bestellung kann erst weitergehen, wenn dies beantwortet ist:"
    }
    OrderApproved {
        "Order {number} is approved",
        "Bestellung {number} ist freigegeben"
    }
    OrderApprovedWords {
        "Everybody who was asked has said yes. The order is carried out now.",
        "Alle Gefragten haben zugestimmt. Die Bestellung wird nun ausgeführt."
    }
    OrderApprovedForLater {
        "Everybody who was asked has said yes. The order is carried out on {date}.",
        "Alle Gefragten haben zugestimmt. Die Bestellung wird am {date} ausgeführt."
    }
    OrderRejected {
        "Order {number} is rejected",
        "Bestellung {number} ist abgelehnt"
    }
    OrderRejectedWords {
        "The order has ended, and nothing of it is carried out. The reason that was given:",
        "Die Bestellung ist beendet, nichts davon wird ausgeführt. Die Begründung:"
    }
    OrderCompleted {
        "Order {number} is done",
        "Bestellung {number} ist ausgeführt"
    }
    OrderCompletedWords {
        "All that was ordered has been carried out.",
        "Alles, was bestellt wurde, ist ausgeführt."
    }
    OrderFailed {
        "Order {number} has failed",
        "Bestellung {number} ist fehlgeschlagen"
    }
    OrderFailedWords {
        "Nothing of it could be carried out. The reason stands with each line.",
        "Nichts davon konnte ausgeführt werden. Der Grund steht bei jeder Position."
    }
    OrderFailedInPart {
        "Order {number} is done in part",
        "Bestellung {number} ist teilweise ausgeführt"
    }
    OrderFailedInPartWords {
        "Some of it has been carried out, and some could not be. What became of each line stands with it.",
        "Ein Teil ist ausgeführt, ein Teil konnte es nicht werden. Was daraus wurde, steht bei jeder Position."
    }
    InvoiceIssued {
        "Invoice {number} from {seller}",
        "Rechnung {number} von {seller}"
    }
    InvoiceIssuedWords {
        "{amount} is to be paid by {date}.",
        "{amount} ist bis {date} zu zahlen."
    }
    InvoicePaidWords {
        "Nothing of it is left to be paid.",
        "Davon ist nichts mehr zu zahlen."
    }

    LookAndApprove { "Look and approve", "Ansehen und freigeben" }
    LookAndReject { "Look and reject", "Ansehen und ablehnen" }
    AboutLinks {
        "To open a link decides nothing. Each works once, until {date}. Whoever has this mail can answer in your name: pass it on to nobody.",
        "Das Öffnen eines Links entscheidet noch nichts. Jeder gilt einmal, bis {date}. Wer diese E-Mail hat, kann in Ihrem Namen antworten: Bitte leiten Sie sie nicht weiter."
    }
    AnswerInPortal {
        "Please answer in the portal of {seller}.",
        "Bitte antworten Sie im Portal von {seller}."
    }

    Customer { "Customer", "Kunde" }
    SoldBy { "Sold by", "Verkauft von" }
    PlacedAt { "Placed at", "Bestellt am" }
    Begins { "Begins", "Beginnt" }
    Reference { "Reference", "Referenz" }
    PoNumber { "PO number", "PO-Nummer" }
    IssuedOn { "Issued on", "Ausgestellt am" }
    DueOn { "To be paid by", "Zahlbar bis" }

    WhatIsOrdered { "What is ordered", "Bestellte Positionen" }
    Sums { "Amount", "Betrag" }
    More { "… and {count} more", "… und {count} weitere" }
    Change { "Change of {offer}", "Änderung von {offer}" }
    Suspend { "Suspension of {offer}", "Aussetzung von {offer}" }
    Resume { "Resumption of {offer}", "Fortsetzung von {offer}" }
    Cancel { "Cancellation of {offer}", "Kündigung von {offer}" }
    OneUnit { "1 unit", "1 Einheit" }
    Units { "{quantity} units", "{quantity} Einheiten" }
    PerWeek { "per week", "pro Woche" }
    PerMonth { "per month", "pro Monat" }
    PerQuarter { "per quarter", "pro Quartal" }
    PerHalfYear { "per half-year", "pro Halbjahr" }
    PerYear { "per year", "pro Jahr" }
    PerThreeYears { "per three years", "pro drei Jahre" }
    LineDone { "Done", "Ausgeführt" }
    LineFailed { "Failed", "Fehlgeschlagen" }
    LineFailedFor { "Failed: {reason}", "Fehlgeschlagen: {reason}" }
    WithoutTax { "Without tax", "Ohne Steuer" }
    Tax { "Tax", "Steuer" }
    Total { "Total", "Gesamt" }
    ToBePaid { "To be paid", "Zu zahlen" }
    PricesWithTax { "Prices are with tax.", "Preise mit Steuer." }
    HowToPay { "How to pay", "So wird bezahlt" }

    Footer {
        "{seller} sends this to {address}, which is set up to be told. To get no more of it, turn to {seller}.",
        "{seller} schickt dies an {address}, weil die Adresse dafür eingetragen ist. Wenn Sie das nicht mehr erhalten möchten, wenden Sie sich an {seller}."
    }
}

impl Text {
    /// The text with what is filled in. What stands in braces in that means nothing.
    pub(super) fn with(self, language: Language, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.of(language);
        while let Some((before, named)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = named.split_once('}') else { break };
            let value = values.iter().find(|(known, _)| *known == name);
            filled.push_str(value.map_or("", |(_, value)| *value));
            rest = after;
        }
        filled + rest
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|named| named.split_once('}').unwrap().0).collect()
    }

    #[test]
    fn every_text_is_there_in_every_language_with_the_same_places_to_fill_in() {
        for text in Text::ALL {
            let english = text.of(Language::English);
            for language in Language::ALL {
                let told = text.of(*language);
                assert!(!told.trim().is_empty(), "{text:?} {language}");
                assert_eq!(places(told), places(english), "{text:?} {language}");
                assert!(
                    *language == Language::English || told != english,
                    "{text:?} is not translated"
                );
            }
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let values = [("number", "{seller} {"), ("seller", "Northwind")];
        let filled = Text::InvoiceIssued.with(Language::English, &values);
        assert_eq!(filled, "Invoice {seller} { from Northwind");
    }
}
