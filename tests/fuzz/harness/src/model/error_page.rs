//! Python's `%` for a template of `%(code)d`, `%(message)s` and `%(explain)s`, a character at a time.

/// What a placeholder stands for.
pub enum Value<'a> {
    /// The status.
    Number(u16),
    /// A text, which HTML shows as it is.
    Text(&'a str),
}

/// The page, or none when the template is bad. `Err` when it depends on which characters are printable, which is a matter of
/// tables.
pub fn render<'a>(template: &str, value: impl Fn(&str) -> Option<Value<'a>>) -> Option<Result<String, ()>> {
    let (mut page, mut is_known) = (String::new(), true);
    let mut rest = template;
    while let Some((text, behind)) = rest.split_once('%') {
        page.push_str(text);
        rest = behind;
        if let Some(behind) = rest.strip_prefix('%') {
            page.push('%');
            rest = behind;
            continue;
        }
        let (key, behind) = rest.strip_prefix('(')?.split_once(')')?;
        let value = value(key)?;
        let flags_end = behind.find(|flag| !"-+ #0".contains(flag))?;
        let (flags, behind) = behind.split_at(flags_end);
        let (width, behind) = number(behind)?;
        let (precision, behind) = match behind.strip_prefix('.') {
            None => (None, behind),
            Some(behind) => {
                let (precision, behind) = number(behind)?;
                (Some(precision.unwrap_or(0)), behind)
            }
        };
        let conversion = behind.chars().next()?;
        rest = &behind[conversion.len_utf8()..];
        let Some(word) = convert(&value, conversion, flags, width.unwrap_or(0), precision)? else {
            is_known = false;
            continue;
        };
        let pad = " ".repeat(width.unwrap_or(0).saturating_sub(word.chars().count()));
        let parts = if flags.contains('-') { [&word, &pad] } else { [&pad, &word] };
        page.extend(parts.map(String::as_str));
    }
    page.push_str(rest);
    Some(if is_known { Ok(page) } else { Err(()) })
}

/// Digits, if there are any: more than four say more than is allowed, but for leading zeros.
fn number(text: &str) -> Option<(Option<usize>, &str)> {
    let end = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let digits = if digits.is_empty() { None } else { Some(digits.trim_start_matches('0')) };
    match digits {
        None => Some((None, rest)),
        Some(digits) if digits.len() <= 4 => Some((
            Some(digits.bytes().fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))),
            rest,
        )),
        Some(_) => None,
    }
}

/// `None` for a conversion that the value does not have.
fn convert(
    value: &Value<'_>,
    conversion: char,
    flags: &str,
    width: usize,
    precision: Option<usize>,
) -> Option<Option<String>> {
    let cut = |text: String| text.chars().take(precision.unwrap_or(usize::MAX)).collect::<String>();
    let number = match (value, conversion) {
        (Value::Number(number), 's' | 'r' | 'a') => return Some(Some(cut(number.to_string()))),
        (Value::Number(number), _) => *number,
        (Value::Text(text), 's') => return Some(Some(cut(escaped(text)))),
        (Value::Text(text), 'r') if !text.is_ascii() => return Some(None),
        (Value::Text(text), 'r' | 'a') => return Some(Some(cut(quoted(&escaped(text))))),
        (Value::Text(_), _) => return None,
    };
    let (mut digits, prefix) = match conversion {
        'd' | 'i' | 'u' => (number.to_string(), ""),
        'o' => (format!("{number:o}"), "0o"),
        'x' => (format!("{number:x}"), "0x"),
        'X' => (format!("{number:X}"), "0X"),
        _ => return None,
    };
    let sign = if flags.contains('+') {
        "+"
    } else if flags.contains(' ') {
        " "
    } else {
        ""
    };
    let prefix = if flags.contains('#') { prefix } else { "" };
    while digits.len() < precision.unwrap_or(0) {
        digits.insert(0, '0');
    }
    while flags.contains('0') && !flags.contains('-') && sign.len() + prefix.len() + digits.len() < width {
        digits.insert(0, '0');
    }
    Some(Some(format!("{sign}{prefix}{digits}")))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// `repr` of what is all ASCII, `ascii` of anything.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        let code = u32::from(character);
        match character {
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\\' => quoted.push_str("\\\\"),
            _ if character == quote => quoted.extend(['\\', quote]),
            ' '..='~' => quoted.push(character),
            _ if code < 0x100 => quoted.push_str(&format!("\\x{code:02x}")),
            _ if code < 0x1_0000 => quoted.push_str(&format!("\\u{code:04x}")),
            _ => quoted.push_str(&format!("\\U{code:08x}")),
        }
    }
    quoted.push(quote);
    quoted
}
