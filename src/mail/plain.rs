//! A mail as text.

use super::sheet::{Answer, Sheet};

/// What stands in the mail, for programs and people that read text.
pub(super) fn written(sheet: &Sheet) -> String {
    let mut parts = vec![sheet.title.clone(), sheet.words.clone()];
    parts.extend(sheet.quote.as_deref().map(quoted));
    match &sheet.answer {
        Some(Answer::ByLinks { approve, reject, about }) => {
            parts.push(format!("{}:\n{}", approve.0, approve.1));
            parts.push(format!("{}:\n{}", reject.0, reject.1));
            parts.push(about.clone());
        }
        Some(Answer::Elsewhere(words)) => parts.push(words.clone()),
        None => {}
    }
    let facts = sheet.facts.iter().map(|(name, value)| format!("{name}: {value}"));
    parts.push(facts.collect::<Vec<_>>().join("\n"));
    let mut list = vec![sheet.heading.to_owned()];
    for line in &sheet.lines {
        list.push(format!("- {}\n  {}: {}", line.name, line.details, line.amount));
        list.extend(line.end.as_ref().map(|(_, end)| format!("  {}", in_one_line(end))));
    }
    list.extend(sheet.more.clone());
    list.extend(sheet.sums.iter().map(|sum| format!("{}: {}", sum.name, sum.amount)));
    list.extend(sheet.about_sums.map(str::to_owned));
    parts.push(list.join("\n"));
    parts.extend(sheet.payment.as_ref().map(|(name, how)| format!("{name}\n{}", quoted(how))));
    parts.push(format!("-- \n{}", sheet.footer));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// What somebody has said, so that none of it looks as if the mail said it.
fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
