// Renders /api/openapi.json for people: every operation with its fields and answers.
// All text goes in as text nodes; nothing of the document is ever read as HTML.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Makes an element: element('p', { class: 'quiet' }, 'text', child …). */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Text with `code` in backticks, in paragraphs. */
function prose(text) {
  const paragraphs = (text ?? '').split(/\n\s*\n/).filter((part) => part.trim() !== '');
  return paragraphs.map((part) =>
    element('p', {}, ...part.split('`').map((piece, at) => (at % 2 === 1 ? element('code', {}, piece) : piece))),
  );
}

/** Follows `$ref` inside the document. */
function resolve(api, node) {
  let found = node;
  for (let hops = 0; found?.$ref && hops < 20; hops += 1) {
    found = found.$ref.slice(2).split('/').reduce((place, key) => place?.[key.replaceAll('~1', '/')], api);
  }
  return found ?? {};
}

/** A schema's type in a few words. */
function typeOf(api, schema) {
  if (!schema) return '';
  if (schema.$ref) {
    const target = resolve(api, schema);
    return target.enum || !target.properties ? typeOf(api, target) : schema.$ref.split('/').pop();
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return several.map((one) => typeOf(api, one)).join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => typeOf(api, one)).join(' & ');
  const types = [schema.type ?? 'any'].flat().map((type) => {
    if (type === 'array') return `${typeOf(api, schema.items)}[]`;
    return schema.format ? `${type} (${schema.format})` : type;
  });
  return types.join(' | ');
}

/** The fields of an object schema, those of its parts included. */
function fieldsOf(api, schema) {
  const found = resolve(api, schema);
  const parts = (found.allOf ?? []).map((part) => fieldsOf(api, part));
  const own = Object.entries(found.properties ?? {}).map(([name, field]) => ({
    name, field, needed: (found.required ?? []).includes(name),
  }));
  return [...parts.flat(), ...own];
}

function table(heads, rows) {
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)));
  const body = rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, ...[cell].flat()))));
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
}

function fieldTable(api, schema) {
  const found = resolve(api, schema);
  const inner = found.type === 'array' ? found.items : schema;
  const rows = fieldsOf(api, inner).map(({ name, field, needed }) => [
    element('code', {}, name),
    element('code', {}, typeOf(api, field)),
    needed ? 'yes' : 'no',
    prose(field.description ?? resolve(api, field).description),
  ]);
  return rows.length > 0 ? table(['Field', 'Type', 'Always', 'Meaning'], rows) : element('pre', {}, typeOf(api, schema));
}

function operationCard(api, path, method, operation, shared) {
  const id = operation.operationId ?? `${method}-${path}`;
  const card = element('article', { id, 'data-words': `${method} ${path} ${operation.summary ?? ''} ${id}`.toLowerCase() },
    element('h3', {}, element('span', { class: `method ${method}` }, method.toUpperCase()), ` ${api.servers?.[0]?.url ?? ''}${path}`),
    operation.summary ? element('p', {}, operation.summary) : null,
    ...prose(operation.description));
  const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) => resolve(api, parameter));
  if (parameters.length > 0) {
    card.append(element('h4', {}, 'Parameters'), table(['Name', 'In', 'Type', 'Needed', 'Meaning'], parameters.map((p) => [
      element('code', {}, p.name), p.in, element('code', {}, typeOf(api, p.schema)), p.required ? 'yes' : 'no', prose(p.description),
    ])));
  }
  const content = resolve(api, operation.requestBody).content ?? {};
  for (const [kind, body] of Object.entries(content)) {
    card.append(element('h4', {}, `Body (${kind})`), fieldTable(api, body.schema));
  }
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    const response = resolve(api, answer);
    card.append(element('h4', {}, status === 'default' ? 'Refusals' : `Answer ${status}`), ...prose(response.description));
    if (status !== 'default') {
      for (const body of Object.values(response.content ?? {})) card.append(fieldTable(api, body.schema));
    }
  }
  return card;
}

function show(api) {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? 'Other';
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method, operation, shared: item.parameters ?? [] }]);
    }
  }
  const content = document.getElementById('content');
  const index = document.getElementById('index');
  document.getElementById('state').remove();
  content.append(...prose(api.info.description),
    element('p', {}, 'For programs: ', element('a', { href: '/api/openapi.json' }, '/api/openapi.json'), ` (OpenAPI ${api.openapi}, version ${api.info.version})`));
  for (const [tag, operations] of groups) {
    const cards = operations.map(({ path, method, operation, shared }) => operationCard(api, path, method, operation, shared));
    content.append(element('section', {}, element('h2', {}, tag), ...cards));
    const links = operations.map(({ path, method }, at) => element('li', { 'data-for': cards[at].id },
      element('a', { href: `#${cards[at].id}` }, element('span', { class: `method ${method}` }, method.toUpperCase()), element('span', {}, path))));
    index.append(element('div', {}, element('h2', {}, tag), element('ul', {}, ...links)));
  }
  const problem = api.components?.responses?.Problem?.content?.['application/problem+json'];
  if (problem) {
    content.append(element('section', {}, element('h2', {}, 'Problem documents'), fieldTable(api, problem.schema)));
  }
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

/** Hides what does not have every word of the search. */
function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of document.querySelectorAll('article')) {
    card.hidden = !words.every((word) => card.dataset.words.includes(word));
    const link = document.querySelector(`[data-for="${CSS.escape(card.id)}"]`);
    if (link) link.hidden = card.hidden;
  }
  for (const group of document.querySelectorAll('section, nav > div')) {
    const entries = [...group.querySelectorAll('article, li')];
    group.hidden = entries.length > 0 && entries.every((entry) => entry.hidden);
  }
}

document.getElementById('search').addEventListener('input', (event) => filter(event.target.value));
try {
  const answer = await fetch('/api/openapi.json');
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  show(await answer.json());
} catch (error) {
  document.getElementById('state').textContent = `The reference could not be loaded (${error.message}). Load the page again.`;
}
