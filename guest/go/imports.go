package doverb

import "unsafe"

// The contract's imports, as wit/ has them.

//go:wasmimport doverb:handler/request@0.1.0 client-address
func importClientAddress(area unsafe.Pointer)

//go:wasmimport doverb:handler/request@0.1.0 scheme
func importScheme(area unsafe.Pointer)

//go:wasmimport doverb:handler/request@0.1.0 head
func importHead(area unsafe.Pointer)

//go:wasmimport doverb:handler/request@0.1.0 raw-headers
func importRawHeaders(area unsafe.Pointer)

//go:wasmimport doverb:handler/request@0.1.0 request-id
func importRequestId(area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 send-response
func importSendResponse(code uint32, given uint32, message unsafe.Pointer, messageLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 send-response-only
func importSendResponseOnly(code uint32, given uint32, message unsafe.Pointer, messageLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 send-header
func importSendHeader(name unsafe.Pointer, nameLength uint32, value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 end-headers
func importEndHeaders(area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 flush-headers
func importFlushHeaders(area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 send-error
func importSendError(code uint32, hasMessage uint32, message unsafe.Pointer, messageLength uint32, hasExplain uint32, explain unsafe.Pointer, explainLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 handle-expect-100
func importHandleExpect100(area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 begin
func importBegin(opening uint32, code uint32, given uint32, message unsafe.Pointer, messageLength uint32, fields unsafe.Pointer, fieldsLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/response@0.1.0 answer
func importAnswer(opening uint32, code uint32, given uint32, message unsafe.Pointer, messageLength uint32, fields unsafe.Pointer, fieldsLength uint32, body unsafe.Pointer, bodyLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/rfile@0.1.0 read
func importRead(size uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/rfile@0.1.0 read-line
func importReadLine(size uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/rfile@0.1.0 trailers
func importTrailers(area unsafe.Pointer)

//go:wasmimport doverb:handler/wfile@0.1.0 write
func importWrite(bytes unsafe.Pointer, bytesLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/wfile@0.1.0 flush
func importFlush(area unsafe.Pointer)

//go:wasmimport doverb:handler/connection@0.1.0 close-connection
func importCloseConnection() uint32

//go:wasmimport doverb:handler/connection@0.1.0 set-close-connection
func importSetCloseConnection(value uint32)

//go:wasmimport doverb:handler/connection@0.1.0 fail
func importFail()

//go:wasmimport doverb:handler/attributes@0.1.0 protocol-version
func importProtocolVersion(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 set-protocol-version
func importSetProtocolVersion(value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 server-version
func importServerVersion(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 set-server-version
func importSetServerVersion(value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 sys-version
func importSysVersion(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 set-sys-version
func importSetSysVersion(value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 error-message-format
func importErrorMessageFormat(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 set-error-message-format
func importSetErrorMessageFormat(value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 error-content-type
func importErrorContentType(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 set-error-content-type
func importSetErrorContentType(value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 responses
func importResponses(code uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 set-responses
func importSetResponses(code uint32, phrase unsafe.Pointer, phraseLength uint32, explain unsafe.Pointer, explainLength uint32, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 timeout
func importTimeout() uint64

//go:wasmimport doverb:handler/attributes@0.1.0 set-timeout
func importSetTimeout(milliseconds uint64) uint64

//go:wasmimport doverb:handler/attributes@0.1.0 version-string
func importVersionString(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 date-time-string
func importDateTimeString(given uint32, seconds uint64, area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 log-date-time-string
func importLogDateTimeString(area unsafe.Pointer)

//go:wasmimport doverb:handler/attributes@0.1.0 address-string
func importAddressString(area unsafe.Pointer)

//go:wasmimport doverb:handler/log@0.1.0 log-request
func importLogRequest(hasCode uint32, code uint32, hasSize uint32, size uint64)

//go:wasmimport doverb:handler/log@0.1.0 log-error
func importLogError(text unsafe.Pointer, textLength uint32)

//go:wasmimport doverb:handler/log@0.1.0 log-message
func importLogMessage(text unsafe.Pointer, textLength uint32)

//go:wasmimport doverb:handler/server@0.1.0 server-address
func importServerAddress(area unsafe.Pointer)

//go:wasmimport doverb:handler/server@0.1.0 server-name
func importServerName(area unsafe.Pointer)

//go:wasmimport doverb:handler/server@0.1.0 server-port
func importServerPort() uint32

//go:wasmimport doverb:handler/server@0.1.0 mount
func importMount(area unsafe.Pointer)
