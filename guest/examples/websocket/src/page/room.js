"use strict";

const part = (id) => document.getElementById(id);
let socket;

function show(kind, text) {
  const line = document.createElement("li");
  line.className = kind;
  line.textContent = text;
  part("messages").append(line);
  line.scrollIntoView();
}

function state(name, text = name) {
  part("state").dataset.state = name;
  part("state").textContent = text;
  part("send").disabled = name !== "open";
  part("again").hidden = name !== "closed";
}

function connect() {
  state("connecting");
  // Relative to the page, wherever the handler is mounted: http becomes ws, https becomes wss.
  const address = new URL("ws", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onopen = () => {
    state("open");
    show("note", "You are in the room. Type /help for what it knows.");
    part("text").focus();
  };
  socket.onmessage = (event) => show("room", event.data);
  socket.onclose = (event) => {
    state("closed", `closed (${event.code})`);
    show("note", event.reason ? `The room closed: ${event.reason}` : "The connection is closed.");
  };
}

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = part("text").value.trim();
  if (text && socket.readyState === WebSocket.OPEN) {
    show("mine", text);
    socket.send(text);
    part("text").value = "";
  }
});
part("again").addEventListener("click", connect);
connect();
