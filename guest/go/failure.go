package doverb

import (
	"errors"
	"strconv"
)

// Kind says why a call failed.
type Kind uint8

// The kinds, as the contract has them.
const (
	OutOfOrder    Kind = iota // not allowed now; the text says what must come first
	InvalidStatus             // not 100 to 999; the number is the code
	InvalidField              // must not go over the wire; the text says why
	Closed                    // the client has gone
	TimedOut                  // the client neither sent nor took a byte for Timeout
	Malformed                 // the body breaks the rules of HTTP; the text says where
	TooLarge                  // over a bound; the number is the bound in bytes
	Other                     // none of the others, from a server that is newer; the code says which
)

// Failure is the error of a call to the server.
type Failure struct {
	Kind   Kind
	Text   string
	Code   string
	Number uint64
}

// Error says it in the words of every SDK.
func (f *Failure) Error() string {
	switch f.Kind {
	case OutOfOrder:
		return "out of order: " + f.Text
	case InvalidStatus:
		return strconv.FormatUint(f.Number, 10) + " is no status code: 100 to 999 are"
	case InvalidField:
		return "invalid field: " + f.Text
	case Closed:
		return "the client closed the connection"
	case TimedOut:
		return "the client took too long"
	case Malformed:
		return "malformed body: " + f.Text
	case Other:
		return f.Code + ": " + f.Text
	default:
		return "over the bound of " + strconv.FormatUint(f.Number, 10) + " bytes"
	}
}

// Timeout makes it a net.Error, for libraries that read on after one.
func (f *Failure) Timeout() bool { return f.Kind == TimedOut }

// Temporary is the other half of a net.Error.
func (f *Failure) Temporary() bool { return f.Kind == TimedOut }

// Is reports whether err is a Failure of this kind.
func Is(err error, kind Kind) bool {
	var failure *Failure
	return errors.As(err, &failure) && failure.Kind == kind
}

// Try calls what may fail and returns its Failure as an error: Python's try. Other panics go on.
func Try(call func()) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case *Failure:
			err, gone = cause, false
		default:
			panic(cause)
		}
	}()
	call()
	return nil
}
