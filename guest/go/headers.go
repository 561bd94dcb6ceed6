package doverb

import (
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

// Where the places of the head's parts stand among its numbers.
const (
	method        = 1
	target        = 3
	version       = 5
	lineOfRequest = 7
	// fixed is how many numbers there are before those of the fields.
	fixed = 11
)

// request is the head, all of which the host gives at once: numbers, then the text that they are places in.
var request struct {
	known   bool
	list    string
	places  []uint32
	headers Headers
}

// forget is called between requests.
func forget() {
	request.known, request.list, request.places, request.headers = false, "", nil, nil
	writeFailure = nil
}

func fetchHead() {
	if request.known {
		return
	}
	request.known, request.list = true, ask(importHead)
	if request.list == "" {
		return
	}
	words := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.StringData(request.list))), 1)
	request.places = unsafe.Slice(&words[0], fixed+4*words[0])
}

// requestPart is the text between two places; "" outside of a request.
func requestPart(at int) string {
	fetchHead()
	if request.places == nil {
		return ""
	}
	return latin1(request.list[request.places[at]:request.places[at+1]])
}

func requestHeaders() Headers {
	fetchHead()
	if request.headers == nil && request.places != nil {
		request.headers = make(Headers, request.places[0])
		for at := range request.headers {
			place := fixed + 4*at
			request.headers[at] = Field{Name: requestPart(place), Value: requestPart(place + 2)}
		}
	}
	return request.headers
}

// latin1 makes a string of ISO-8859-1: each byte is the character of the same number.
func latin1(raw string) string {
	high := 0
	for at := range len(raw) {
		high += int(raw[at] >> 7)
	}
	if high == 0 {
		return raw
	}
	text := make([]byte, 0, len(raw)+high)
	for at := range len(raw) {
		text = utf8.AppendRune(text, rune(raw[at]))
	}
	return string(text)
}

// parseForm reads a query, or a body of the type application/x-www-form-urlencoded. What is malformed is left out.
func parseForm(text string) url.Values {
	values, _ := url.ParseQuery(text)
	return values
}
