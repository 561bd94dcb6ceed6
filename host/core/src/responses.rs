//! The status codes that have a name, as Python's `BaseHTTPRequestHandler.responses` has them.

/// The reason phrase and the explanation of a status code; none for a code without a name.
///
/// The phrases are those of Python 3.13's `http.HTTPStatus`. The explanation is a sentence
/// without its full stop, as the error page adds that.
///
/// ```
/// use doverb_core::responses::lookup;
///
/// assert_eq!(lookup(404).unwrap().0, "Not Found");
/// assert_eq!(lookup(299), None);
/// ```
#[must_use]
pub fn lookup(code: u16) -> Option<(&'static str, &'static str)> {
    match code {
        100..200 => informational(code),
        200..300 => success(code),
        300..400 => redirection(code),
        400..500 => client_error(code),
        500..600 => server_error(code),
        _ => None,
    }
}

fn informational(code: u16) -> Option<(&'static str, &'static str)> {
    Some(match code {
        100 => ("Continue", "The beginning of the request is fine so far, send the rest"),
        101 => ("Switching Protocols", "The connection goes on in the protocol named by Upgrade"),
        102 => ("Processing", "The request is being worked on, the answer will take a while"),
        103 => ("Early Hints", "Some fields of the answer are sent ahead of it"),
        _ => return None,
    })
}

fn success(code: u16) -> Option<(&'static str, &'static str)> {
    Some(match code {
        200 => ("OK", "The request succeeded and the answer follows"),
        201 => ("Created", "Something new was made, Location says where it is"),
        202 => ("Accepted", "The request was taken on and will be worked on later"),
        203 => ("Non-Authoritative Information", "Someone on the way has changed the origin's answer"),
        204 => ("No Content", "The request succeeded and there is nothing to send back"),
        205 => ("Reset Content", "The request succeeded, set the form back to its beginning"),
        206 => ("Partial Content", "Only the asked part of the content follows"),
        207 => ("Multi-Status", "The answer holds a status for each of several resources"),
        208 => ("Already Reported", "These members were listed before in the same answer"),
        226 => ("IM Used", "The answer is the result of changes applied to an older version"),
        _ => return None,
    })
}

fn redirection(code: u16) -> Option<(&'static str, &'static str)> {
    Some(match code {
        300 => ("Multiple Choices", "There are several versions of this, choose one of them"),
        301 => ("Moved Permanently", "This has a new address for good, see Location"),
        302 => ("Found", "For the time being this is at another address, see Location"),
        303 => ("See Other", "The answer is at another address, fetch it with GET"),
        304 => ("Not Modified", "The copy that the client holds is still current"),
        305 => ("Use Proxy", "This can only be had by way of the proxy named in Location"),
        307 => ("Temporary Redirect", "For now, repeat the same request at the address in Location"),
        308 => ("Permanent Redirect", "From now on, repeat the same request at the address in Location"),
        _ => return None,
    })
}

fn client_error(code: u16) -> Option<(&'static str, &'static str)> {
    Some(match code {
        400 => ("Bad Request", "The server could not make sense of this request"),
        401 => ("Unauthorized", "Credentials are needed, WWW-Authenticate says of what kind"),
        402 => ("Payment Required", "This has to be paid for first"),
        403 => ("Forbidden", "The server understood the request but does not allow it"),
        404 => ("Not Found", "There is nothing at this address"),
        405 => ("Method Not Allowed", "This address does not offer that method, Allow lists those it does"),
        406 => ("Not Acceptable", "None of the forms that the client accepts can be had"),
        407 => ("Proxy Authentication Required", "The proxy wants credentials first"),
        408 => ("Request Timeout", "The request took too long to arrive"),
        409 => ("Conflict", "The request does not fit the present state of the resource"),
        410 => ("Gone", "What was at this address has been removed for good"),
        411 => ("Length Required", "The request must say how long its body is"),
        412 => ("Precondition Failed", "A condition in the request's fields does not hold"),
        413 => ("Content Too Large", "The request's body is larger than the server takes"),
        414 => ("URI Too Long", "The request line is longer than the server takes"),
        415 => ("Unsupported Media Type", "The request's body is in a format that is not understood here"),
        416 => ("Range Not Satisfiable", "The asked range lies outside of the content"),
        417 => ("Expectation Failed", "What the Expect field asks for cannot be given"),
        418 => ("I'm a Teapot", "This is a teapot, coffee has to be made elsewhere"),
        421 => ("Misdirected Request", "This server does not answer for the host that was asked"),
        422 => ("Unprocessable Content", "The body can be read, but what it says cannot be carried out"),
        423 => ("Locked", "The resource is locked"),
        424 => ("Failed Dependency", "An action that this one depends on has failed"),
        425 => ("Too Early", "The request came in early data and might be a replay, send it again"),
        426 => ("Upgrade Required", "The server wants another protocol, Upgrade names it"),
        428 => ("Precondition Required", "The request must carry a condition such as If-Match"),
        429 => ("Too Many Requests", "Too many requests came in too short a time"),
        431 => (
            "Request Header Fields Too Large",
            "The request's fields are larger or more than the server takes",
        ),
        451 => ("Unavailable For Legal Reasons", "The law does not let the server show this"),
        _ => return None,
    })
}

