use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_GET(&mut self) {}
    fn send_error(&mut self, code: u16) {}
}

fn main() {}
