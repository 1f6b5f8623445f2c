/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/html as its documentation has it.
 */
import { equal, ok, test } from 'unit';
import { parseHTML } from 'k6/html';

const page = parseHTML(`<!DOCTYPE html>
<html lang="en"><head><title>The page</title></head>
<body>
<h1 id="top" class="big bold" data-count="7" data-deep-name='{"a":[1]}' data-flag="true" data-text="x">Hello <b>you</b></h1>
<ul><li class="one">1</li><li class="two">2</li><li class="three">3</li><!-- c --><li>4</li></ul>
<form id="f" method="POST" action="/send">
<input name="user" value="Ann Lee"><input type="hidden" name="csrf" value="t&amp;k">
<input type="checkbox" name="yes" checked><input type="checkbox" name="no"><input type="submit" name="go" value="Go">
<input name="off" value="x" disabled>
<select name="size"><option value="s">S<option value="m" selected>M</select>
<select name="many" multiple><option selected>a<option>b<option selected>c</select>
<textarea name="note">a note</textarea>
</form>
<table><tr><td>cell</td></tr></table>
<p>first<p>second
</body></html>`);

test('find, text, html, attr', () => {
    equal(page.find('title').text(), 'The page');
    equal(page.find('h1').html(), 'Hello <b>you</b>');
    equal(page.find('h1').text(), 'Hello you');
    equal(page.find('h1').attr('id'), 'top');
    equal(page.find('h1').attr('nope'), undefined);
    equal(page.find('h1').attr('nope', 'other'), 'other');
    equal(page.find('nothing').html(), undefined);
    equal(page.find('nothing').text(), '');
    equal(page.find('li').size(), 4);
    equal(page.find('li').text(), '1234');
});

test('parsing is that of browsers', () => {
    equal(page.find('table').html(), '<tbody><tr><td>cell</td></tr></tbody>');
    equal(page.find('p').size(), 2);
    equal(parseHTML('just text').find('body').html(), 'just text');
    equal(parseHTML('').find('body').size(), 1);
    equal(parseHTML('<div>a</div><div>b</div>').find('div').eq(1).text(), 'b');
    equal(parseHTML('&lt;&nbsp;').find('body').text(), '<\u00a0');
});

test('selectors', () => {
    for (const [selector, count] of [['li.one', 1], ['ul > li:nth-child(2)', 1], ['li:not(.one)', 3], ['[data-count]', 1],
        ['input[name="user"]', 1], ['li:contains("3")', 1], ['ul:has(.two)', 1], ['li:first-child, li:last-child', 2],
        ['.one + li', 1], ['.one ~ li', 3], ['#top b', 1], ['input[type=hidden][value^="t"]', 1], ['li:nth-of-type(odd)', 2]]) {
        equal([selector, page.find(selector).size()], [selector, count]);
    }
});

test('ways through the page', () => {
    const two = page.find('.two');
    const texts = (selection) => selection.map((i, one) => one.text());
    equal(texts(two.next()), ['3']);
    equal(texts(two.prev()), ['1']);
    equal(texts(two.nextAll()), ['3', '4']);
    equal(texts(page.find('.three').prevAll()), ['1', '2']);
    equal(texts(page.find('.one').nextUntil('.three')), ['2']);
    equal(texts(page.find('.three').prevUntil('.one')), ['2']);
    equal(texts(two.siblings()), ['1', '3', '4']);
    equal(texts(two.siblings('.one')), ['1']);
    equal(two.parent().get(0).nodeName(), 'ul');
    equal(two.parents().toArray().map((element) => element.nodeName()), ['html', 'body', 'ul']);
    equal(two.parentsUntil('html').size(), 2);
    equal(two.closest('body').size(), 1);
    equal(two.closest('.two').size(), 1);
    equal(page.find('ul').children().size(), 4);
    equal(page.find('ul').children('.one').size(), 1);
    equal(page.find('ul').contents().size(), 5);
    equal(two.end().find('h1').size(), 1);
    equal(texts(two.add('.one')), ['1', '2']);
    equal(texts(two.add(page.find('.three'))), ['2', '3']);
});

test('picking of a selection', () => {
    const items = page.find('li');
    equal(items.first().text() + items.last().text() + items.eq(1).text() + items.eq(-2).text(), '1423');
    equal(items.slice(1, 3).text(), '23');
    equal(items.filter('.two').text(), '2');
    equal(items.filter((i) => i % 2 === 0).text(), '13');
    equal(items.not('.two').text(), '134');
    equal(items.not(items.first()).text(), '234');
    ok(items.is('.two') && !items.is('p'));
    equal(page.find('ul, form').has('li').size(), 1);
    equal(page.find('.two').index(), 1);
    equal(items.index(page.find('.three')), 2);
    equal(page.find('p').index(page.find('.three')), -1);
    const seen = [];
    items.each((i, element) => {
        seen.push(element.textContent());
        return i < 1;
    });
    equal(seen, ['1', '2']);
    equal(items.toArray().length, 4);
    equal(items.get(0).className(), 'one');
    equal(items.get(99), undefined);
    equal(items.length, 4);
    equal(page.single('li').text(), '1');
});

test('values of forms', () => {
    const form = page.find('#f');
    equal(form.find('[name=user]').val(), 'Ann Lee');
    equal(form.find('[name=size]').val(), 'm');
    equal(form.find('[name=many]').val(), ['a', 'c']);
    equal(form.find('textarea').val(), 'a note');
    equal(form.find('[name=yes]').val(), 'on');
    equal(form.serialize(), 'user=Ann+Lee&csrf=t%26k&yes=on&size=m&many=a&many=c&note=a+note');
    equal(form.serializeArray()[1], { name: 'csrf', value: 't&k' });
    equal(form.serializeObject(),
        { user: 'Ann Lee', csrf: 't&k', yes: 'on', size: 'm', many: 'c', note: 'a note' });
});

test('data of attributes', () => {
    const top = page.find('#top');
    equal(top.data('count'), 7);
    equal(top.data('deepName'), { a: [1] });
    equal(top.data('flag'), true);
    equal(top.data(), { count: 7, deepName: { a: [1] }, flag: true, text: 'x' });
    equal(top.data('none'), undefined);
});

test('elements', () => {
    const top = page.find('h1').get(0);
    equal([top.nodeName(), top.nodeType(), top.id(), top.className(), top.classList().length],
        ['h1', 1, 'top', 'big bold', 2]);
    equal([top.innerHTML(), top.textContent(), top.children().length, top.childNodes().length],
        ['Hello <b>you</b>', 'Hello you', 1, 2]);
    equal([top.firstChild().nodeName(), top.firstChild().nodeValue(), top.lastChild().nodeName()],
        ['#text', 'Hello ', 'b']);
    equal([top.getAttribute('class'), top.getAttribute('x'), top.hasAttribute('id')], ['big bold', null, true]);
    equal(top.attributes().id.value, 'top');
    equal([top.parentNode().nodeName(), top.nextElementSibling().nodeName()], ['body', 'ul']);
    equal(top.querySelector('b').textContent(), 'you');
    equal(top.querySelectorAll('b').length, 1);
    ok(top.matches('.big') && top.contains(top.lastChild()) && !top.lastChild().contains(top));
    ok(top.isSameNode(page.find('#top').get(0)));
    equal(top.selection().attr('id'), 'top');
    ok(page.find('html').get(0).lang() === 'en');
    equal(page.find('form').get(0).method(), 'post');
    equal(String(page.find('b').get(0)), '<b>you</b>');
});
