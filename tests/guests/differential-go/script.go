package main

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"doverb"
)

// run performs a script: a query, each of whose pairs is a call of one member of the class.
func (h *Handler) run() error {
	for _, pair := range strings.Split(h.RawQuery(), "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unquoted(name), unquoted(value)
		if err := h.step(name, value); err != nil {
			return err
		}
	}
	return nil
}

func unquoted(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

func (h *Handler) step(name, value string) error {
	first, rest, more := strings.Cut(value, ":")
	if !more {
		rest = "*"
	}
	switch name {
	case "response", "only", "error", "reason", "date":
		number, err := strconv.Atoi(first)
		if err != nil {
			return err
		}
		return h.numbered(name, number, rest)
	case "read", "line":
		return h.keep(name, value)
	case "kept":
		_, err := h.Wfile().WriteString("[" + string(h.kept) + "]")
		return err
	case "write":
		_, err := h.Wfile().WriteString(value)
		return err
	case "state":
		_, err := h.Wfile().WriteString(strconv.FormatBool(h.CloseConnection()))
		return err
	case "version":
		_, err := h.Wfile().WriteString(h.VersionString())
		return err
	case "flush":
		return h.Wfile().Flush()
	case "fail":
		return errors.New("asked for")
	case "header":
		h.SendHeader(first, rest)
	default:
		return h.attribute(name, value)
	}
	return nil
}

// orNone takes * for Python's None.
func orNone(text string) []string {
	if text == "*" {
		return []string{doverb.None}
	}
	return []string{text}
}

func (h *Handler) numbered(name string, number int, rest string) error {
	switch name {
	case "response":
		h.SendResponse(number, orNone(rest)...)
	case "only":
		h.SendResponseOnly(number, orNone(rest)...)
	case "error":
		message, explain, more := strings.Cut(rest, ":")
		if !more {
			explain = "*"
		}
		h.SendError(number, append(orNone(message), orNone(explain)...)...)
	case "reason":
		phrase, explain, _ := strings.Cut(rest, ":")
		h.SetResponses(number, phrase, explain)
	case "date":
		_, err := h.Wfile().WriteString(h.DateTimeString(time.Unix(int64(number), 0)))
		return err
	}
	return nil
}

func (h *Handler) keep(name, value string) error {
	size, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	read := h.read
	if name == "line" {
		read = h.readLine
	}
	piece, err := read(size)
	h.kept = append(h.kept, piece...)
	return err
}

func (h *Handler) attribute(name, value string) error {
	switch name {
	case "end":
		h.EndHeaders()
	case "flush-headers":
		h.FlushHeaders()
	case "continue":
		h.BaseHTTPRequestHandler.HandleExpect100()
	case "close":
		h.SetCloseConnection(value == "true")
	case "protocol":
		h.SetProtocolVersion(value)
	case "server":
		h.SetServerVersion(value)
	case "system":
		h.SetSysVersion(value)
	case "format":
		h.SetErrorMessageFormat(value)
	case "type":
		h.SetErrorContentType(value)
	default:
		return errors.New("no step " + name)
	}
	return nil
}
