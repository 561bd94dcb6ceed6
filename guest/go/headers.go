package doverb

import (
	"bytes"
	"net/url"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Field is a header field: its name as it was sent, and its value.
type Field struct {
	Name  string
	Value string
}

// Headers are fields in the order they came.
type Headers []Field

// Get returns the first value of the field with this name, upper and lower case alike; "" when there is none.
func (h Headers) Get(name string) string {
	value, _ := h.Lookup(name)
	return value
}

// Lookup says also whether there is one.
func (h Headers) Lookup(name string) (string, bool) {
	for _, field := range h {
		if strings.EqualFold(field.Name, name) {
			return field.Value, true
		}
	}
	return "", false
}

// Values are all of this name: Python's get_all.
func (h Headers) Values(name string) []string {
	var values []string
	for _, field := range h {
		if strings.EqualFold(field.Name, name) {
			values = append(values, field.Value)
		}
	}
	return values
}

// Map is what net/http makes of them: http.Header(h.Headers().Map()). Names are in its case, `Content-Type`.
func (h Headers) Map() map[string][]string {
	all := make(map[string][]string, len(h))
	for _, field := range h {
		name := canonical(field.Name)
		all[name] = append(all[name], field.Value)
	}
	return all
}

func canonical(name string) string {
	letters := []byte(strings.ToLower(name))
	for at := range letters {
		if (at == 0 || letters[at-1] == '-') && letters[at] >= 'a' && letters[at] <= 'z' {
			letters[at] -= 'a' - 'A'
		}
	}
	return string(letters)
}

// request is what is asked for once: looking a field up in the guest costs far less than asking the host for each.
var request struct {
	known   bool
	headers Headers
	path    string
	command string
}

// forget is called between requests.
func forget() {
	request.known, request.headers, request.path, request.command = false, nil, "", ""
	writeFailure = nil
}

func requestHeaders() Headers {
	if request.known {
		return request.headers
	}
	importRawHeaders(begin())
	raw := (*text)(unsafe.Pointer(&area)).borrow()
	section := unsafe.Slice(unsafe.StringData(raw), len(raw))
	defer end()
	headers := make(Headers, 0, bytes.Count(section, []byte("\n")))
	for line := range bytes.Lines(section) {
		// The host has checked it: what has no colon is the end.
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			headers = append(headers, Field{Name: latin1(name), Value: latin1(bytes.Trim(value, " \t\r\n"))})
		}
	}
	request.headers, request.known = headers, true
	return headers
}

// latin1 makes a string of ISO-8859-1: each byte is the character of the same number.
func latin1(raw []byte) string {
	high := 0
	for _, b := range raw {
		high += int(b >> 7)
	}
	if high == 0 {
		return string(raw)
	}
	text := make([]byte, 0, len(raw)+high)
	for _, b := range raw {
		text = utf8.AppendRune(text, rune(b))
	}
	return string(text)
}

// parseForm reads a query, or a body of the type application/x-www-form-urlencoded. What is malformed is left out.
func parseForm(text string) url.Values {
	values, _ := url.ParseQuery(text)
	return values
}
