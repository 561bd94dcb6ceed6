use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_Get(&mut self) {}
}

fn main() {}
