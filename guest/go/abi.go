package doverb

import (
	"strings"
	"sync"
	"unsafe"
)

// The canonical ABI: what the host gives is put into memory that it is given (adapter.go), and named in a return area.

// text is a string as it stands in a return area. A pointer has 32 bits there, and 64 in Go.
type text struct {
	data   uint32
	length uint32
}

func (t text) pointer() unsafe.Pointer {
	return unsafe.Pointer(uintptr(t.data))
}

// take makes it a string of Go's.
func (t text) take() string {
	return strings.Clone(t.borrow())
}

// borrow is the text where it stands, until the next call.
func (t text) borrow() string {
	if t.length == 0 {
		return ""
	}
	return unsafe.String((*byte)(t.pointer()), t.length)
}

// outcome is a `result<_, failure>` and the like. The failure's kind is in the first word, its payload behind it.
type outcome struct {
	failed uint8
	value  struct {
		word    [2]uint32
		payload [2]uint64
	}
}

func (o *outcome) text() text {
	return *(*text)(unsafe.Pointer(&o.value))
}

func (o *outcome) boolean() bool {
	return uint8(o.value.word[0]) != 0
}

// failure is nil when the call went well.
func (o *outcome) failure() error {
	if o.failed == 0 {
		return nil
	}
	failure := &Failure{Kind: Kind(uint8(o.value.word[0]))}
	switch failure.Kind {
	case OutOfOrder, InvalidField, Malformed:
		failure.Text = (*text)(unsafe.Pointer(&o.value.payload)).take()
	case InvalidStatus:
		failure.Number = uint64(uint16(o.value.payload[0]))
	case TooLarge:
		failure.Number = o.value.payload[0]
	case Other:
		texts := (*[2]text)(unsafe.Pointer(&o.value.payload))
		failure.Code, failure.Text = texts[0].take(), texts[1].take()
	}
	return failure
}

// Calls go one by one: while a goroutine takes over what its call gave, another may get its turn.
var calls sync.Mutex

// area is where the host writes what a call gives.
var area outcome

// begin gives the return area to a call.
func begin() unsafe.Pointer {
	return beginWith(nil)
}

// beginWith also gives a buffer for the result's bytes.
func beginWith(buffer []byte) unsafe.Pointer {
	calls.Lock()
	aim(buffer)
	return unsafe.Pointer(&area)
}

// end is when what the call gave has been taken over.
func end() {
	aim(nil)
	calls.Unlock()
}

// finish ends a call that gives nothing: its failure, if any.
func finish() error {
	err := area.failure()
	end()
	return err
}

// must is what calls do that an answer can't do without.
func must(err error) {
	if err == nil {
		return
	}
	if Is(err, Closed) {
		gone = true
	}
	panic(err)
}

func pointer(s string) unsafe.Pointer {
	return unsafe.Pointer(unsafe.StringData(s))
}

func length(s string) uint32 {
	return uint32(len(s))
}

// optional is an `option<string>`.
func optional(s string) uint32 {
	if s == None {
		return 0
	}
	return 1
}

// ask calls what gives a string.
func ask(call func(unsafe.Pointer)) string {
	call(begin())
	defer end()
	return (*text)(unsafe.Pointer(&area)).take()
}

func askAddress(call func(unsafe.Pointer)) Address {
	call(begin())
	defer end()
	address := (*struct {
		host text
		port uint16
	})(unsafe.Pointer(&area))
	return Address{Host: address.host.take(), Port: address.port}
}

// status keeps what is no uint16 from becoming a good code by losing its upper bits.
func status(code int) uint32 {
	if code < 0 || code > 0xffff {
		return 0xffff
	}
	return uint32(code)
}
