/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/html: pages as jQuery sees them. Parsing and selectors come from brunt:dom (parse5, css-select); this is
 * the Selection that k6 documents, and the Elements that it is made of. A Selection never changes: each
 * method gives a new one.
 */
import { innerHtml, matches, outerHtml, parseDocument, select } from 'brunt:dom';

const isTag = (node) => node.type === 'tag' || node.type === 'script' || node.type === 'style';
const childTags = (node) => (node.children ?? []).filter(isTag);
const parentTag = (node) => (node.parent && isTag(node.parent) ? node.parent : null);
const siblingsOf = (node) => node.parent?.children ?? [node];

function textOf(node) {
    if (node.type === 'text') {
        return node.data;
    }
    return node.type === 'comment' ? '' : (node.children ?? []).map(textOf).join('');
}

/* All of `step` until it ends or `stop` says so. */
function walk(node, step, stop = () => false) {
    const found = [];
    for (let at = step(node); at && !stop(at); at = step(at)) {
        found.push(at);
    }
    return found;
}

function siblingTag(node, direction) {
    const all = siblingsOf(node);
    for (let i = all.indexOf(node) + direction; i >= 0 && i < all.length; i += direction) {
        if (isTag(all[i])) {
            return all[i];
        }
    }
    return null;
}

const next = (node) => siblingTag(node, 1);
const previous = (node) => siblingTag(node, -1);

/* As a page has them, none twice. */
function ordered(nodes) {
    const unique = [...new Set(nodes)];
    if (unique.length < 2) {
        return unique;
    }
    const paths = new Map(unique.map((node) => {
        const path = [];
        for (let at = node; at.parent; at = at.parent) {
            path.unshift(at.parent.children.indexOf(at));
        }
        return [node, path];
    }));
    return unique.sort((a, b) => {
        const [one, two] = [paths.get(a), paths.get(b)];
        for (let i = 0; i < Math.min(one.length, two.length); i++) {
            if (one[i] !== two[i]) {
                return one[i] - two[i];
            }
        }
        return one.length - two.length;
    });
}

const nodes = new WeakMap(); /* of Elements and Selections */
const elements = new WeakMap(); /* of nodes: one Element each */

function elementOf(node) {
    if (!node) {
        return undefined;
    }
    if (!elements.has(node)) {
        const element = new Element();
        nodes.set(element, node);
        elements.set(node, element);
    }
    return elements.get(node);
}

function selectionOf(nodeList, end) {
    const selection = new Selection();
    nodes.set(selection, { list: nodeList, end });
    return selection;
}

const listOf = (selection) => nodes.get(selection).list;

/* A selector, a Selection, an Element or a function, as a question about nodes. */
function predicate(wanted) {
    if (typeof wanted === 'string') {
        return (node) => isTag(node) && matches(node, wanted);
    }
    if (typeof wanted === 'function') {
        return (node, i) => Boolean(wanted(i, selectionOf([node], null)));
    }
    const given = wanted instanceof Selection ? listOf(wanted) : wanted instanceof Element ? [nodes.get(wanted)] : [];
    return (node) => given.includes(node);
}

const optional = (wanted) => (wanted === undefined || wanted === null ? () => true : predicate(wanted));

const attribute = (node, name) => (node.attribs && Object.hasOwn(node.attribs, name) ? node.attribs[name] : undefined);

