// C++ with the standard library, and every override.

#include <map>
#include <string>
#include <string_view>

#include "doverb.h"

static std::map<std::string, int> visits;

DOVERB_SETUP {
    visits.clear();
    doverb_set_protocol_version("HTTP/1.1");
    doverb_set_server_version(std::string("Cpp/") + std::to_string(17));
}

DOVERB_FINISH {
    doverb_import_log_message("finished", 8);
}

DOVERB_METHOD(GET) {
    std::string_view path = doverb_path();
    int count = ++visits[std::string(path)];
    std::string body = std::string(path.substr(1)) + " " + std::to_string(count);
    doverb_send_response_with(200, std::string_view("Fine"));
    doverb_send_header("Content-Length", body.size());
    doverb_send_header("X-Negative", -7L);
    doverb_end_headers();
    doverb_write_text(body);
}

DOVERB_METHOD_AS(M_SEARCH, "M-SEARCH") {
    do_GET();
}

DOVERB_METHOD(POST) {
    doverb_string body = doverb_read_body(20);
    doverb_send_response(200);
    doverb_end_headers();
    doverb_printf("%zu:%s", body.length, body.data);
}

DOVERB_HANDLE_EXPECT_100 {
    if (doverb_equals(doverb_path(), "/no")) {
        doverb_send_error(417);
        return false;
    }
    return doverb_handle_expect_100();
}

DOVERB_SEND_ERROR(code, message, explain) {
    doverb_send_error_with(code, doverb_format("Sorry, %s", message.data ? message.data : "no"), explain);
}

DOVERB_LOG_REQUEST(code, size) {
    doverb_log_message(doverb_format("request %lld %lld", code, size));
}

DOVERB_LOG_ERROR(message) {
    doverb_log_error(doverb_format("error <%s>", message.data));
}

DOVERB_LOG_MESSAGE(message) {
    doverb_log_message(doverb_format("message <%s>", message.data));
}

DOVERB_VERSION_STRING {
    return doverb_format("%s (custom)", doverb_version_string().data);
}

DOVERB_DATE_TIME_STRING(timestamp) {
    return doverb_format("date %lld", timestamp);
}

DOVERB_LOG_DATE_TIME_STRING {
    return doverb_format("now");
}

DOVERB_ADDRESS_STRING {
    return doverb_format("somebody at %s", doverb_address_string().data);
}
