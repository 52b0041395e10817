//! Which paths of the crate a source text names, read from its tokens.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path from the root of the crate, and the line that names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// Every path of the crate that the text of a module names, trees written out: `use crate::{a::{b, c}, d}` names `a::b`,
/// `a::c` and `d`. Paths within bodies count; what is built for tests only does not, nor a macro's `$crate`, which speaks
/// for whoever calls the macro.
pub(super) fn named(module: &[String], text: &str) -> Vec<Named> {
    let tokens: TokenStream = text.parse().unwrap();
    let mut found = Vec::new();
    walk(module, &tokens.into_iter().collect::<Vec<_>>(), &mut found);
    found
}

fn walk(module: &[String], tokens: &[TokenTree], found: &mut Vec<Named>) {
    use TokenTree::{Group, Ident, Punct};

    let mut rest = tokens;
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (Punct(hash), [Group(attribute), item @ ..])
                if hash.as_char() == '#' && is_for_tests(attribute) =>
            {
                after_item(item)
            }
            (Punct(dollar), [_, after @ ..]) if dollar.as_char() == '$' => after,
            (Ident(word), [Ident(name), Group(body), after @ ..]) if word == "mod" => {
                let inner: Vec<_> = module.iter().cloned().chain([name.to_string()]).collect();
                walk(&inner, &trees(body), found);
                after
            }
            (Ident(word), path) if leads_on(path) => match word.to_string().as_str() {
                "crate" => tree(Vec::new(), &path[2..], found),
                "self" | "super" => tree(module.to_vec(), rest, found),
                _ => after,
            },
            (Group(group), after) => {
                walk(module, &trees(group), found);
                after
            }
            _ => after,
        };
    }
}

/// Reads one branch of a path or of a tree of paths, which goes on from `path`.
fn tree<'tokens>(
    mut path: Vec<String>,
    mut rest: &'tokens [TokenTree],
    found: &mut Vec<Named>,
) -> &'tokens [TokenTree] {
    while let [first, after @ ..] = rest {
        match first {
            TokenTree::Group(group) => {
                for branch in trees(group).split(is_comma) {
                    tree(path.clone(), branch, found);
                }
                return after;
            }
            TokenTree::Ident(word) if word == "self" => {}
            TokenTree::Ident(word) if word == "super" => drop(path.pop()),
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        if !leads_on(after) {
            found.push(Named { path, line: first.span().start().line });
            return after;
        }
        rest = &after[2..];
    }
    rest
}

/// Whether what comes next is `::` and one more step of a path. In `Vec::<u8>` it is not.
fn leads_on(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(one), TokenTree::Punct(two), step, ..] = tokens else { return false };
    let step = match step {
        TokenTree::Ident(_) => true,
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(star) => star.as_char() == '*',
        TokenTree::Literal(_) => false,
    };
    one.as_char() == ':' && two.as_char() == ':' && step
}

fn is_for_tests(attribute: &Group) -> bool {
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// What comes after an item, whose attribute has been read: after its body, or its semicolon.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    });
    end.map_or(&[], |end| &tokens[end + 1..])
}

fn trees(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',')
}

#[test]
fn a_tree_of_paths_is_written_out() {
    let module = ["http", "live"].map(str::to_owned);
    let text = r#"
        //! Not `crate::comment`.
        use std::{fs, path::Path};
        use self::{key::Key, group};
        use super::{gateway::Gateway, super::app::App};
        use crate::{
            domain::{self, order_life::{self, next as after}, periods::*},
            error::Failed,
        };
        fn body() -> Vec<crate::viewer::Viewer> {
            let text = "crate::text";
            select! { _ = crate::clock::now::<u8>() => crate::store::all(&text) }
        }
        macro_rules! of_callers {
            () => { $crate::macros::Caller };
        }
        mod inner {
            use super::Outer;
        }
        #[cfg(test)]
        use crate::left_out;
        #[cfg(test)]
        mod tests {
            use crate::left_out;
        }
    "#;
    let paths: Vec<_> =
        named(&module, text).into_iter().map(|named| (named.path.join("::"), named.line)).collect();
    let paths: Vec<_> = paths.iter().map(|(path, line)| (path.as_str(), *line)).collect();
    assert_eq!(
        paths,
        [
            ("http::live::key::Key", 4),
            ("http::live::group", 4),
            ("http::gateway::Gateway", 5),
            ("app::App", 5),
            ("domain", 7),
            ("domain::order_life", 7),
            ("domain::order_life::next", 7),
            ("domain::periods", 7),
            ("error::Failed", 8),
            ("viewer::Viewer", 10),
            ("clock::now", 12),
            ("store::all", 12),
            ("http::live::Outer", 18),
        ]
    );
}