/* data-* values are read as JSON where they are. */
function dataValue(text) {
    if (text === 'true' || text === 'false' || text === 'null') {
        return JSON.parse(text);
    }
    if (text !== '' && String(Number(text)) === text) {
        return Number(text);
    }
    if (/^[{[]/.test(text)) {
        try {
            return JSON.parse(text);
        } catch {
            return text;
        }
    }
    return text;
}

const camel = (name) => name.replace(/-([a-z])/g, (all, letter) => letter.toUpperCase());
const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const selectedOptions = (node) => select('option', node.children).filter((option) => 'selected' in option.attribs);
const optionValue = (option) => attribute(option, 'value') ?? textOf(option);

function valueOf(node) {
    switch (node.name) {
    case 'select': {
        const chosen = selectedOptions(node).map(optionValue);
        if ('multiple' in node.attribs) {
            return chosen;
        }
        return chosen.at(-1) ?? (select('option', node.children).map(optionValue)[0] ?? undefined);
    }
    case 'textarea':
        return textOf(node);
    case 'option':
        return optionValue(node);
    case 'button':
    case 'input':
        return attribute(node, 'value') ?? (/^(checkbox|radio)$/i.test(attribute(node, 'type') ?? '') ? 'on' : undefined);
    default:
        return attribute(node, 'value');
    }
}

/* What a form would send: no buttons, nothing disabled or unchecked. */
function formPairs(list) {
    const fields = ordered(list.flatMap((node) => (node.name === 'form' ? select('input, select, textarea', node.children)
        : ['input', 'select', 'textarea'].includes(node.name) ? [node] : [])));
    const pairs = [];
    for (const field of fields) {
        const name = attribute(field, 'name');
        const type = (attribute(field, 'type') ?? '').toLowerCase();
        const isUnchecked = (type === 'checkbox' || type === 'radio') && !('checked' in field.attribs);
        if (name && !('disabled' in field.attribs) && !isUnchecked &&
            !['submit', 'button', 'reset', 'image', 'file'].includes(field.name === 'input' ? type : '')) {
            for (const value of [valueOf(field) ?? ''].flat()) {
                pairs.push({ name, value });
            }
        }
    }
    return pairs;
}

const urlEncode = (text) => encodeURIComponent(text).replace(/%20/g, '+').replace(/[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

export class Selection {
    get length() {
        return listOf(this).length;
    }

    #make(list) {
        return selectionOf(list, this);
    }

    #each(step, wanted) {
        return this.#make(ordered(listOf(this).flatMap(step)).filter(optional(wanted)));
    }

    /* Up to what `until` says, not with it. */
    #until(step, until, wanted) {
        const stop = until === undefined || until === null ? () => false : predicate(until);
        return this.#each((node) => walk(node, step, stop), wanted);
    }

    find(selector) {
        return this.#make(ordered(listOf(this).flatMap((node) => select(selector, node.children ?? []))));
    }

    add(other) {
        const given = typeof other === 'string' ? this.#root().flatMap((root) => select(other, root)) :
            other instanceof Selection ? listOf(other) : [nodes.get(other)];
        return this.#make(ordered([...listOf(this), ...given]));
    }

    #root() {
        let [at] = listOf(this);
        while (at?.parent) {
            at = at.parent;
        }
        return at ? [at] : [];
    }

    children(wanted) {
        return this.#each(childTags, wanted);
    }

    contents() {
        return this.#each((node) => node.children ?? []);
    }

    closest(wanted) {
        const is = predicate(wanted);
        return this.#make(ordered(listOf(this).flatMap((node) =>
            [node, ...walk(node, parentTag)].filter((one) => is(one)).slice(0, 1))));
    }

    parent(wanted) {
        return this.#each((node) => parentTag(node) ?? [], wanted);
    }

    parents(wanted) {
        return this.#until(parentTag, null, wanted);
    }

    parentsUntil(until, wanted) {
        return this.#until(parentTag, until, wanted);
    }

    next(wanted) {
        return this.#each((node) => next(node) ?? [], wanted);
    }

    nextAll(wanted) {
        return this.#until(next, null, wanted);
    }

    nextUntil(until, wanted) {
        return this.#until(next, until, wanted);
    }

    prev(wanted) {
        return this.#each((node) => previous(node) ?? [], wanted);
    }

    prevAll(wanted) {
        return this.#until(previous, null, wanted);
    }

    prevUntil(until, wanted) {
        return this.#until(previous, until, wanted);
    }

    siblings(wanted) {
        return this.#each((node) => siblingsOf(node).filter((one) => isTag(one) && one !== node), wanted);
    }

    has(wanted) {
        const list = listOf(this);
        if (typeof wanted === 'string') {
            return this.#make(list.filter((node) => select(wanted, node.children ?? []).length > 0));
        }
        const is = predicate(wanted);
        const holds = (node) => (node.children ?? []).some((child) => is(child) || holds(child));
        return this.#make(list.filter(holds));
    }

    filter(wanted) {
        return this.#make(listOf(this).filter(predicate(wanted)));
    }

    not(wanted) {
        const is = predicate(wanted);
        return this.#make(listOf(this).filter((node, i) => !is(node, i)));
    }

    is(wanted) {
        return listOf(this).some(predicate(wanted));
    }

    eq(index) {
        return this.#make(listOf(this).slice(index, index === -1 ? undefined : index + 1));
    }

    first() {
        return this.eq(0);
    }

    last() {
        return this.eq(-1);
    }

    slice(start, end) {
        return this.#make(listOf(this).slice(start, end));
    }

    end() {
        return nodes.get(this).end ?? this.#make([]);
    }

    single(selector) {
        return this.find(selector).first();
    }

    size() {
        return this.length;
    }

    get(index) {
        return index === undefined ? this.toArray() : elementOf(listOf(this).at(index));
    }

    toArray() {
        return listOf(this).map(elementOf);
    }

    /* The place among its siblings, or of another in this Selection; -1 when there is none. */
    index(wanted) {
        const [node] = listOf(this);
        if (wanted === undefined) {
            return node ? siblingsOf(node).filter(isTag).indexOf(node) : -1;
        }
        if (typeof wanted === 'string') {
            return node ? this.#root().flatMap((root) => select(wanted, root)).indexOf(node) : -1;
        }
        return listOf(this).indexOf(wanted instanceof Selection ? listOf(wanted)[0] : nodes.get(wanted));
    }

    /* Gets Elements; map() and filter() get Selections. */
    each(body) {
        listOf(this).some((node, i) => body(i, elementOf(node)) === false);
        return this;
    }

    map(body) {
        return listOf(this).map((node, i) => body(i, selectionOf([node], this)));
    }

    text() {
        return listOf(this).map(textOf).join('');
    }

    html() {
        const [node] = listOf(this);
        return node ? innerHtml(node) : undefined;
    }

    attr(name, otherwise) {
        const [node] = listOf(this);
        return (node && attribute(node, name)) ?? otherwise;
    }

    val() {
        const [node] = listOf(this);
        return node && valueOf(node);
    }

    data(name) {
        const [node] = listOf(this);
        const attributes = Object.entries(node?.attribs ?? {}).filter(([key]) => key.startsWith('data-'));
        if (name === undefined) {
            return Object.fromEntries(attributes.map(([key, value]) => [camel(key.slice(5)), dataValue(value)]));
        }
        const found = attributes.find(([key]) => key === `data-${dashed(String(name))}`);
        return found && dataValue(found[1]);
    }

    serializeArray() {
        return formPairs(listOf(this));
    }

    serializeObject() {
        return Object.fromEntries(formPairs(listOf(this)).map(({ name, value }) => [name, value]));
    }

    serialize() {
        return formPairs(listOf(this)).map(({ name, value }) => `${urlEncode(name)}=${urlEncode(value)}`).join('&');
    }
}

