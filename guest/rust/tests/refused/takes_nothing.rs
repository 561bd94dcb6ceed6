use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_GET() -> Result {
        Ok(())
    }
}

fn main() {}
