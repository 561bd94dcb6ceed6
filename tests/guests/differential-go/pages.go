package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func (h *Handler) serve() error {
	switch h.PathOnly() {
	case "/":
		return h.text("Hello, World!")
	case "/sentinel":
		return h.text(fmt.Sprintf("sentinel %d", h.requests), "Sentinel")
	case "/facts":
		return h.facts()
	case "/headers":
		return h.headers()
	case "/unframed":
		return h.unframed()
	case "/echo":
		return h.echo()
	case "/lines":
		return h.lines()
	case "/half":
		return h.half()
	case "/run":
		return h.run()
	}
	h.SendError(404)
	return nil
}

func (h *Handler) contentLength() (int, error) {
	return strconv.Atoi(cmp.Or(strings.TrimSpace(h.Header("Content-Length")), "0"))
}

// body reads as much of the body as its length says, divided by a number.
func (h *Handler) body(divided int) ([]byte, error) {
	length, err := h.contentLength()
	if err != nil {
		return nil, err
	}
	return h.read(length / divided)
}

// read is self.rfile.read(size).
func (h *Handler) read(size int) ([]byte, error) {
	return io.ReadAll(io.LimitReader(h.Rfile(), int64(size)))
}

// readLine is self.rfile.readline(size); the body's end is an empty line.
func (h *Handler) readLine(size int) ([]byte, error) {
	line, err := h.Rfile().ReadLine(size)
	if err == io.EOF {
		err = nil
	}
	return line, err
}

func (h *Handler) text(text string, phrase ...string) error {
	h.SendResponse(200, phrase...)
	h.SendHeader("Content-Type", "text/plain; charset=utf-8")
	h.SendHeader("Content-Length", strconv.Itoa(len(text)))
	h.EndHeaders()
	return h.write(text)
}

func (h *Handler) write(texts ...string) error {
	if h.Command() == "HEAD" {
		return nil
	}
	for _, text := range texts {
		if _, err := h.Wfile().WriteString(text); err != nil {
			return err
		}
	}
	return nil
}

const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~ /:;,?=&()<>@*+#[]'\""

// shown puts a text of the client's on one line of ASCII: Python's quote, by the text's ISO-8859-1 bytes.
func shown(text string) string {
	var shown strings.Builder
	for _, character := range text {
		if strings.ContainsRune(plain, character) {
			shown.WriteRune(character)
		} else {
			fmt.Fprintf(&shown, "%%%02X", character)
		}
	}
	return shown.String()
}

func (h *Handler) facts() error {
	return h.text(strings.Join([]string{
		"command: " + shown(h.Command()),
		"path: " + shown(h.Path()),
		"requestline: " + shown(h.Requestline()),
		"request_version: " + h.RequestVersion(),
		"protocol_version: " + h.ProtocolVersion(),
		"close_connection: " + strconv.FormatBool(h.CloseConnection()),
		"requests: " + strconv.Itoa(h.requests),
		"client: " + h.ClientAddress().Host + " " + h.AddressString(),
	}, "\n"))
}

func (h *Handler) headers() error {
	var lines []string
	for _, field := range h.Headers() {
		lines = append(lines, shown(field.Name)+": "+shown(field.Value))
	}
	first, there := h.Headers().Lookup("x-a")
	if !there {
		first = "none"
	}
	lines = append(lines, "get: "+shown(first))
	all := h.Headers().Values("X-A")
	for at := range all {
		all[at] = shown(all[at])
	}
	lines = append(lines, "get_all: "+strings.Join(all, " | "))
	return h.text(strings.Join(lines, "\n"))
}

func (h *Handler) unframed() error {
	h.SendResponse(200)
	h.SendHeader("Content-Type", "text/plain")
	h.EndHeaders()
	return h.write("a body ", "without a length")
}

func (h *Handler) echo() error {
	body, err := h.body(1)
	if err != nil {
		return err
	}
	contentType, there := h.Headers().Lookup("Content-Type")
	if !there {
		contentType = "application/octet-stream"
	}
	h.SendResponse(200)
	h.SendHeader("Content-Type", contentType)
	h.SendHeader("Content-Length", strconv.Itoa(len(body)))
	h.EndHeaders()
	return h.write(string(body))
}

func (h *Handler) lines() error {
	left, err := h.contentLength()
	if err != nil {
		return err
	}
	var lengths []string
	for left > 0 {
		line, err := h.readLine(min(left, 20))
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		left -= len(line)
		lengths = append(lengths, strconv.Itoa(len(line)))
	}
	return h.text(strings.Join(lengths, ","))
}

func (h *Handler) half() error {
	body, err := h.body(2)
	if err != nil {
		return err
	}
	characters := make([]rune, len(body))
	for at, b := range body {
		characters[at] = rune(b)
	}
	return h.text("half: " + shown(string(characters)))
}
