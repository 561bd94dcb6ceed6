//! Heads: from what servers parsed to what a handler sees, and back.

use doverb_core::answer_head::{AnswerHead, BodyPlan};
use doverb_core::head::{RequestHead, Version};
use http::header::{CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, Uri, request};

/// The head of a request as HTTP/1.1 has it, whatever the client spoke: a handler knows no other.
pub(crate) fn of_request(parts: &request::Parts) -> RequestHead {
    let target = target(&parts.method, &parts.uri);
    // HTTP/2 has the host in the target, where no handler looks for it.
    let authority = parts.uri.authority().filter(|_| !parts.headers.contains_key(HOST));
    let host = authority.map(|authority| (&b"host"[..], without_user(authority.as_str()).as_bytes()));
    // HTTP/2 takes a cookie apart, and whoever speaks HTTP/1.1 puts it together (RFC 9113, section 8.2.3).
    let crumbs: Vec<&[u8]> = parts.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    let cookie = crumbs.join(&b"; "[..]);
    let mut is_first_crumb = true;
    let fields = parts.headers.iter().filter_map(|(name, value)| {
        if name != COOKIE {
            return Some((name.as_str().as_bytes(), value.as_bytes()));
        }
        std::mem::take(&mut is_first_crumb).then_some((&b"cookie"[..], cookie.as_slice()))
    });
    let mut head = RequestHead::default();
    let method = parts.method.as_str().as_bytes();
    // The wants stay empty: to continue, to keep the connection and to upgrade it are the server's affairs.
    head.set(method, target.as_bytes(), Version::Http11, host.into_iter().chain(fields));
    head
}

fn target(method: &Method, uri: &Uri) -> String {
    if method == Method::CONNECT
        && let Some(authority) = uri.authority()
    {
        return authority.to_string();
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    if target == "*" { target.to_owned() } else { format!("/{}", target.trim_start_matches('/')) }
}

fn without_user(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// The head of an answer. What it says of the connection and of framing is left out: the server decides about both.
/// The phrase is left out too, as `http` has no place for one.
pub(crate) fn of_answer(head: &AnswerHead, body: BodyPlan) -> Response<()> {
    let mut answer = Response::new(());
    // The exchange lets nothing through that is no status, no name or no value.
    *answer.status_mut() = StatusCode::from_u16(head.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = answer.headers_mut();
    for (name, value) in head.fields() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            && !is_of_the_connection(&name)
        {
            fields.append(name, value);
        }
    }
    if let BodyPlan::Length(length) = body
        && !head.has_length()
    {
        fields.insert(CONTENT_LENGTH, length.into());
    }
    answer
}

fn is_of_the_connection(name: &HeaderName) -> bool {
    *name == CONNECTION || *name == TRANSFER_ENCODING || *name == UPGRADE || name == "keep-alive"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(request: http::request::Builder) -> RequestHead {
        of_request(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_head_of_http_2_becomes_one_of_http_1() {
        let request = http::Request::get("https://user@example.com/a?b=c").version(http::Version::HTTP_2);
        let head = head_of(request.header("cookie", "a=1").header("x", "y").header("cookie", "b=2"));
        assert_eq!(head.requestline(), b"GET /a?b=c HTTP/1.1");
        assert_eq!(head.value("Host"), Some(&b"example.com"[..]));
        assert_eq!(head.values(b"Cookie").collect::<Vec<_>>(), [b"a=1; b=2"]);
        assert_eq!(head.value("X"), Some(&b"y"[..]));
    }

    #[test]
    fn a_target_begins_with_one_slash_if_it_is_a_path() {
        assert_eq!(head_of(http::Request::get("//a//b")).path(), b"/a//b");
        assert_eq!(head_of(http::Request::get("http://h?q")).path(), b"/?q");
        assert_eq!(head_of(http::Request::options("*")).path(), b"*");
        let tunnel = http::Request::builder().method("CONNECT").uri("example.com:443");
        assert_eq!(head_of(tunnel).path(), b"example.com:443");
    }
}
