#include "probe.h"

void answer(const char *text) {
    doverb_send_response(200);
    doverb_end_headers();
    doverb_write_text(text);
}
