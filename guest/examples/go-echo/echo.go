// Answers POST and PUT with the request's body, as it comes: a body of any size takes constant memory.
package main

import (
	"cmp"
	"io"

	"doverb"
)

type Echo struct{ doverb.BaseHTTPRequestHandler }

func (h *Echo) Setup() {
	h.SetProtocolVersion("HTTP/1.1")
}

func (h *Echo) DoPOST() error {
	h.SendResponse(200)
	h.SendHeader("Content-Type", cmp.Or(h.Header("Content-Type"), "application/octet-stream"))
	if length := h.Header("Content-Length"); length != "" {
		h.SendHeader("Content-Length", length)
	}
	h.EndHeaders()
	_, err := io.Copy(h.Wfile(), h.Rfile())
	return err
}

func (h *Echo) DoPUT() error {
	return h.DoPOST()
}
