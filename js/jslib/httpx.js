/* SPDX-License-Identifier: Apache-2.0
 *
 * Httpx, what scripts import as https://jslib.k6.io/httpx/VERSION/index.js: a session that adds a base URL,
 * headers, tags and options to each request; get() and the others take the same arguments.
 */
import http from 'k6/http';

const isAbsolute = (url) => /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url);

export class Request {
    constructor(method, url, body, params = {}) {
        Object.assign(this, { method, url, body, params });
    }
}

/* With `new` or without. */
const maker = (method) => function make(url, body = null, params = {}) {
    return new Request(method, url, body, params);
};

export const Get = maker('GET');
export const Post = maker('POST');
export const Put = maker('PUT');
export const Patch = maker('PATCH');
export const Delete = maker('DELETE');

export class Httpx {
    constructor({ baseURL = '', headers = {}, tags = {}, ...options } = {}) {
        this.baseURL = baseURL;
        this.headers = { ...headers };
        this.tags = { ...tags };
        this.defaults = options; /* timeout and other params of k6/http */
    }

    setBaseUrl(url) {
        this.baseURL = url;
    }

    addHeader(name, value) {
        this.headers[name] = value;
    }

    addHeaders(headers) {
        Object.assign(this.headers, headers);
    }

    clearHeader(name) {
        delete this.headers[name];
    }

    addTag(name, value) {
        this.tags[name] = value;
    }

    addTags(tags) {
        Object.assign(this.tags, tags);
    }

    clearTag(name) {
        delete this.tags[name];
    }

    /* A template of http.url keeps its name. */
    #urlOf(url) {
        if (typeof url !== 'string') {
            return url;
        }
        return isAbsolute(url) ? url : this.baseURL + url;
    }

    #paramsOf(params) {
        return { ...this.defaults, ...params, headers: { ...this.headers, ...params?.headers },
            tags: { ...this.tags, ...params?.tags } };
    }

    request(method, url, body = null, params = {}) {
        return http.request(method, this.#urlOf(url), body, this.#paramsOf(params));
    }

    asyncRequest(method, url, body = null, params = {}) {
        return http.asyncRequest(method, this.#urlOf(url), body, this.#paramsOf(params));
    }

    get(url, body, params) {
        return this.request('GET', url, body, params);
    }

    post(url, body, params) {
        return this.request('POST', url, body, params);
    }

    put(url, body, params) {
        return this.request('PUT', url, body, params);
    }

    patch(url, body, params) {
        return this.request('PATCH', url, body, params);
    }

    delete(url, body, params) {
        return this.request('DELETE', url, body, params);
    }

    options(url, body, params) {
        return this.request('OPTIONS', url, body, params);
    }

    head(url, body, params) {
        return this.request('HEAD', url, body, params);
    }

    /* Requests of Get, Post …, or any that http.batch takes; params go to each of them. */
    batch(requests, params = {}) {
        const complete = (one) => {
            const { method, url, body, params: own } = typeof one === 'string' ? Get(one)
                : Array.isArray(one) ? new Request(...one) : one;
            const all = { ...params, ...own, headers: { ...params.headers, ...own?.headers },
                tags: { ...params.tags, ...own?.tags } };
            return [method ?? 'GET', this.#urlOf(url), body ?? null, this.#paramsOf(all)];
        };
        if (Array.isArray(requests)) {
            return http.batch(requests.map(complete));
        }
        return http.batch(Object.fromEntries(Object.entries(requests).map(([key, one]) => [key, complete(one)])));
    }
}
