#include "doverb.h"

DOVERB_SETUP {
    doverb_set_protocol_version("HTTP/1.1");
}

DOVERB_METHOD(GET) {
    doverb_send_response(200);
    doverb_send_header("Content-Type", "text/plain");
    doverb_end_headers();
    doverb_write_text("Hello, World!");
}
