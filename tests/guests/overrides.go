// Every override.
package main

import (
	"fmt"
	"strings"
	"time"

	"doverb"
)

type Overrides struct{ doverb.BaseHTTPRequestHandler }

func (o *Overrides) Setup() {
	o.SetProtocolVersion("HTTP/1.1")
	o.SetServerVersion("Go/" + fmt.Sprint(1))
}

func (o *Overrides) Finish() { o.BaseHTTPRequestHandler.LogMessage("finished") }

func (o *Overrides) DoGET() {
	o.SendResponse(200, "Fine")
	o.EndHeaders()
	o.Wfile().WriteString(strings.ToUpper(o.Query().Get("a")))
}

func (o *Overrides) HandleExpect100() bool {
	if o.Path() == "/no" {
		o.BaseHTTPRequestHandler.SendError(417)
		return false
	}
	return o.BaseHTTPRequestHandler.HandleExpect100()
}

func (o *Overrides) SendError(code int, texts ...string) {
	o.BaseHTTPRequestHandler.SendError(code, "Sorry, "+texts[0], texts[1])
}

func (o *Overrides) LogRequest(code int, size int64) {
	o.BaseHTTPRequestHandler.LogMessage(fmt.Sprintf("request %d %d", code, size))
}

func (o *Overrides) LogError(text string) {
	o.BaseHTTPRequestHandler.LogError("error <" + text + ">")
}

func (o *Overrides) LogMessage(text string) {
	o.BaseHTTPRequestHandler.LogMessage("message <" + text + ">")
}

func (o *Overrides) VersionString() string {
	return o.BaseHTTPRequestHandler.VersionString() + " (custom)"
}

func (o *Overrides) DateTimeString(timestamp time.Time) string {
	return fmt.Sprint("date ", timestamp.IsZero())
}

func (o *Overrides) LogDateTimeString() string { return "now" }

func (o *Overrides) AddressString() string {
	return "somebody at " + o.BaseHTTPRequestHandler.AddressString()
}
