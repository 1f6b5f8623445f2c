/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods of a response that read its body as a page: html(), submitForm(), clickLink(). The engine loads
 * this when a script first calls one of them.
 */
import http from 'k6/http';
import { parseHTML } from 'k6/html';
import { URL } from 'jslib/url';

const pages = new WeakMap();

function pageOf(response) {
    if (response.body === null || response.body === undefined) {
        throw new TypeError("the body is null so we can't transform it to HTML - this likely was because of a " +
            'request error getting the response');
    }
    if (!pages.has(response)) {
        const { body } = response;
        pages.set(response, parseHTML(typeof body === 'string' ? body : new TextDecoder().decode(body)));
    }
    return pages.get(response);
}

export function html(response, selector) {
    const page = pageOf(response);
    return selector ? page.find(selector) : page;
}

const resolve = (response, reference) => new URL(reference, response.url);

/* What a browser does when the button is pressed; `fields` win over what the page has filled in. */
export function submitForm(response, { formSelector = 'form', submitSelector = '[type="submit"]', fields = {},
    params = null } = {}) {
    const form = pageOf(response).find(formSelector).first();
    if (form.size() === 0) {
        throw new Error(`no form found for selector '${formSelector}' in response '${response.url}'`);
    }
    const method = (form.attr('method') ?? 'GET').toUpperCase();
    const url = resolve(response, form.attr('action') ?? '');
    const values = form.serializeObject();
    const submit = form.find(submitSelector).first();
    const name = submit.attr('name');
    if (name !== undefined) {
        values[name] = submit.val() ?? '';
    }
    Object.assign(values, fields);
    if (method !== 'GET') {
        return http.request(method, url.href, values, params);
    }
    for (const [key, value] of Object.entries(values)) {
        url.searchParams.append(key, value);
    }
    url.searchParams.sort();
    return http.request('GET', url.href, null, params);
}

export function clickLink(response, { selector = 'a[href]', params = null } = {}) {
    const link = pageOf(response).find(selector).first();
    if (link.size() === 0) {
        throw new Error(`no element found for selector '${selector}' in response '${response.url}'`);
    }
    const href = link.attr('href');
    if (href === undefined) {
        throw new Error(`no valid href attribute value found on element '${selector}' in response '${response.url}'`);
    }
    return http.request('GET', resolve(response, href).href, null, params);
}
