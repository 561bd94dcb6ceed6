use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Clone for Hello {
    fn clone(&self) -> Self {
        Hello
    }
}

fn main() {}
