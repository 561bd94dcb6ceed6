use doverb_guest::*;

struct Hello;

#[handler]
impl Hello {
    fn do_GET(&mut self) {}
}

fn main() {}
