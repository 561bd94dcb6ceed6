use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn get(&mut self) {}
}

fn main() {}
