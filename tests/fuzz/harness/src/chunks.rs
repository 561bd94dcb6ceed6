//! The chunked decoder: whatever its input is and however it is split, it decodes what the model decodes.

use doverb_core::chunked::{Decoder, Step};

use crate::model::chunks::{Chunks, decode};

/// What a decoder made of an input.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    body: Vec<u8>,
    /// Bytes of input up to the end of the body; an error where it is malformed, nothing where it goes on.
    end: Result<Option<usize>, &'static str>,
    trailers: Vec<(String, String)>,
}

/// The first two bytes say how the rest is split: the pieces in which it comes, and how much of a body is taken at a time.
///
/// # Panics
///
/// When the decoder is wrong.
pub fn check(data: &[u8]) {
    let [piece, most, input @ ..] = data else {
        return;
    };
    let whole = run(input, input.len().max(1), usize::MAX);
    match (decode(input), &whole.end) {
        (Chunks::Whole { body, trailers, length }, end) => {
            let text = |text: Vec<u8>| text.iter().map(|&byte| char::from(byte)).collect::<String>();
            let trailers: Vec<_> =
                trailers.into_iter().map(|(name, value)| (text(name), text(value))).collect();
            assert_eq!(*end, Ok(Some(length)));
            assert_eq!((&body, &trailers), (&whole.body, &whole.trailers));
        }
        // What a line that is not whole yet will be wrong by is said as soon as it is known.
        (Chunks::Unfinished(body), Ok(None) | Err(_)) => assert_eq!(body, whole.body),
        (Chunks::Malformed(body), Err(_)) => assert_eq!(body, whole.body),
        (model, _) => panic!("the model says {model:?}, the decoder {whole:?}"),
    }
    let split = run(input, usize::from(*piece).max(1), usize::from(*most).max(1));
    assert_eq!(whole, split);
}

fn run(input: &[u8], piece: usize, most: usize) -> Decoded {
    let mut decoder = Decoder::default();
    let (mut body, mut at) = (Vec::new(), 0);
    let end = loop {
        if at == input.len() {
            break Ok(None);
        }
        let come = &input[at..(at + piece).min(input.len())];
        match decoder.peek(come, most) {
            Err(why) => break Err(why),
            Ok(Step::More { skip }) => {
                assert_eq!(skip, come.len(), "it asks for more and has not looked at all");
                at += skip;
            }
            Ok(Step::Data { skip, bytes }) => {
                assert!(bytes >= 1 && bytes <= most && skip + bytes <= come.len());
                assert!(decoder.announced() >= bytes as u64);
                body.extend_from_slice(&come[skip..skip + bytes]);
                decoder.took(bytes);
                at += skip + bytes;
            }
            Ok(Step::End { skip }) => {
                assert!(decoder.is_done() && skip <= come.len());
                break Ok(Some(at + skip));
            }
        }
    };
    let trailers = if decoder.is_done() { decoder.trailers() } else { Vec::new() };
    Decoded { body, end, trailers }
}
