// tests/differential/handlers.py in Go: every page and every step of a script does here what it does there.
package main

import (
	"os"
	"strconv"
	"strings"

	"doverb"
)

type Handler struct {
	doverb.BaseHTTPRequestHandler
	requests int
	kept     []byte
}

func (h *Handler) Setup() {
	if _, own := os.LookupEnv("OWN_ATTRIBUTES"); own {
		h.SetServerVersion("Own/2")
		h.SetSysVersion("Caf\u00e9/3")
		h.SetErrorMessageFormat("%(code)d|%(message)s|%(explain)s|100%%\n")
		h.SetErrorContentType("text/plain; charset=utf-8")
	}
}

func (h *Handler) HandleExpect100() bool {
	if strings.HasPrefix(h.Path(), "/refuse") {
		h.SendError(417)
		return false
	}
	return h.BaseHTTPRequestHandler.HandleExpect100()
}

func (h *Handler) DoGET() error {
	h.requests++
	h.kept = nil
	return h.serve()
}

func (h *Handler) DoHEAD() error { return h.DoGET() }

func (h *Handler) DoPOST() error { return h.DoGET() }

func (h *Handler) DoPUT() error {
	h.requests++
	body, err := h.body(1)
	if err != nil {
		return err
	}
	h.SendResponse(201)
	h.SendHeader("Location", h.Path())
	h.SendHeader("Content-Length", "0")
	h.SendHeader("X-Length", strconv.Itoa(len(body)))
	h.EndHeaders()
	return nil
}

func (h *Handler) DoDELETE() {
	h.requests++
	h.SendResponse(204)
	h.EndHeaders()
}

func (h *Handler) DoOPTIONS() {
	h.requests++
	h.SendResponseOnly(200)
	h.SendHeader("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, SPAM, M-SEARCH")
	h.SendHeader("Content-Length", "0")
	h.EndHeaders()
}

func (h *Handler) DoSPAM() error {
	h.requests++
	return h.text("spam, "+h.Command()+" and spam", "Lovely Spam")
}

func (h *Handler) DoM_SEARCH() error { return h.DoSPAM() }
