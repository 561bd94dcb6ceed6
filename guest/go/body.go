package doverb

import (
	"bytes"
	"io"
	"runtime"
	"unsafe"
)

// Rfile is the request's body, or a raw connection: an io.Reader, io.WriterTo and the reading methods of Python's.
type Rfile struct{}

// Wfile is the answer's body, or a raw connection: an io.Writer and io.StringWriter.
type Wfile struct{}

// Connection is both of them, once it is raw.
type Connection struct {
	Rfile
	Wfile
}

// writeFailure is the first failure of a write of the request's: a method that returns in spite of it has failed.
var writeFailure error

type reading func(size uint32, area unsafe.Pointer)

// fill lets the host write straight into the buffer.
func fill(read reading, buffer []byte) (int, error) {
	if len(buffer) == 0 {
		return 0, nil
	}
	settle()
	read(uint32(min(len(buffer), 1<<30)), beginWith(buffer))
	runtime.KeepAlive(buffer)
	defer end()
	if err := area.failure(); err != nil {
		return 0, err
	}
	if n := int(area.text().length); n > 0 {
		return n, nil
	}
	return 0, io.EOF
}

// Read gives what is there, at least one byte: Python's read1.
func (Rfile) Read(buffer []byte) (int, error) {
	return fill(importRead, buffer)
}

// ReadAll reads the whole body if it is of at most limit bytes, and fails with TooLarge beyond.
func (r Rfile) ReadAll(limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(body)) > limit {
		return nil, &Failure{Kind: TooLarge, Number: uint64(limit)}
	}
	return body, err
}

// ReadLine reads to the end of a line, which is part of it, or to limit bytes. The body's end is an empty line with io.EOF.
func (Rfile) ReadLine(limit int) ([]byte, error) {
	var line []byte
	for len(line) < limit {
		start := len(line)
		line = append(line, make([]byte, min(limit-start, max(512, start)))...)
		n, err := fill(importReadLine, line[start:])
		line = line[:start+n]
		if err == io.EOF && start > 0 {
			return line, nil
		}
		if err != nil || bytes.HasSuffix(line, []byte("\n")) {
			return line, err
		}
	}
	return line, nil
}

// WriteTo copies all of it, so that io.Copy needs no buffer of its own.
func (r Rfile) WriteTo(w io.Writer) (int64, error) {
	var buffer [1 << 16]byte
	var copied int64
	for {
		n, err := r.Read(buffer[:])
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return copied, err
			}
			copied += int64(n)
		}
		if err == io.EOF {
			return copied, nil
		}
		if err != nil {
			return copied, err
		}
	}
}

// Trailers are the fields behind a chunked body that was read to its end.
func (Rfile) Trailers() (Headers, error) {
	importTrailers(begin())
	defer end()
	if err := area.failure(); err != nil {
		return nil, err
	}
	list := area.text()
	fields := unsafe.Slice((*[2]text)(list.pointer()), list.length)
	trailers := make(Headers, 0, len(fields))
	for _, field := range fields {
		trailers = append(trailers, Field{Name: field[0].take(), Value: field[1].take()})
	}
	return trailers, nil
}

// maxCall is what the host takes in one call.
const maxCall = 4 << 20

func write(data unsafe.Pointer, size int) (int, error) {
	if err := handOver(); err != nil {
		return 0, err
	}
	for done := 0; ; {
		piece := min(size-done, maxCall)
		importWrite(unsafe.Add(data, done), uint32(piece), begin())
		if err := finish(); err != nil {
			if writeFailure == nil {
				writeFailure = err
			}
			return done, err
		}
		if done += piece; done == size {
			return size, nil
		}
	}
}

// Write takes all of the bytes or fails.
func (Wfile) Write(data []byte) (int, error) {
	return write(unsafe.Pointer(unsafe.SliceData(data)), len(data))
}

// WriteString is Write for a string, without a copy.
func (Wfile) WriteString(data string) (int, error) {
	return write(pointer(data), len(data))
}

// Flush sends what was written. Only needed to be early: nothing stays when the handler waits or returns.
func (Wfile) Flush() error {
	if err := handOver(); err != nil {
		return err
	}
	importFlush(begin())
	return finish()
}
