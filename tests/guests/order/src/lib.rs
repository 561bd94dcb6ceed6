//! An order in JSON in, the same with its total out, some 1 KiB each: what a benchmark measures of an API.

use doverb_guest::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    name: String,
    price: u64,
    count: u64,
}

#[derive(Serialize)]
struct Priced {
    total: u64,
    items: Vec<Item>,
}

#[derive(Default)]
struct Orders;

#[handler]
impl Orders {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_POST(&mut self) -> Result {
        let body = self.read_body(64 * 1024)?;
        let Ok(order) = serde_json::from_slice::<Order>(&body) else {
            self.send_error(400)?;
            return Ok(());
        };
        let total = order.items.iter().map(|item| item.price * item.count).sum();
        let answer = serde_json::to_vec(&Priced { total, items: order.items }).expect("it has no map");
        self.send_response(200)?;
        self.send_header("Content-Type", "application/json")?;
        self.send_header("Content-Length", answer.len())?;
        self.end_headers()?;
        self.wfile().write_all(&answer)?;
        Ok(())
    }
}
