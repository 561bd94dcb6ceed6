package main

import "doverb"

type Hello struct{ doverb.BaseHTTPRequestHandler }

func (h *Hello) Setup() {
	h.SetProtocolVersion("HTTP/1.1")
}

func (h *Hello) DoGET() {
	h.SendResponse(200)
	h.SendHeader("Content-Type", "text/plain")
	h.EndHeaders()
	h.Wfile().WriteString("Hello, World!")
}