const TYPES = { tag: 1, script: 1, style: 1, text: 3, comment: 8, root: 9, directive: 10 };
const NAMES = { text: '#text', comment: '#comment', root: '#document', cdata: '#cdata-section' };

class Attribute {
    constructor(owner, name) {
        this.name = name;
        this.nodeName = name;
        this.value = nodes.get(owner).attribs[name];
        this.ownerElement = owner;
    }
}

/* A node of the page: what the DOM has and needs no layout. All are methods, as k6's are. */
export class Element {
    #tags(list) {
        return list.map(elementOf);
    }

    selection() {
        return selectionOf([nodes.get(this)], null);
    }

    nodeName() {
        const node = nodes.get(this);
        return isTag(node) ? node.name : NAMES[node.type] ?? node.name;
    }

    tagName() {
        return this.nodeName();
    }

    nodeType() {
        return TYPES[nodes.get(this).type];
    }

    nodeValue() {
        return nodes.get(this).data;
    }

    id() {
        return this.getAttribute('id') ?? '';
    }

    name() {
        return this.getAttribute('name') ?? '';
    }

    value() {
        return valueOf(nodes.get(this));
    }

    href() {
        return this.getAttribute('href') ?? '';
    }

    src() {
        return this.getAttribute('src') ?? '';
    }

    type() {
        return this.getAttribute('type') ?? '';
    }

    lang() {
        return this.getAttribute('lang') ?? '';
    }

    checked() {
        return this.hasAttribute('checked');
    }

    disabled() {
        return this.hasAttribute('disabled');
    }

    selected() {
        return this.hasAttribute('selected');
    }

    action() {
        return this.getAttribute('action') ?? '';
    }

    method() {
        return (this.getAttribute('method') ?? 'get').toLowerCase();
    }

    className() {
        return this.getAttribute('class') ?? '';
    }

    classList() {
        return this.className().split(/\s+/).filter((name) => name !== '');
    }

    namespaceURI() {
        return nodes.get(this).namespace ?? 'http://www.w3.org/1999/xhtml';
    }

    innerHTML() {
        return innerHtml(nodes.get(this));
    }

    outerHTML() {
        return outerHtml(nodes.get(this));
    }

    textContent() {
        return textOf(nodes.get(this));
    }

    attributes() {
        return Object.fromEntries(Object.keys(nodes.get(this).attribs ?? {})
            .map((name) => [name, new Attribute(this, name)]));
    }

    getAttribute(name) {
        return attribute(nodes.get(this), String(name).toLowerCase()) ?? null;
    }

    getAttributeNode(name) {
        return this.hasAttribute(name) ? new Attribute(this, String(name).toLowerCase()) : null;
    }

    hasAttribute(name) {
        return attribute(nodes.get(this), String(name).toLowerCase()) !== undefined;
    }

    hasAttributes() {
        return Object.keys(nodes.get(this).attribs ?? {}).length > 0;
    }

    childNodes() {
        return this.#tags(nodes.get(this).children ?? []);
    }

    children() {
        return this.#tags(childTags(nodes.get(this)));
    }

    childElementCount() {
        return childTags(nodes.get(this)).length;
    }

    hasChildNodes() {
        return (nodes.get(this).children ?? []).length > 0;
    }

    firstChild() {
        return elementOf(nodes.get(this).children?.[0]);
    }

    lastChild() {
        return elementOf(nodes.get(this).children?.at(-1));
    }

    firstElementChild() {
        return elementOf(childTags(nodes.get(this))[0]);
    }

    lastElementChild() {
        return elementOf(childTags(nodes.get(this)).at(-1));
    }

    nextSibling() {
        return elementOf(nodes.get(this).next);
    }

    previousSibling() {
        return elementOf(nodes.get(this).prev);
    }

    nextElementSibling() {
        return elementOf(next(nodes.get(this)));
    }

    previousElementSibling() {
        return elementOf(previous(nodes.get(this)));
    }

    parentNode() {
        return elementOf(nodes.get(this).parent);
    }

    parentElement() {
        return elementOf(parentTag(nodes.get(this)));
    }

    ownerDocument() {
        return elementOf(walk(nodes.get(this), (node) => node.parent).at(-1));
    }

    contains(other) {
        const node = nodes.get(other);
        return [node, ...walk(node, (one) => one.parent)].includes(nodes.get(this));
    }

    matches(selector) {
        return matches(nodes.get(this), selector);
    }

    querySelector(selector) {
        return elementOf(select(selector, nodes.get(this).children ?? [])[0]);
    }

    querySelectorAll(selector) {
        return this.#tags(select(selector, nodes.get(this).children ?? []));
    }

    getElementsByTagName(name) {
        return this.querySelectorAll(name);
    }

    getElementsByClassName(names) {
        return this.querySelectorAll(names.trim().split(/\s+/).map((name) => `.${name}`).join(''));
    }

    isEqualNode(other) {
        return outerHtml(nodes.get(this)) === outerHtml(nodes.get(other));
    }

    isSameNode(other) {
        return this === other;
    }

    toString() {
        return outerHtml(nodes.get(this));
    }
}

/* The whole page; pieces are put into html and body, as browsers do. */
export function parseHTML(text) {
    return selectionOf([parseDocument(String(text))], null);
}

export default { parseHTML };
