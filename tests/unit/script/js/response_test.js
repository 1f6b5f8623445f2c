/* SPDX-License-Identifier: Apache-2.0
 *
 * What a response does with its page; k6/http gives back what it is asked.
 */
import { equal, test, throws } from 'unit';
import { clickLink, html, submitForm } from 'brunt:response';

const response = {
    url: 'https://example.com/shop/list?page=1',
    body: `<a>none</a><a href="../cart?x=1">cart</a><a class=abs href="http://other.org/">other</a>
<form id=search action="find?old=1"><input name=q value="shoes & more"><input type=submit name=go value=Go></form>
<form id=login method=post><input name=user value=me><input name=token type=hidden value=t><button type=submit>in</button></form>`,
};

test('html finds', () => {
    equal(html(response).find('a').size(), 3);
    equal(html(response, '#login input').size(), 2);
    throws(() => html({ body: null }), "the body is null so we can't transform it to HTML");
});

test('submitForm by GET and POST', () => {
    equal(submitForm(response), ['GET', 'https://example.com/shop/find?go=Go&old=1&q=shoes+%26+more', null, null]);
    equal(submitForm(response, { formSelector: '#login', fields: { user: 'you' }, params: { tags: {} } }),
        ['POST', 'https://example.com/shop/list?page=1', { user: 'you', token: 't' }, { tags: {} }]);
    throws(() => submitForm(response, { formSelector: '#x' }),
        "no form found for selector '#x' in response 'https://example.com/shop/list?page=1'");
});

test('clickLink follows', () => {
    equal(clickLink(response), ['GET', 'https://example.com/cart?x=1', null, null]);
    equal(clickLink(response, { selector: '.abs', params: { tags: {} } })[1], 'http://other.org/');
    throws(() => clickLink(response, { selector: '#x' }), "no element found for selector '#x'");
    throws(() => clickLink(response, { selector: 'a' }), 'no valid href attribute');
});
