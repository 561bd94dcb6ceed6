// Package doverb is for HTTP handlers in Go, as subclasses of Python's http.server.BaseHTTPRequestHandler are written.
//
//	package main
//
//	import "doverb"
//
//	type Hello struct{ doverb.BaseHTTPRequestHandler }
//
//	func (h *Hello) DoGET() {
//		h.SendResponse(200)
//		h.SendHeader("Content-Type", "text/plain")
//		h.EndHeaders()
//		h.Wfile().WriteString("Hello, World!")
//	}
//
// A method is DoGET() or DoGET() error. A call that fails panics with a *Failure, which ends the method, as an exception
// does in Python; Try is Python's try. Readers and writers return their errors, as usual in Go.
package doverb

import (
	"net/url"
	"strings"
	"time"
	"unsafe"
)

// BaseHTTPRequestHandler is embedded in a handler. What the handler defines itself overrides; the embedded method is super().
type BaseHTTPRequestHandler struct{}

// None stands for Python's None where a text may be left out: the code's own is taken. No such text could be sent.
const None = "\x00"

// Address is a host, `127.0.0.1` or `::1`, and a port; of a Unix socket its path and 0.
type Address struct {
	Host string
	Port uint16
}

// ClientAddress is self.client_address.
func (BaseHTTPRequestHandler) ClientAddress() Address { return askAddress(importClientAddress) }

// Requestline is self.requestline.
func (BaseHTTPRequestHandler) Requestline() string { return requestPart(lineOfRequest) }

// Command is self.command, the method.
func (BaseHTTPRequestHandler) Command() string { return requestPart(method) }

// Path is self.path, with its query.
func (BaseHTTPRequestHandler) Path() string { return requestPart(target) }

// PathOnly is the path up to its `?`.
func (h BaseHTTPRequestHandler) PathOnly() string {
	path, _, _ := strings.Cut(h.Path(), "?")
	return path
}

// RawQuery is what stands behind the path's `?`.
func (h BaseHTTPRequestHandler) RawQuery() string {
	_, query, _ := strings.Cut(h.Path(), "?")
	return query
}

// Query is the query, decoded.
func (h BaseHTTPRequestHandler) Query() url.Values { return parseForm(h.RawQuery()) }

// RequestVersion is self.request_version.
func (BaseHTTPRequestHandler) RequestVersion() string { return requestPart(version) }

// Scheme is how the request came: http, or https over TLS. Ours; Python has no such thing.
func (BaseHTTPRequestHandler) Scheme() string { return ask(importScheme) }

// RequestID names the request in the server's log. Ours; Python has no such thing.
func (BaseHTTPRequestHandler) RequestID() string { return ask(importRequestId) }

// Header is self.headers.get(name): the first value, "" when there is none.
func (BaseHTTPRequestHandler) Header(name string) string { return requestHeaders().Get(name) }

// Headers is self.headers.
func (BaseHTTPRequestHandler) Headers() Headers { return requestHeaders() }

// RawHeaders is the header section as it came.
func (BaseHTTPRequestHandler) RawHeaders() string { return ask(importRawHeaders) }

// Rfile is self.rfile.
func (BaseHTTPRequestHandler) Rfile() Rfile { return Rfile{} }

// Wfile is self.wfile.
func (BaseHTTPRequestHandler) Wfile() Wfile { return Wfile{} }

// Connection is self.connection, once it is raw.
func (BaseHTTPRequestHandler) Connection() Connection { return Connection{} }

// SendResponse is self.send_response(code, message); a message may be left out.
func (BaseHTTPRequestHandler) SendResponse(code int, message ...string) {
	beginHead(code, textOr(message, 0))
}

// SendResponseOnly is self.send_response_only(code, message).
func (BaseHTTPRequestHandler) SendResponseOnly(code int, message ...string) {
	text := textOr(message, 0)
	must(handOver())
	importSendResponseOnly(status(code), optional(text), pointer(text), length(text), begin())
	must(finish())
}

// SendHeader is self.send_header(name, value).
func (BaseHTTPRequestHandler) SendHeader(name, value string) {
	addField(name, value)
}

// EndHeaders is self.end_headers().
func (BaseHTTPRequestHandler) EndHeaders() {
	endHead()
}

// FlushHeaders is self.flush_headers().
func (BaseHTTPRequestHandler) FlushHeaders() {
	must(handOver())
	importFlushHeaders(begin())
	must(finish())
}

func textOr(texts []string, place int) string {
	if place < len(texts) {
		return texts[place]
	}
	return None
}

// SendError is self.send_error(code, message, explain): up to two texts, None for the code's own.
func (BaseHTTPRequestHandler) SendError(code int, texts ...string) {
	message, explain := textOr(texts, 0), textOr(texts, 1)
	must(handOver())
	importSendError(status(code), optional(message), pointer(message), length(message),
		optional(explain), pointer(explain), length(explain), begin())
	must(finish())
}

// HandleExpect100 is self.handle_expect_100().
func (BaseHTTPRequestHandler) HandleExpect100() bool {
	must(handOver())
	importHandleExpect100(begin())
	goesOn := area.boolean()
	must(finish())
	return goesOn
}

// CloseConnection is self.close_connection.
func (BaseHTTPRequestHandler) CloseConnection() bool { return importCloseConnection() != 0 }

