// The page, which asks the API by fetch.

const script = `
const list = document.querySelector('ul');
const field = document.querySelector('input[name=title]');

async function call(method, path, body) {
  const response = await fetch(path, { method, body: body && JSON.stringify(body) });
  const answer = await response.json();
  document.querySelector('output').textContent = response.ok ? '' : answer.error;
}

async function show() {
  const items = await (await fetch('/items')).json();
  list.replaceChildren(...items.map(({ id, title, done }) => {
    const row = document.createElement('li');
    const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: done, id: 'item' + id });
    const label = Object.assign(document.createElement('label'), { textContent: title, htmlFor: box.id });
    const remove = Object.assign(document.createElement('button'), { textContent: 'Remove', type: 'button' });
    box.onchange = () => call('PATCH', '/items/' + id, { done: box.checked }).then(show);
    remove.onclick = () => call('DELETE', '/items/' + id).then(show);
    row.append(box, label, remove);
    return row;
  }));
}

document.querySelector('form').onsubmit = async (event) => {
  event.preventDefault();
  await call('POST', '/items', { title: field.value });
  field.value = '';
  await show();
};
show();
`;

export const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>To do</title>
<style>
body { font-family: system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
li { display: flex; gap: .5rem; padding: .3rem 0 }
label { flex: 1 }
input:checked + label { text-decoration: line-through }
</style>
</head>
<body>
<h1>To do</h1>
<form><input name="title" required aria-label="What to do"> <button>Add</button></form>
<output></output>
<ul></ul>
<script>${script}</script>
</body>
</html>
`;
