package doverb

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unsafe"
)

// What the exports call that doverb writes for a handler. No part of the API.

// Handlers are the handlers of the connections: one, unless connections share the instance.
type Handlers[H any] struct {
	current    *H
	connection uint64
	others     map[uint64]*H
}

// Get is the current connection's handler, made if need be.
func (h *Handlers[H]) Get() *H {
	if h.current == nil {
		h.current = new(H)
	}
	return h.current
}

// Switch puts the handler away until its connection comes again, and takes up that of another.
func (h *Handlers[H]) Switch(connection uint64) {
	forget()
	if h.others == nil {
		h.others = make(map[uint64]*H)
	}
	// 0 says that the last connection has ended.
	if h.current != nil && connection != 0 {
		h.others[h.connection] = h.current
	}
	h.connection, h.current = connection, h.others[connection]
	delete(h.others, connection)
}

// gone says that a call has panicked because the client has gone.
var gone bool

// Answer calls a method that serves a request, with CONNECT only where it may be.
func Answer[F func() | func() error](mayBeConnect bool, method F) {
	beginAnswer(mayBeConnect)
	Serve(method)
}

// Serve calls a method.
func Serve[F func() | func() error](method F) {
	forget()
	defer guard()
	var err error
	switch method := any(method).(type) {
	case func():
		method()
	case func() error:
		err = method()
	}
	if late := handOver(); err == nil {
		err = late
	}
	if err == nil {
		err = writeFailure
	}
	// When the client has gone, nobody needs to know.
	if err != nil && !Is(err, Closed) {
		fail("", err)
	}
}

// guard ends a call that panicked.
func guard() {
	cause := recover()
	if cause == nil || gone {
		gone = false
		return
	}
	fail(panicStack(string(debug.Stack())), cause)
}

// fail logs why, and ends the instance. Go's own report would go through a stream of WASI, and what the handler has
// written would leave before it.
func fail(stack string, cause any) {
	var log BaseHTTPRequestHandler
	if err, ok := cause.(error); ok {
		log.LogError(err.Error())
	} else {
		log.LogError(fmt.Sprint(cause))
	}
	for line := range strings.Lines(stack) {
		log.LogError("  at " + strings.TrimSpace(line))
	}
	os.Exit(2)
}

// panicStack makes a line of each function that was left by the panic: its name, its file and line.
func panicStack(stack string) string {
	if _, rest, ok := strings.Cut(stack, "\npanic("); ok {
		_, rest, _ = strings.Cut(rest, "\n")
		_, stack, _ = strings.Cut(rest, "\n")
	}
	return strings.ReplaceAll(stack, "\n\t", " ")
}

// Decide calls HandleExpect100.
func Decide(method func() bool) uint32 {
	forget()
	defer guard()
	if method() {
		return 1
	}
	return 0
}

// told keeps a text that an override returned until the host has read it.
var told struct {
	area text
	text string
}

// Tell hands a text to the host.
func Tell(method func() string) unsafe.Pointer {
	defer guard()
	answer := method()
	told.text = answer
	told.area = text{address(pointer(answer)), length(answer)}
	return unsafe.Pointer(&told.area)
}

// Text takes a text that the host gives, or None.
func Text(isGiven, data, length uint32) string {
	if isGiven == 0 {
		return None
	}
	return text{data, length}.take()
}

// Number takes an optional number: -1 for none.
func Number(given uint32, number uint64) int64 {
	if given == 0 {
		return -1
	}
	return int64(number)
}

// Time takes an optional time: the zero Time for none.
func Time(given uint32, seconds uint64) time.Time {
	if given == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