// SetCloseConnection sets it.
func (BaseHTTPRequestHandler) SetCloseConnection(value bool) {
	var number uint32
	if value {
		number = 1
	}
	settle()
	importSetCloseConnection(number)
}

// Fail says that the handler has failed: an answer that is whole is sent, and any other is cut so that the client can tell.
// A panic does so as well, and costs the instance.
func (BaseHTTPRequestHandler) Fail() {
	settle()
	importFail()
}

func set(call func(unsafe.Pointer, uint32, unsafe.Pointer), value string) {
	settle()
	call(pointer(value), length(value), begin())
	must(finish())
}

// ProtocolVersion is self.protocol_version.
func (BaseHTTPRequestHandler) ProtocolVersion() string { return ask(importProtocolVersion) }

// SetProtocolVersion sets it: "HTTP/1.1" keeps connections.
func (BaseHTTPRequestHandler) SetProtocolVersion(value string) { set(importSetProtocolVersion, value) }

// ServerVersion is self.server_version.
func (BaseHTTPRequestHandler) ServerVersion() string { return ask(importServerVersion) }

// SetServerVersion sets it.
func (BaseHTTPRequestHandler) SetServerVersion(value string) { set(importSetServerVersion, value) }

// SysVersion is self.sys_version.
func (BaseHTTPRequestHandler) SysVersion() string { return ask(importSysVersion) }

// SetSysVersion sets it.
func (BaseHTTPRequestHandler) SetSysVersion(value string) { set(importSetSysVersion, value) }

// ErrorMessageFormat is self.error_message_format.
func (BaseHTTPRequestHandler) ErrorMessageFormat() string { return ask(importErrorMessageFormat) }

// SetErrorMessageFormat sets it.
func (BaseHTTPRequestHandler) SetErrorMessageFormat(value string) {
	set(importSetErrorMessageFormat, value)
}

// ErrorContentType is self.error_content_type.
func (BaseHTTPRequestHandler) ErrorContentType() string { return ask(importErrorContentType) }

// SetErrorContentType sets it.
func (BaseHTTPRequestHandler) SetErrorContentType(value string) {
	set(importSetErrorContentType, value)
}

// Responses is self.responses[code]; ok is false for an unknown code.
func (BaseHTTPRequestHandler) Responses(code int) (phrase, explain string, ok bool) {
	importResponses(status(code), begin())
	defer end()
	found := (*struct {
		given uint8
		texts [2]text
	})(unsafe.Pointer(&area))
	if found.given == 0 {
		return "", "", false
	}
	return found.texts[0].take(), found.texts[1].take(), true
}

// SetResponses sets both.
func (BaseHTTPRequestHandler) SetResponses(code int, phrase, explain string) {
	settle()
	importSetResponses(status(code), pointer(phrase), length(phrase), pointer(explain), length(explain), begin())
	must(finish())
}

// Timeout is self.timeout.
func (BaseHTTPRequestHandler) Timeout() time.Duration {
	return time.Duration(importTimeout()) * time.Millisecond
}

// SetTimeout sets it, and returns what is in force now: the server bounds it.
func (BaseHTTPRequestHandler) SetTimeout(value time.Duration) time.Duration {
	settle()
	return time.Duration(importSetTimeout(uint64(value.Milliseconds()))) * time.Millisecond
}

// VersionString is self.version_string().
func (BaseHTTPRequestHandler) VersionString() string { return ask(importVersionString) }

// DateTimeString is self.date_time_string(timestamp); the zero Time is now.
func (BaseHTTPRequestHandler) DateTimeString(timestamp time.Time) string {
	var given uint32
	if !timestamp.IsZero() {
		given = 1
	}
	importDateTimeString(given, uint64(timestamp.Unix()), begin())
	var text string
	if area.failed == 0 {
		text = area.text().take()
	}
	must(finish())
	return text
}

// LogDateTimeString is self.log_date_time_string().
func (BaseHTTPRequestHandler) LogDateTimeString() string { return ask(importLogDateTimeString) }

// AddressString is self.address_string().
func (BaseHTTPRequestHandler) AddressString() string { return ask(importAddressString) }

// LogRequest is self.log_request(code, size); -1 is None.
func (BaseHTTPRequestHandler) LogRequest(code int, size int64) {
	settle()
	importLogRequest(given64(int64(code)), status(max(code, 0)), given64(size), uint64(size))
}

func given64(number int64) uint32 {
	if number < 0 {
		return 0
	}
	return 1
}

// LogError is self.log_error; the text comes formatted.
func (BaseHTTPRequestHandler) LogError(text string) {
	settle()
	importLogError(pointer(text), length(text))
}

// LogMessage is self.log_message; the text comes formatted.
func (BaseHTTPRequestHandler) LogMessage(text string) {
	settle()
	importLogMessage(pointer(text), length(text))
}

// ServerAddress is self.server.server_address.
func (BaseHTTPRequestHandler) ServerAddress() Address { return askAddress(importServerAddress) }

// ServerName is self.server.server_name.
func (BaseHTTPRequestHandler) ServerName() string { return ask(importServerName) }

// ServerPort is self.server.server_port.
func (BaseHTTPRequestHandler) ServerPort() uint16 { return uint16(importServerPort()) }

// Mount is the prefix under which the handler is served. Ours; Python has no such thing.
func (BaseHTTPRequestHandler) Mount() string { return ask(importMount) }
