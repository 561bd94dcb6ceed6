//! A proxy that the server's environment names. It is not used: what a handler was granted is judged by the address that is
//! connected to, and a proxy would connect to any.

/// The variables by which programs are told of one, first those that count for a scheme.
const OF_HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const OF_HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// The variable that names one for such requests, if any does.
pub(crate) fn variable(is_secure: bool) -> Option<&'static str> {
    let names = if is_secure { OF_HTTPS } else { OF_HTTP };
    names.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
