//go:build doverb_http

package doverb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Requests to other servers, over wasi:http: what http.DefaultTransport is in a component whose code imports net/http.

//go:wasmimport wasi:http/types@0.2.0 [static]fields.from-list
func importFieldsFromList(list unsafe.Pointer, length uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [method]fields.entries
func importFieldsEntries(fields uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [resource-drop]fields
func dropFields(fields uint32)

//go:wasmimport wasi:http/types@0.2.0 [constructor]outgoing-request
func importNewRequest(fields uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-request.set-method
func importSetMethod(request uint32, kind uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-request.set-scheme
func importSetScheme(request uint32, given uint32, kind uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-request.set-authority
func importSetAuthority(request uint32, given uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-request.set-path-with-query
func importSetPath(request uint32, given uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-request.body
func importRequestBody(request uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [resource-drop]outgoing-request
func dropRequest(request uint32)

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-body.write
func importBodyStream(body uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [static]outgoing-body.finish
func importFinishBody(body uint32, given uint32, trailers uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [constructor]request-options
func importNewOptions() uint32

//go:wasmimport wasi:http/types@0.2.0 [method]request-options.set-connect-timeout
func importSetConnectTimeout(options uint32, given uint32, nanoseconds uint64) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]request-options.set-first-byte-timeout
func importSetFirstByteTimeout(options uint32, given uint32, nanoseconds uint64) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]request-options.set-between-bytes-timeout
func importSetBetweenBytesTimeout(options uint32, given uint32, nanoseconds uint64) uint32

//go:wasmimport wasi:http/outgoing-handler@0.2.0 handle
func importHandle(request uint32, given uint32, options uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [method]future-incoming-response.subscribe
func importSubscribeAnswer(future uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]future-incoming-response.get
func importGetAnswer(future uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [resource-drop]future-incoming-response
func dropFuture(future uint32)

//go:wasmimport wasi:http/types@0.2.0 [method]incoming-response.status
func importStatus(response uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]incoming-response.headers
func importAnswerFields(response uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]incoming-response.consume
func importConsume(response uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [resource-drop]incoming-response
func dropResponse(response uint32)

//go:wasmimport wasi:http/types@0.2.0 [method]incoming-body.stream
func importAnswerStream(body uint32, area unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [resource-drop]incoming-body
func dropIncomingBody(body uint32)

//go:wasmimport wasi:http/types@0.2.0 http-error-code
func importErrorCode(err uint32, area unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.0 [method]input-stream.read
func importStreamRead(stream uint32, size uint64, area unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.0 [method]input-stream.subscribe
func importSubscribeInput(stream uint32) uint32

//go:wasmimport wasi:io/streams@0.2.0 [resource-drop]input-stream
func dropInput(stream uint32)

//go:wasmimport wasi:io/streams@0.2.0 [method]output-stream.check-write
func importCheckWrite(stream uint32, area unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.0 [method]output-stream.write
func importStreamWrite(stream uint32, data unsafe.Pointer, length uint32, area unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.0 [method]output-stream.subscribe
func importSubscribeOutput(stream uint32) uint32

//go:wasmimport wasi:io/streams@0.2.0 [resource-drop]output-stream
func dropOutput(stream uint32)

//go:wasmimport wasi:io/poll@0.2.0 [method]pollable.block
func importBlock(pollable uint32)

//go:wasmimport wasi:io/poll@0.2.0 [resource-drop]pollable
func dropPollable(pollable uint32)

//go:wasmimport wasi:io/error@0.2.0 [resource-drop]error
func dropError(err uint32)

// httpArea is where the host writes what these calls give, the largest a result in a result in an option.
var httpArea [8]uint64

// httpCall begins a call that gives something, and says where; endHTTP is when it has been taken over.
func httpCall(buffer []byte) unsafe.Pointer {
	calls.Lock()
	aim(buffer)
	return unsafe.Pointer(&httpArea)
}

func gives[T any](offset int) T {
	return *(*T)(unsafe.Add(unsafe.Pointer(&httpArea), offset))
}

func block(pollable uint32) {
	importBlock(pollable)
	dropPollable(pollable)
}

// handleOf calls what gives a handle or fails without a reason.
func handleOf(call func(uint32, unsafe.Pointer), of uint32) uint32 {
	call(of, httpCall(nil))
	defer end()
	return gives[uint32](4)
}

// Transport sends requests by the host, which has the connections. It is http.DefaultTransport.
type Transport struct{}

func init() {
	http.DefaultTransport = Transport{}
}

// Those are the host's own, or the connection's.
var ofTheConnection = map[string]bool{
	"Connection": true, "Host": true, "Keep-Alive": true, "Proxy-Connection": true, "Proxy-Authorization": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true, "Content-Length": true,
}

// RoundTrip implements http.RoundTripper.
func (Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	if request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		return nil, fmt.Errorf("unsupported protocol scheme %q", request.URL.Scheme)
	}
	future, err := send(request)
	if err != nil {
		return nil, err
	}
	block(importSubscribeAnswer(future))
	importGetAnswer(future, httpCall(nil))
	failed, code, answer := gives[uint8](16) != 0, gives[uint8](24), gives[uint32](24)
	end()
	dropFuture(future)
	if failed {
		return nil, reason(request, code)
	}
	return response(request, answer), nil
}

func send(request *http.Request) (uint32, error) {
	fields, err := fieldsOf(request)
	if err != nil {
		return 0, err
	}
	host, path := request.URL.Host, request.URL.RequestURI()
	outgoing := importNewRequest(fields)
	kind, method := methodOf(request.Method)
	scheme := uint32(0)
	if request.URL.Scheme == "https" {
		scheme = 1
	}
	refused := importSetMethod(outgoing, kind, pointer(method), length(method)) |
		importSetScheme(outgoing, 1, scheme, nil, 0) |
		importSetAuthority(outgoing, 1, pointer(host), length(host)) |
		importSetPath(outgoing, 1, pointer(path), length(path))
	if refused != 0 {
		dropRequest(outgoing)
		return 0, fmt.Errorf("no request that can be sent: %s %s", request.Method, request.URL)
	}
	var body, stream uint32
	hasBody := request.Body != nil && request.Body != http.NoBody
	if hasBody {
		body = handleOf(importRequestBody, outgoing)
		stream = handleOf(importBodyStream, body)
	}
	importHandle(outgoing, 1, optionsOf(request.Context()), httpCall(nil))
	failed, code, future := gives[uint8](0) != 0, gives[uint8](8), gives[uint32](8)
	end()
	if hasBody {
		err = upload(stream, body, request.Body, failed)
	}
	if failed {
		return 0, reason(request, code)
	}
	if err != nil {
		dropFuture(future)
		return 0, err
	}
	return future, nil
}

func methodOf(method string) (uint32, string) {
	if method == "" {
		return 0, ""
	}
	for kind, name := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "", "OPTIONS", "TRACE", "PATCH"} {
		if method == name {
			return uint32(kind), ""
		}
	}
	return 9, method
}

// optionsOf has the time that is left for each step of a request.
func optionsOf(ctx context.Context) uint32 {
	options := importNewOptions()
	if deadline, ok := ctx.Deadline(); ok {
		left := uint64(max(time.Until(deadline), time.Millisecond))
		importSetConnectTimeout(options, 1, left)
		importSetFirstByteTimeout(options, 1, left)
		importSetBetweenBytesTimeout(options, 1, left)
	}
	return options
}

func fieldsOf(request *http.Request) (uint32, error) {
	var list [][2]text
	var kept []string
	add := func(name, value string) {
		kept = append(kept, name, value)
		list = append(list, [2]text{
			{address(pointer(name)), length(name)},
			{address(pointer(value)), length(value)},
		})
	}
	for name, values := range request.Header {
		for _, value := range values {
			if !ofTheConnection[http.CanonicalHeaderKey(name)] {
				add(name, value)
			}
		}
	}
	if request.ContentLength > 0 {
		add("Content-Length", strconv.FormatInt(request.ContentLength, 10))
	}
	importFieldsFromList(unsafe.Pointer(unsafe.SliceData(list)), uint32(len(list)), httpCall(nil))
	defer end()
	runtime.KeepAlive(kept)
	if gives[uint8](0) != 0 {
		return 0, errors.New("net/http: a field that no request can have")
	}
	return gives[uint32](4), nil
}

// upload sends a body, as far as the server wants it.
func upload(stream, body uint32, from io.Reader, failed bool) error {
	var err error
	if !failed {
		_, err = io.CopyBuffer(outgoingStream(stream), struct{ io.Reader }{from}, make([]byte, 1<<16))
		if errors.Is(err, io.ErrClosedPipe) {
			// Its answer says why.
			err = nil
		}
	}
	dropOutput(stream)
	importFinishBody(body, 0, 0, httpCall(nil))
	end()
	return err
}

type outgoingStream uint32

func (s outgoingStream) Write(data []byte) (int, error) {
	for done := 0; done < len(data); {
		importCheckWrite(uint32(s), httpCall(nil))
		failed, room := gives[uint8](0) != 0, gives[uint64](8)
		dropFailure(failed, 8, 12)
		end()
		if failed {
			return done, io.ErrClosedPipe
		}
		if room == 0 {
			block(importSubscribeOutput(uint32(s)))
			continue
		}
		size := min(uint64(len(data)-done), room)
		importStreamWrite(uint32(s), unsafe.Pointer(&data[done]), uint32(size), httpCall(nil))
		failed = gives[uint8](0) != 0
		dropFailure(failed, 4, 8)
		end()
		if failed {
			return done, io.ErrClosedPipe
		}
		done += int(size)
	}
	return len(data), nil
}

// dropFailure gives the error of a stream back, whose kind and handle are at these places.
func dropFailure(failed bool, kind, handle int) {
	if failed && gives[uint8](kind) == 0 {
		dropError(gives[uint32](handle))
	}
}

func response(request *http.Request, answer uint32) *http.Response {
	status := int(importStatus(answer))
	fields := importAnswerFields(answer)
	header := make(http.Header)
	importFieldsEntries(fields, httpCall(nil))
	list := gives[text](0)
	for _, field := range unsafe.Slice((*[2]text)(list.pointer()), list.length) {
		header.Add(field[0].take(), field[1].take())
	}
	end()
	dropFields(fields)
	incoming := handleOf(importConsume, answer)
	dropResponse(answer)
	body := &answerBody{request: request, body: incoming, stream: handleOf(importAnswerStream, incoming)}
	size, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
	if err != nil {
		size = -1
	}
	return &http.Response{
		Status:     strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status))),
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: body, ContentLength: size, Request: request,
	}
}

// answerBody is the body of an answer, as it comes.
type answerBody struct {
	lock         sync.Mutex
	request      *http.Request
	body, stream uint32
	end          error
}

func (b *answerBody) Read(buffer []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	for b.end == nil && len(buffer) > 0 {
		if err := b.request.Context().Err(); err != nil {
			b.close(err)
			break
		}
		importStreamRead(b.stream, uint64(min(len(buffer), 1<<16)), httpCall(buffer))
		runtime.KeepAlive(buffer)
		failed, kind, came, handle := gives[uint8](0) != 0, gives[uint8](4), gives[text](4), gives[uint32](8)
		if !failed && came.length > 0 && came.data != address(unsafe.Pointer(&buffer[0])) {
			copy(buffer, came.borrow())
		}
		end()
		switch {
		case failed && kind == 0:
			b.close(b.failure(handle))
		case failed:
			b.close(io.EOF)
		case came.length > 0:
			return int(came.length), nil
		default:
			block(importSubscribeInput(b.stream))
		}
	}
	return 0, b.end
}

func (b *answerBody) failure(handle uint32) error {
	importErrorCode(handle, httpCall(nil))
	known, code := gives[uint8](0) != 0, gives[uint8](8)
	end()
	dropError(handle)
	if !known {
		return io.ErrUnexpectedEOF
	}
	return reason(b.request, code)
}

func (b *answerBody) close(err error) {
	if b.end == nil {
		b.end = err
		dropInput(b.stream)
		dropIncomingBody(b.body)
	}
}

// Close gives the connection up, or back if all was read.
func (b *answerBody) Close() error {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.close(http.ErrBodyReadAfterClose)
	return nil
}

// reason is an error code of wasi:http as net/http's own transport would have it.
func reason(request *http.Request, code uint8) error {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	switch code {
	case 0, 1, 2:
		return dial(&net.DNSError{Err: "no such host", Name: request.URL.Hostname(), IsNotFound: code != 0, IsTimeout: code == 0})
	case 3, 5:
		return dial(syscall.EHOSTUNREACH)
	case 4, 15:
		return dial(fmt.Errorf("this handler may not call %s: %w", request.URL.Host, syscall.EACCES))
	case 6:
		return dial(syscall.ECONNREFUSED)
	case 7, 25:
		return io.ErrUnexpectedEOF
	case 8, 9, 10, 33:
		return os.ErrDeadlineExceeded
	case 11:
		return dial(syscall.EAGAIN)
	case 12, 14:
		return errors.New("tls: the handshake has failed")
	case 13:
		return errors.New("tls: failed to verify certificate: it is not trusted")
	}
	return fmt.Errorf("net/http: the request has failed (error code %d of wasi:http)", code)
}
