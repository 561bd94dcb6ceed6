package doverb

import "unsafe"

// The answer's head while it is gathered, so that it is one call of the host's: Python keeps it in _headers_buffer.
//
// What is gathered is what the host would take without a word. All else goes to the host at once, behind what was gathered
// before it, so that each failure comes from the call that caused it. A body is not gathered: the host would not have it when
// another goroutine lets the handler wait.

type progress uint8

const (
	atHost progress = iota
	unbegun
	inHead
)

// bound is how many bytes of fields are gathered.
const bound = 4096

// answer is what was gathered for this request.
var answer struct {
	at           progress
	mayBeConnect bool
	hasLength    bool
	code         uint32
	fields       []byte
}

// beginAnswer is called when a request begins.
func beginAnswer(mayBeConnect bool) {
	answer.at, answer.mayBeConnect = unbegun, mayBeConnect
}

func gathered() unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(answer.fields))
}

// handOver gives the host what was gathered.
func handOver() error {
	last := answer.at
	answer.at = atHost
	if last != inHead {
		return nil
	}
	importBegin(0, answer.code, 0, nil, 0, gathered(), uint32(len(answer.fields)), begin())
	return finish()
}

// settle is the same before calls that can't fail: the host keeps the failure, and tells it at the next that can.
func settle() {
	_ = handOver()
}

func beginHead(code int, message string) {
	isTunnel := answer.mayBeConnect && code < 300
	if answer.at == unbegun && message == None && code >= 200 && code <= 999 &&
		!(isTunnel && BaseHTTPRequestHandler{}.Command() == "CONNECT") {
		answer.at, answer.code, answer.hasLength, answer.fields = inHead, uint32(code), false, answer.fields[:0]
		return
	}
	must(handOver())
	importSendResponse(status(code), optional(message), pointer(message), length(message), begin())
	must(finish())
}

// isPlain says whether the host takes a field without a word, and has nothing to do about it.
func isPlain(name, value string) bool {
	if name == "" || len(answer.fields)+len(name)+len(value)+4 > bound {
		return false
	}
	for at := range len(name) {
		if !token[name[at]] {
			return false
		}
	}
	for at := range len(value) {
		if value[at]-0x20 >= 0x5f {
			return false
		}
	}
	switch len(name) {
	case len("Upgrade"):
		return !isName(name, "upgrade")
	case len("Connection"):
		return !isName(name, "connection")
	case len("Content-Length"):
		return !isName(name, "content-length") || isFirstLength(value)
	case len("Transfer-Encoding"):
		return !isName(name, "transfer-encoding")
	}
	return true
}

// isName compares with a name in lower case.
func isName(name, lower string) bool {
	for at := range len(lower) {
		if name[at]|0x20 != lower[at] && name[at] != lower[at] {
			return false
		}
	}
	return true
}

func isFirstLength(value string) bool {
	if answer.hasLength || value == "" || len(value) > 19 {
		return false
	}
	for at := range len(value) {
		if value[at] < '0' || value[at] > '9' {
			return false
		}
	}
	answer.hasLength = true
	return true
}

// token has the bytes of RFC 9110, section 5.6.2.
var token = func() (table [256]bool) {
	for _, letter := range "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" {
		table[letter] = true
	}
	return
}()

func addField(name, value string) {
	if answer.at == inHead && isPlain(name, value) {
		answer.fields = append(append(append(append(answer.fields, name...), ": "...), value...), "\r\n"...)
		return
	}
	must(handOver())
	importSendHeader(pointer(name), length(name), pointer(value), length(value), begin())
	must(finish())
}

func endHead() {
	if answer.at == inHead {
		answer.at = atHost
		importAnswer(0, answer.code, 0, nil, 0, gathered(), uint32(len(answer.fields)), nil, 0, begin())
		must(finish())
		return
	}
	must(handOver())
	importEndHeaders(begin())
	must(finish())
}