fn server_error(code: u16) -> Option<(&'static str, &'static str)> {
    Some(match code {
        500 => ("Internal Server Error", "Something went wrong in the server"),
        501 => ("Not Implemented", "The server does not know how to do this"),
        502 => ("Bad Gateway", "A server further on gave an answer that makes no sense"),
        503 => ("Service Unavailable", "The server is too busy or closed for a moment, try again later"),
        504 => ("Gateway Timeout", "The answer did not come in time"),
        505 => ("HTTP Version Not Supported", "The server does not speak this version of HTTP"),
        506 => ("Variant Also Negotiates", "The server's choice of variants leads back to itself"),
        507 => ("Insufficient Storage", "There is no room to store what the request needs stored"),
        508 => ("Loop Detected", "The request leads round in a circle"),
        510 => ("Not Extended", "The request lacks an extension that the server asks for"),
        511 => {
            ("Network Authentication Required", "The network wants a login before it lets requests through")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[(s.value, s.phrase) for s in http.HTTPStatus]` in Python 3.13.
    const PYTHON: &[(u16, &str)] = &[
        (100, "Continue"),
        (101, "Switching Protocols"),
        (102, "Processing"),
        (103, "Early Hints"),
        (200, "OK"),
        (201, "Created"),
        (202, "Accepted"),
        (203, "Non-Authoritative Information"),
        (204, "No Content"),
        (205, "Reset Content"),
        (206, "Partial Content"),
        (207, "Multi-Status"),
        (208, "Already Reported"),
        (226, "IM Used"),
        (300, "Multiple Choices"),
        (301, "Moved Permanently"),
        (302, "Found"),
        (303, "See Other"),
        (304, "Not Modified"),
        (305, "Use Proxy"),
        (307, "Temporary Redirect"),
        (308, "Permanent Redirect"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (402, "Payment Required"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (406, "Not Acceptable"),
        (407, "Proxy Authentication Required"),
        (408, "Request Timeout"),
        (409, "Conflict"),
        (410, "Gone"),
        (411, "Length Required"),
        (412, "Precondition Failed"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (415, "Unsupported Media Type"),
        (416, "Range Not Satisfiable"),
        (417, "Expectation Failed"),
        (418, "I'm a Teapot"),
        (421, "Misdirected Request"),
        (422, "Unprocessable Content"),
        (423, "Locked"),
        (424, "Failed Dependency"),
        (425, "Too Early"),
        (426, "Upgrade Required"),
        (428, "Precondition Required"),
        (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"),
        (451, "Unavailable For Legal Reasons"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
        (505, "HTTP Version Not Supported"),
        (506, "Variant Also Negotiates"),
        (507, "Insufficient Storage"),
        (508, "Loop Detected"),
        (510, "Not Extended"),
        (511, "Network Authentication Required"),
    ];

    #[test]
    fn the_codes_and_phrases_are_those_of_python() {
        let ours: Vec<_> = (0..=u16::MAX).filter_map(|code| Some((code, lookup(code)?.0))).collect();
        assert_eq!(ours, PYTHON);
    }

    #[test]
    fn every_code_is_explained_in_a_sentence_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for (phrase, explanation) in (100..1000).filter_map(lookup) {
            assert!(seen.insert(explanation), "{phrase}: explained as another");
            assert!(explanation.starts_with(char::is_uppercase), "{phrase}");
            assert!(explanation.ends_with(char::is_alphanumeric), "{phrase}: the page adds the full stop");
            assert!(explanation.is_ascii() && !explanation.contains(['&', '<', '>']), "{phrase}");
        }
    }
}
