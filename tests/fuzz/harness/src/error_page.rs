//! Templates of error pages: those that are taken make Python's page, the others are refused in one line.

use doverb_core::error_page::{Format, MAX_PAGE};

use crate::model::error_page::{Value, render};

/// The first two bytes are the status; what follows is the template, the message and the explanation, with NUL between them.
///
/// # Panics
///
/// When a template is parsed or filled in wrongly.
pub fn check(data: &[u8]) {
    let [low, high, texts @ ..] = data else {
        return;
    };
    let code = u16::from_le_bytes([*low, *high]);
    let texts = String::from_utf8_lossy(texts);
    let mut texts = texts.splitn(3, '\0');
    let template = texts.next().unwrap_or_default();
    let (message, explain) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    let model = render(template, |key| match key {
        "code" => Some(Value::Number(code)),
        "message" => Some(Value::Text(message)),
        "explain" => Some(Value::Text(explain)),
        _ => None,
    });
    let page = match Format::parse(template) {
        Ok(format) => {
            assert_eq!(format.source(), template);
            format.render(code, message, explain)
        }
        Err(error) => {
            let text = error.to_string();
            assert!(model.is_none(), "{template:?} is refused: {text}");
            assert!(!text.contains(['\n', '\r']) && text.len() < 2_000, "{text}");
            return;
        }
    };
    assert!(page.len() <= MAX_PAGE);
    match model {
        Some(Ok(model)) if model.len() <= MAX_PAGE => assert_eq!(page, model),
        // Of a reference or a character that does not fit nothing is there.
        Some(Ok(model)) => assert!(model.starts_with(&page) && page.len() > MAX_PAGE - 5),
        Some(Err(())) => {}
        None => panic!("{template:?} is taken"),
    }
}
