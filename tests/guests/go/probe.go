// One path for each thing that is Go's own: failures that are caught or not, goroutines, memory, a raw connection.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"doverb"
	"probe/greeting"
)

type Probe struct {
	doverb.BaseHTTPRequestHandler
	visits int
}

var instance int

func (h *Probe) Setup() {
	h.SetProtocolVersion("HTTP/1.1")
	h.SetTimeout(20 * time.Second)
}

func (h *Probe) DoGET() error {
	h.visits++
	instance++
	switch h.PathOnly() {
	case "/fail":
		divideTheCake()
	case "/error":
		return errors.New("no cake was baked")
	case "/order":
		h.SendHeader("A", "b")
	case "/index":
		return h.answer(fmt.Sprint([]int{1, 2}[h.visits:][5]))
	case "/catch":
		return h.catches()
	case "/write":
		return h.writesTooMuch()
	case "/goroutines":
		return h.answer(fmt.Sprint(sumOfSquares(100)))
	case "/sleep":
		time.Sleep(20 * time.Millisecond)
		return h.answer("slept")
	case "/everything":
		return h.everything()
	case "/upgrade":
		return h.upgrade()
	case "/environment":
		return h.answer(os.Getenv("GREETING"))
	case "/visits":
		return h.answer(fmt.Sprint(h.visits))
	default:
		return h.answer(greeting.Text)
	}
	return nil
}

func (h *Probe) DoPOST() error {
	body, err := h.Rfile().ReadAll(20)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	return h.answer(form.Get("name"))
}

func (h *Probe) answer(text string) error {
	h.SendResponse(200)
	h.EndHeaders()
	_, err := io.WriteString(h.Wfile(), text)
	return err
}

//go:noinline
func divideTheCake() {
	panic("there is no cake")
}

func (h *Probe) catches() error {
	early := doverb.Try(func() { h.SendHeader("A", "b") })
	status := doverb.Try(func() { h.SendResponse(1000) })
	field := doverb.Try(func() { h.SendResponse(200, "a\nb") })
	if !doverb.Is(early, doverb.OutOfOrder) || !doverb.Is(status, doverb.InvalidStatus) || !doverb.Is(field, doverb.InvalidField) {
		return errors.Join(early, status, field)
	}
	return h.answer(status.Error())
}

// The error of a write that nobody looks at must not be lost.
func (h *Probe) writesTooMuch() error {
	h.SendResponse(200)
	h.SendHeader("Content-Length", "1")
	h.EndHeaders()
	h.Wfile().WriteString("too much")
	return nil
}

func sumOfSquares(count int) (sum int) {
	squares := make(chan int)
	var workers sync.WaitGroup
	for number := range count {
		workers.Go(func() { squares <- number * number })
	}
	go func() {
		workers.Wait()
		close(squares)
	}()
	for square := range squares {
		sum += square
	}
	return sum
}

// All that the host gives is allocated; a leak of any of it would show.
func (h *Probe) everything() error {
	taken := len(h.Headers()) + len(h.RawHeaders()) + len(h.Header("X-Long")) + len(h.Headers().Map())
	taken += len(h.Requestline()) + len(h.ClientAddress().Host) + len(h.DateTimeString(time.Unix(0, 0)))
	body, err := h.Rfile().ReadAll(1000)
	if err != nil {
		return err
	}
	if h.Scheme() != "http" || h.SetTimeout(20*time.Second) != h.Timeout() {
		return errors.New("the server told two stories")
	}
	if doverb.Try(func() { h.SendHeader("Too", "early") }) == nil {
		return errors.New("it was not too early")
	}
	var memory runtime.MemStats
	if h.visits%1000 == 1 {
		runtime.ReadMemStats(&memory)
	}
	return h.answer(fmt.Sprintf("%d %s %09d", taken, body, memory.Sys))
}

func (h *Probe) upgrade() error {
	h.SetTimeout(50 * time.Millisecond)
	h.SendResponse(101)
	h.SendHeader("Upgrade", "shout")
	h.EndHeaders()
	connection := bufio.NewReader(h.Connection())
	for {
		line, err := connection.ReadString('\n')
		switch {
		case doverb.Is(err, doverb.TimedOut):
			fmt.Fprintln(h.Connection(), "tick")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if _, err := io.Copy(h.Connection(), bytes.NewBufferString(strings.ToUpper(line))); err != nil {
			return err
		}
	}
}
