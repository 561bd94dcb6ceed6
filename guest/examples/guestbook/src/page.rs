//! The page. Whatever visitors wrote is text in it, never markup.

use std::fmt::Write;

use doverb_guest::Form;

use crate::book::Entry;

const ENTRIES_A_PAGE: usize = 10;

pub(crate) const STYLE: &str = include_str!("style.css");

pub(crate) fn render(entries: &[Entry], wanted: &str, page: usize, visitor: &str, kept: bool) -> String {
    let pages = entries.len().div_ceil(ENTRIES_A_PAGE).max(1);
    let page = page.clamp(1, pages);
    let mut html = String::from(HEAD);
    if !kept {
        html.push_str(UNKEPT);
    }
    let _ = write!(html, include_str!("form.html"), visitor = escape(visitor), wanted = escape(wanted));
    html.push_str(&heading(entries.len(), wanted));
    if entries.is_empty() {
        html.push_str(if wanted.is_empty() { NONE_YET } else { NONE_FOUND });
    }
    html.push_str("<ol class=\"entries\">\n");
    for entry in entries.iter().skip((page - 1) * ENTRIES_A_PAGE).take(ENTRIES_A_PAGE) {
        let (name, date) = (escape(&entry.name), escape(&entry.date));
        let message = escape(&entry.message).replace('\n', "<br>");
        let _ =
            writeln!(html, "<li><p>{message}</p><footer><b>{name}</b> <small>{date}</small></footer></li>");
    }
    html.push_str("</ol>\n");
    html.push_str(&pager(page, pages, wanted));
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn heading(count: usize, wanted: &str) -> String {
    let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
    match wanted {
        "" => format!("<h2>{entries}</h2>\n"),
        words => format!(
            "<h2>{entries} with \u{201c}{}\u{201d}</h2>\n<p><a href=\"./\">All entries</a></p>\n",
            escape(words)
        ),
    }
}

fn pager(page: usize, pages: usize, wanted: &str) -> String {
    if pages == 1 {
        return String::new();
    }
    let link = |to: usize, text: &str| {
        let mut query = vec![("page", to.to_string())];
        if !wanted.is_empty() {
            query.push(("q", wanted.to_owned()));
        }
        format!("<a href=\"?{}\">{text}</a> ", escape(&Form::from_iter(query).to_string()))
    };
    let newer = if page > 1 { link(page - 1, "Newer") } else { String::new() };
    let older = if page < pages { link(page + 1, "Older") } else { String::new() };
    format!("<nav aria-label=\"Pages\">{newer}page {page} of {pages} {older}</nav>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guestbook</title>
<link rel="stylesheet" href="style.css">
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>Guestbook</h1>
"#;

const NONE_YET: &str = "<p class=\"empty\">Nobody has signed yet. Be the first.</p>\n";
const NONE_FOUND: &str = "<p class=\"empty\">No entry has these words.</p>\n";

const UNKEPT: &str = r#"<p class="note">Nothing is kept: this handler was granted no store. Serve it with
<code>--keyvalue default=./guestbook.redb</code> to keep the entries.</p>
"#;
