//! The order in which a handler's exports are called for one request.
//!
//! A component can't be entered while it waits in an import. So what an answer needs of the handler's own
//! (`version-string`, `date-time-string`) is asked for before `do-*`, and what reports on it goes to the
//! handler's `log-*` when `do-*` has returned.

use wasmtime::component::ComponentExportIndex;

use crate::attributes;
use crate::date;
use crate::exchange::Report;
use crate::instance::Instance;
use crate::latin1;
use crate::log::Kind;
use crate::refusal::{Refusal, quoted};
use crate::stop::Stop;

/// A status code and a size, or a status code and two texts: the parameters of the exports.
type LogRequest = (Option<u16>, Option<u64>);
type SendError = (u16, Option<String>, Option<String>);

impl Instance {
    /// Serves the request that the instance was entered with.
    pub(crate) async fn serve(&mut self) -> Result<(), Stop> {
        self.begin_request().await?;
        // An override that says no has answered itself.
        let goes_on = !self.exchange().expects_100() || self.expect_100().await?;
        if goes_on && !self.call_method().await? {
            let method = quoted(self.exchange().request().method());
            let refusal = Refusal::new(501, format!("Unsupported method ({method})"));
            self.answer_refusal(&refusal).await?;
        }
        Ok(())
    }

    /// Answers a request that the host refuses through the handler's `send-error`.
    pub(crate) async fn refuse(&mut self, refusal: &Refusal) -> Result<(), Stop> {
        self.begin_request().await?;
        self.answer_refusal(refusal).await
    }

    /// Calls `finish`: the connection has ended, or its next request is for another version of the handler.
    pub(crate) async fn finish(&mut self) -> Result<(), Stop> {
        let Some(finish) = self.overrides().finish else {
            return Ok(());
        };
        self.call_unseen::<_, ()>(finish, ()).await?;
        self.report().await
    }

    async fn begin_request(&mut self) -> Result<(), Stop> {
        let of_log = self.overrides().of_log();
        self.exchange().reports = of_log.then(Vec::new);
        if let Some(export) = self.overrides().version_string {
            let (version,) = self.call::<_, (String,)>(export, ()).await?;
            self.exchange().own_version = self.for_a_field("version-string", &version);
        }
        if let Some(export) = self.overrides().date_time_string {
            let (date,) = self.call::<(Option<u64>,), (String,)>(export, (None,)).await?;
            self.exchange().own_date = self.for_a_field("date-time-string", &date);
        }
        Ok(())
    }

    /// What an override gave, unless it must not go over the wire: then the default is used and the log says so.
    fn for_a_field(&mut self, export: &str, text: &str) -> Option<Vec<u8>> {
        let checked = attributes::check(export, text)
            .and_then(|()| latin1::encode(export, text).map(std::borrow::Cow::into_owned));
        let exchange = self.exchange();
        checked
            .map_err(|failure| exchange.site.log().message(format_args!("{failure}; the default is used")))
            .ok()
    }

    async fn expect_100(&mut self) -> Result<bool, Stop> {
        let own = self.overrides().handle_expect_100;
        match own {
            Some(export) => Ok(self.call::<_, (bool,)>(export, ()).await?.0),
            // Nobody waits where no body follows: RFC 9110, section 10.1.1.
            None if self.exchange().down.body_is_at_end() => Ok(true),
            None => Ok(self.exchange().handle_expect_100().is_ok()),
        }
    }

    async fn answer_refusal(&mut self, refusal: &Refusal) -> Result<(), Stop> {
        let (code, message, explain) = (refusal.status, &refusal.message, &refusal.explain);
        let own = self.overrides().send_error;
        match own {
            Some(export) => {
                let params: SendError = (code, message.clone(), explain.clone());
                self.call::<_, ()>(export, params).await
            }
            None => {
                // It fails only where the override would: nothing of an answer is there yet.
                let _ = self.exchange().send_error(code, message.as_deref(), explain.as_deref());
                Ok(())
            }
        }
    }

    /// Gives what was said for the log to the handler's overrides, in order.
    pub(crate) async fn report(&mut self) -> Result<(), Stop> {
        if !self.overrides().of_log() {
            return Ok(());
        }
        // An override may log in turn. The bound on reports ends one that does so without end.
        let mut next = 0;
        while let Some(report) = self.report_at(next) {
            next += 1;
            self.report_one(report).await?;
        }
        self.exchange().reports = None;
        Ok(())
    }

    fn report_at(&mut self, place: usize) -> Option<Report> {
        let reports = self.exchange().reports.as_mut()?;
        reports.get_mut(place).map(|report| std::mem::replace(report, Report::Line(String::new())))
    }

    async fn report_one(&mut self, report: Report) -> Result<(), Stop> {
        let overrides = *self.overrides();
        match (report, overrides.log_request, overrides.log_error, overrides.log_message) {
            (Report::Request(code, size), Some(export), _, _) => {
                let params: LogRequest = (code, size);
                self.call(export, params).await
            }
            (Report::Request(code, size), None, _, _) => {
                self.exchange().log_request_default(code, size);
                Ok(())
            }
            (Report::Error(text), _, Some(export), _) => self.call(export, (text,)).await,
            (Report::Error(text), _, None, _) => {
                self.exchange().log_error_default(text);
                Ok(())
            }
            (Report::Message(text), _, _, Some(export)) => self.call(export, (text,)).await,
            (Report::Message(text) | Report::Line(text), ..) => self.write_line(&text).await,
        }
    }

    /// Writes a line with the handler's own idea of the client's name and of the time.
    async fn write_line(&mut self, text: &str) -> Result<(), Stop> {
        let overrides = *self.overrides();
        let host = self.text_of(overrides.address_string).await?;
        let date = self.text_of(overrides.log_date_time_string).await?;
        let exchange = self.exchange();
        let host = host.as_deref().unwrap_or(exchange.down.peer().client().shown());
        let date = date.unwrap_or_else(date::log_now);
        exchange.site.log().entry_dated(Kind::Message, host, &date, text);
        Ok(())
    }

    async fn text_of(&mut self, export: Option<ComponentExportIndex>) -> Result<Option<String>, Stop> {
        match export {
            Some(export) => Ok(Some(self.call::<_, (String,)>(export, ()).await?.0)),
            None => Ok(None),
        }
    }
}
