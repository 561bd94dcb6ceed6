// A page for each month: /2026/11. The page is a template that knows where text stands, so that a ?title= can't break out.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"time"

	"doverb"
)

//go:embed month.html
var source string

var page = template.Must(template.New("month").Parse(source))

type Calendar struct{ doverb.BaseHTTPRequestHandler }

type Month struct {
	Title    string
	First    time.Time
	Weeks    [][7]int
	Previous string
	Next     string
}

func (h *Calendar) Setup() {
	h.SetProtocolVersion("HTTP/1.1")
}

func (h *Calendar) DoGET() error {
	first := time.Now()
	if path := h.PathOnly(); path != "/" {
		var err error
		if first, err = time.Parse("/2006/1", path); err != nil {
			h.SendError(404, doverb.None, "Ask for a month: /2026/11")
			return nil
		}
	}
	var body bytes.Buffer
	if err := page.Execute(&body, month(first, h.Query().Get("title"))); err != nil {
		return err
	}
	h.SendResponse(200)
	h.SendHeader("Content-Type", "text/html; charset=utf-8")
	h.SendHeader("Content-Length", strconv.Itoa(body.Len()))
	h.EndHeaders()
	_, err := body.WriteTo(h.Wfile())
	return err
}

// month lays the days out in weeks that begin on Monday; 0 is no day of this month.
func month(day time.Time, title string) Month {
	first := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	path := func(months int) string {
		other := first.AddDate(0, months, 0)
		return fmt.Sprintf("/%d/%d", other.Year(), other.Month())
	}
	days := first.AddDate(0, 1, -1).Day()
	offset := (int(first.Weekday()) + 6) % 7
	weeks := make([][7]int, (offset+days+6)/7)
	for day := range days {
		place := offset + day
		weeks[place/7][place%7] = day + 1
	}
	return Month{cmp.Or(title, first.Format("January 2006")), first, weeks, path(-1), path(1)}
}
