//! A mail as a page: no tables, no scripts, no pictures, nothing from elsewhere. Each part has its style with it, because
//! many mail programs take no other; what they do take besides is the dark, and the small screen (`page.css`).

use entity::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::sheet::{Answer, Sheet, SheetLine, Sum, Tone};

const DARK_AND_SMALL: &str = include_str!("page.css");

const FONT: &str =
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;";
const PAGE: &str = "margin:0;padding:24px 12px;background:#eceff1;color:#1b1f23;";
const SHEET: &str = "max-width:560px;margin:0 auto;padding:28px 32px;background:#ffffff;border:1px solid #d0d7de;border-radius:8px;font-size:16px;line-height:1.5;overflow-wrap:anywhere;";
const SELLER: &str =
    "max-width:560px;margin:0 auto 12px;font-size:14px;font-weight:600;color:#4b5560;";
const TITLE: &str =
    "margin:0 0 12px;font-size:22px;line-height:1.25;font-weight:650;color:#1b1f23;";
const WORDS: &str = "margin:0 0 20px;";
const QUOTE: &str = "margin:0 0 20px;padding:10px 16px;border-left:3px solid #b9c2cb;background:#f4f6f8;white-space:pre-line;";
const BUTTON: &str = "display:inline-block;margin:0 8px 10px 0;padding:11px 20px;border-radius:6px;font-weight:600;text-decoration:none;";
const YES: &str = "background:#0b6b3a;border:1px solid #0b6b3a;color:#ffffff;";
const NO: &str = "background:#ffffff;border:1px solid #a1260d;color:#a1260d;";
const SMALL: &str = "font-size:14px;color:#4b5560;";
const FACT: &str = "margin:0 0 4px;padding-left:138px;text-indent:-138px;";
const NAME: &str =
    "display:inline-block;min-width:130px;padding-right:8px;text-indent:0;color:#4b5560;";
const HEADING: &str = "margin:24px 0 4px;font-size:14px;font-weight:600;color:#4b5560;";
const LINE: &str = "padding:12px 0;border-top:1px solid #d0d7de;overflow:hidden;";
const AMOUNT: &str =
    "float:right;padding-left:16px;white-space:nowrap;font-variant-numeric:tabular-nums;";
const SUM: &str = "padding:5px 0;overflow:hidden;";
const FOOTER: &str = "max-width:560px;margin:16px auto 0;font-size:13px;line-height:1.5;color:#4b5560;overflow-wrap:anywhere;";
const HIDDEN: &str = "display:none;max-height:0;overflow:hidden;";

/// The mail as a page, with every text escaped.
pub(super) fn page(sheet: &Sheet) -> String {
    let language = match sheet.language {
        Language::English => "en",
        Language::German => "de",
    };
    let page = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (sheet.title) }
                style { (PreEscaped(DARK_AND_SMALL)) }
            }
            body.page style={ (PAGE) (FONT) } {
                // What a mail program shows beside the subject.
                div style=(HIDDEN) { (sheet.words) }
                div.quiet style=(SELLER) { (sheet.seller) }
                div.sheet style={ (SHEET) "border-top:4px solid " (color(sheet.tone)) ";" } {
                    h1.strong style=(TITLE) { (title(sheet)) }
                    p style=(WORDS) { (sheet.words) }
                    @if let Some(quote) = &sheet.quote {
                        blockquote.quote style=(QUOTE) { (quote) }
                    }
                    @if let Some(answer) = &sheet.answer { (self::answer(answer)) }
                    @for (name, value) in &sheet.facts {
                        p style=(FACT) { span.quiet style=(NAME) { (name) } (value) }
                    }
                    div.quiet style=(HEADING) { (sheet.heading) }
                    @for line in &sheet.lines { (self::line(line)) }
                    @if let Some(more) = &sheet.more {
                        div.rule.quiet style={ (LINE) (SMALL) } { (more) }
                    }
                    div.rule style=(LINE) {
                        @for sum in &sheet.sums { (self::sum(sum)) }
                        @if let Some(about) = sheet.about_sums { div.quiet style=(SMALL) { (about) } }
                    }
                    @if let Some((name, how)) = &sheet.payment {
                        div.quiet style=(HEADING) { (name) }
                        div.quote style=(QUOTE) { (how) }
                    }
                }
                div.quiet style=(FOOTER) { (sheet.footer) }
            }
        }
    };
    page.into_string()
}

/// The title, whose number is not broken where it fits into a line.
fn title(sheet: &Sheet) -> Markup {
    let (before, after) =
        sheet.title.split_once(sheet.number.as_str()).unwrap_or((sheet.title.as_str(), ""));
    let number = sheet.title.contains(sheet.number.as_str()).then_some(sheet.number.as_str());
    html! {
        (before)
        @if let Some(number) = number { span style="display:inline-block;" { (number) } }
        (after)
    }
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Asks => "#b7791f",
        Tone::Good => "#0b6b3a",
        Tone::Bad => "#a1260d",
        Tone::Neutral => "#0b57d0",
    }
}

fn answer(answer: &Answer) -> Markup {
    html! {
        @match answer {
            Answer::ByLinks { approve, reject, about } => {
                div style="margin:0 0 4px;" {
                    a.button.yes href=(approve.1) style={ (BUTTON) (YES) } { (approve.0) }
                    a.button.no href=(reject.1) style={ (BUTTON) (NO) } { (reject.0) }
                }
                p.quiet style={ "margin:0 0 20px;" (SMALL) } { (about) }
            }
            Answer::Elsewhere(words) => p style={ (WORDS) "font-weight:600;" } { (words) },
        }
    }
}

fn line(line: &SheetLine) -> Markup {
    html! {
        div.rule style=(LINE) {
            div style=(AMOUNT) { (line.amount) }
            div style="overflow:hidden;" {
                div { (line.name) }
                div.quiet style=(SMALL) { (line.details) }
                @if let Some((is_good, end)) = &line.end {
                    @let color = color(if *is_good { Tone::Good } else { Tone::Bad });
                    div.good[*is_good].bad[!*is_good] style={ "font-size:14px;font-weight:600;color:" (color) ";" } { (end) }
                }
            }
        }
    }
}

fn sum(sum: &Sum) -> Markup {
    let weight = if sum.is_total { "font-weight:650;" } else { "" };
    html! {
        div style={ (SUM) (weight) } {
            div style=(AMOUNT) { (sum.amount) }
            div { (sum.name) }
        }
    }
}
