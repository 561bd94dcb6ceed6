//! `doverb:handler/attributes`.

use std::time::Duration;

use super::{Interface, Store, call};
use crate::date;
use crate::failure::Failure;

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    link_versions(interface)?;
    link_errors(interface)?;
    call::tell(interface, "timeout", |store: &mut Store<'_>, ()| {
        Ok((milliseconds(store.data_mut().exchange().attributes.timeout),))
    })?;
    call::tell(interface, "set-timeout", |store: &mut Store<'_>, (asked,): (u64,)| {
        let timeout = store.data_mut().exchange().set_timeout(Duration::from_millis(asked));
        Ok((milliseconds(timeout),))
    })?;
    call::tell(interface, "date-time-string", |_: &mut Store<'_>, (timestamp,): (Option<u64>,)| {
        let text = match timestamp {
            None => Some(date::http_now()),
            Some(seconds) => date::http_date(seconds),
        };
        let beyond = || Failure::InvalidField("date-time-string: the time is beyond the year 9999".into());
        Ok((text.ok_or_else(beyond),))
    })?;
    call::tell(interface, "log-date-time-string", |_: &mut Store<'_>, ()| Ok((date::log_now(),)))?;
    call::tell(interface, "address-string", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.peer().client().shown().to_owned(),))
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn link_versions(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(interface, "protocol-version", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.protocol.as_str().to_owned(),))
    })?;
    call::act(interface, "set-protocol-version", |store: &mut Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().set_protocol(&value),))
    })?;
    call::tell(interface, "server-version", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.server_version().to_owned(),))
    })?;
    call::act(interface, "set-server-version", |store: &mut Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_server_version(value),))
    })?;
    call::tell(interface, "sys-version", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.sys_version().to_owned(),))
    })?;
    call::act(interface, "set-sys-version", |store: &mut Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_sys_version(value),))
    })?;
    call::tell(interface, "version-string", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.version_string(),))
    })
}

fn link_errors(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(interface, "error-message-format", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.error_format().to_owned(),))
    })?;
    call::act(interface, "set-error-message-format", |store: &mut Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_error_format(&value),))
    })?;
    call::tell(interface, "error-content-type", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.error_content_type().to_owned(),))
    })?;
    call::act(interface, "set-error-content-type", |store: &mut Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_error_content_type(value),))
    })?;
    call::tell(interface, "responses", |store: &mut Store<'_>, (code,): (u16,)| {
        let texts = store.data_mut().exchange().attributes.responses(code);
        Ok((texts.map(|(phrase, explain)| (phrase.to_owned(), explain.to_owned())),))
    })?;
    type Texts = (u16, String, String);
    call::act(interface, "set-responses", |store: &mut Store<'_>, (code, phrase, explain): Texts| {
        Ok((store.data_mut().exchange().attributes.set_responses(code, phrase, explain),))
    })
}
