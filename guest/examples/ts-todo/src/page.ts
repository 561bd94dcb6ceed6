// The page, which asks the API by fetch: beside itself, wherever that is.

const script = `
const list = document.querySelector('ul');
const field = document.querySelector('input[name=title]');

async function call(method, path, body) {
  const told = document.querySelector('output');
  try {
    const response = await fetch(path, { method, body: body && JSON.stringify(body) });
    const answer = await response.json();
    told.textContent = response.ok ? '' : answer.error;
    return response.ok;
  } catch {
    told.textContent = 'The server does not answer.';
    return false;
  }
}

async function show() {
  const items = await (await fetch('items')).json();
  list.replaceChildren(...items.map(({ id, title, done }) => {
    const row = document.createElement('li');
    const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: done, id: 'item' + id });
    const label = Object.assign(document.createElement('label'), { textContent: title, htmlFor: box.id });
    const remove = Object.assign(document.createElement('button'), { textContent: 'Remove', type: 'button' });
    remove.setAttribute('aria-label', 'Remove ' + title);
    box.onchange = () => call('PATCH', 'items/' + id, { done: box.checked }).then(show);
    remove.onclick = () => call('DELETE', 'items/' + id).then(show);
    row.append(box, label, remove);
    return row;
  }));
  document.querySelector('.empty').hidden = items.length > 0;
}

document.querySelector('form').onsubmit = async (event) => {
  event.preventDefault();
  if (!(await call('POST', 'items', { title: field.value }))) return;
  field.value = '';
  await show();
};
show();
`;

export const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>To do</title>
<style>
:root { color-scheme: light dark; --line: #8884; --accent: #2563eb; font: 100%/1.5 system-ui, sans-serif }
* { box-sizing: border-box }
body { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
form { display: flex; gap: .5rem }
input, button { font: inherit; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem }
form input { flex: 1; min-width: 0 }
button { cursor: pointer }
form button { background: var(--accent); border-color: transparent; color: #fff }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
output { display: block; min-height: 1.5rem; padding: .25rem 0; color: light-dark(#b91c1c, #f87171) }
ul { list-style: none; margin: 0; padding: 0 }
li { display: flex; align-items: center; gap: .75rem; padding: .6rem 0; border-top: 1px solid var(--line) }
li input { width: 1.15rem; height: 1.15rem; accent-color: var(--accent) }
label { flex: 1; overflow-wrap: anywhere }
li button { padding: .2rem .7rem; background: none; font-size: .9rem; color: inherit }
input:checked + label { text-decoration: line-through; opacity: .6 }
.empty { padding: 2rem 1rem; border: 1px dashed var(--line); border-radius: .75rem; text-align: center; opacity: .8 }
</style>
</head>
<body>
<h1>To do</h1>
<form><input name="title" required autofocus autocomplete="off" aria-label="What to do" placeholder="What to do"> <button>Add</button></form>
<output role="alert"></output>
<ul></ul>
<p class="empty" hidden>Nothing is left to do.</p>
<script>${script}</script>
</body>
</html>
`;
