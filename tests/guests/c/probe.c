/* One path for each thing that is C's own: memory, failures that are caught or not, a raw connection. */

#include <ctype.h>

#include "probe.h"

DOVERB_SETUP {
    doverb_set_protocol_version("HTTP/1.1");
}

/* All that the host gives is allocated; a leak of any of it would show. */
static unsigned take_everything(void) {
    unsigned taken = 0;
    taken += doverb_headers().count + doverb_raw_headers().length + doverb_header("X-Long").length;
    taken += doverb_header_all("X-Long").count + doverb_query("name").length + doverb_path_only().length;
    taken += doverb_command().length + doverb_requestline().length + doverb_request_id().length + doverb_scheme().length;
    taken += doverb_client_address().host.length + doverb_date_time_string(0).length;
    taken += doverb_responses(200).value.length + doverb_version_string().length;
    taken += doverb_format("%s and %d", doverb_path().data, 7).length + doverb_read_body(1000).length;
    doverb_result caught = DOVERB_CATCH(doverb_send_header("Too", "early"));
    return taken + caught.text.length;
}

static void report(unsigned taken) {
    doverb_send_response_only(200, DOVERB_NONE);
    doverb_send_header("X-Memory", __builtin_wasm_memory_size(0));
    doverb_send_header("X-Taken", taken);
    doverb_end_headers();
}

static void catches(void) {
    char buffer[8];
    doverb_result early = DOVERB_CATCH(doverb_send_header("A", "b"));
    doverb_result status = DOVERB_CATCH(doverb_send_response(1000));
    doverb_send_response(200);
    doverb_result field = DOVERB_CATCH(doverb_send_header("A", "b\nc"));
    doverb_send_header("Content-Length", 3);
    doverb_end_headers();
    doverb_result large = DOVERB_CATCH(doverb_write_text("four"));
    size_t size = 1;
    doverb_result fine = DOVERB_CATCH(size = doverb_read(buffer, sizeof buffer));
    doverb_log_message(doverb_format("caught %d %d:%d %d %d:%d %d (%s) %zu", early.kind, status.kind, (int)status.number,
                                     field.kind, large.kind, (int)large.number, fine.kind, field.text.data, size));
    doverb_write_text("yes");
}

static void upgrade(void) {
    char line[100];
    size_t size;
    doverb_set_timeout(50);
    doverb_send_response(101);
    doverb_send_header("Upgrade", "shout");
    doverb_end_headers();
    for (;;) {
        doverb_place mark = doverb_mark();
        doverb_result result = DOVERB_CATCH(size = doverb_readline(line, sizeof line));
        if (result.kind == DOVERB_TIMED_OUT) {
            doverb_printf("tick %u\n", __builtin_wasm_memory_size(0) < 100);
            continue;
        }
        if (result.kind != DOVERB_OK || size == 0) {
            return;
        }
        for (size_t at = 0; at < size; at++) {
            line[at] = (char)toupper((unsigned char)line[at]);
        }
        doverb_write(line, size);
        doverb_release(mark);
    }
}

/* In the backtrace. */
__attribute__((noinline)) static void divide_the_cake(void) {
    doverb_fail("there is no cake");
}

DOVERB_METHOD(GET) {
    doverb_string path = doverb_path_only();
    if (doverb_equals(path, "/everything")) {
        report(take_everything());
    } else if (doverb_equals(path, "/little")) {
        report(doverb_header("X-Long").length);
    } else if (doverb_equals(path, "/catch")) {
        catches();
    } else if (doverb_equals(path, "/upgrade")) {
        upgrade();
    } else if (doverb_equals(path, "/fail")) {
        divide_the_cake();
    } else if (doverb_equals(path, "/order")) {
        doverb_send_header("A", "b");
    } else {
        answer(GREETING);
    }
}
