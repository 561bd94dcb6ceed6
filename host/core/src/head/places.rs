//! A head as guests get it in one call: numbers, then the text that they are places in.

use super::RequestHead;

/// Numbers before those of the fields.
const FIXED: usize = 11;
const A_FIELD: usize = 4;
const NUMBER: usize = size_of::<u32>();

impl RequestHead {
    /// The head in the layout of the contract's `request.head`.
    pub(crate) fn with_places(&self) -> Vec<u8> {
        let start = NUMBER * (FIXED + A_FIELD * self.fields.len());
        // A version that was not sent stands behind the text.
        let (version, unsent) = match self.line.version_text {
            _ if self.line_end == 0 => ((0, 0), ""),
            (from, to) if from < to => ((from, to), ""),
            _ => {
                let text = self.version_text();
                ((self.text.len(), self.text.len() + text.len()), text)
            }
        };
        let mut list = Vec::with_capacity(start + self.text.len() + unsent.len());
        // A head is bounded far below 4 GiB.
        let place = |place: usize| (place as u32).to_le_bytes();
        let section = self.text.len() - self.raw_fields().len();
        let parts =
            [self.line.method, self.line.target, version, (0, self.line_end), (section, self.text.len())];
        let mut numbers = [place(self.fields.len()); FIXED];
        for (pair, (from, to)) in numbers[1..].as_chunks_mut().0.iter_mut().zip(parts) {
            *pair = [place(start + from), place(start + to)];
        }
        list.extend_from_slice(numbers.as_flattened());
        for field in &self.fields {
            let places = [field.name.0, field.name.1, field.value.0, field.value.1];
            list.extend_from_slice(places.map(|at| place(start + at as usize)).as_flattened());
        }
        list.extend_from_slice(&self.text);
        list.extend_from_slice(unsent.as_bytes());
        list
    }
}

#[cfg(test)]
mod tests {
    use super::{A_FIELD, FIXED, NUMBER};
    use crate::head::RequestHead;

    /// The texts that the places of a list mean.
    fn texts(list: &[u8]) -> Vec<&str> {
        let number =
            |at: usize| u32::from_le_bytes(list[NUMBER * at..][..NUMBER].try_into().unwrap()) as usize;
        let pairs = (FIXED - 1) / 2 + number(0) * A_FIELD / 2;
        let places = (0..pairs).map(|pair| number(1 + 2 * pair)..number(2 + 2 * pair));
        places.map(|place| std::str::from_utf8(&list[place]).unwrap()).collect()
    }

    #[test]
    fn places_are_those_of_the_parts() {
        let head = RequestHead::of("GET", "/a?b", [("Host", "x"), ("Empty", "")]);
        let list = head.with_places();
        let expected = [
            "GET",
            "/a?b",
            "HTTP/1.1",
            "GET /a?b HTTP/1.1",
            "Host: x\r\nEmpty: \r\n\r\n",
            "Host",
            "x",
            "Empty",
            "",
        ];
        assert_eq!(texts(&list), expected);
    }

    #[test]
    fn a_head_without_a_line_is_all_empty() {
        assert_eq!(texts(&RequestHead::default().with_places()), [""; 5]);
    }

    #[test]
    fn a_line_without_a_version_has_that_of_http_0_9() {
        let mut head = RequestHead::default();
        head.begin(b"GET /\r\n", 5);
        let line = crate::head::RequestLine { method: (0, 3), target: (4, 5), ..Default::default() };
        head.set_line(line);
        assert_eq!(texts(&head.with_places())[..4], ["GET", "/", "HTTP/0.9", "GET /"]);
    }
}
