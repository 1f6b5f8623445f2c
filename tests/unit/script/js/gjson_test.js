/* SPDX-License-Identifier: Apache-2.0
 *
 * The examples of GJSON's syntax document, and those beside them that are easy to get wrong.
 */
import { equal, test } from 'unit';
import { select } from 'brunt:gjson';

const people = {
    name: { first: 'Tom', last: 'Anderson' },
    age: 37,
    children: ['Sara', 'Alex', 'Jack'],
    'fav.movie': 'Deer Hunter',
    friends: [
        { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb', 'tw'], ok: true },
        { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'], ok: false },
        { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
    ],
    text: '{"a":1}',
    nothing: null,
};

test('paths', () => {
    for (const [path, want] of [
        ['name.last', 'Anderson'], ['name.first', 'Tom'], ['age', 37], ['children.0', 'Sara'], ['children.1', 'Alex'],
        ['friends.1', people.friends[1]], ['friends.1.first', 'Roger'], ['nothing', null],
        ['child*.2', 'Jack'], ['c?ildren.0', 'Sara'], ['fav\\.movie', 'Deer Hunter'], ['nobody', undefined],
        ['name.first.x', undefined], ['children.9', undefined], ['children.x', undefined],
        ['friends.#', 3], ['friends.#.age', [44, 68, 47]], ['children.#', 3], ['name.#', undefined],
        ['friends.#.nets.#', [3, 2, 2]], ['friends.#.ok', [true, false]], ['friends.#.nets.0', ['ig', 'fb', 'ig']],
        ['friends.#.nobody', []],
    ]) {
        equal([path, select(people, path)], [path, want]);
    }
});

test('queries', () => {
    for (const [path, want] of [
        ['friends.#(last=="Murphy").first', 'Dale'], ['friends.#(last=="Murphy")#.first', ['Dale', 'Jane']],
        ['friends.#(age>45)#.last', ['Craig', 'Murphy']], ['friends.#(first%"D*").last', 'Murphy'],
        ['friends.#(first!%"D*").last', 'Craig'], ['friends.#(last="Craig").age', 68],
        ['friends.#(age<=44).first', 'Dale'], ['friends.#(age!=44)#.age', [68, 47]],
        ['friends.#(nets.#(=="fb"))#.first', ['Dale', 'Roger']], ['friends.#(ok==true).first', 'Dale'],
        ['friends.#(ok==false).first', 'Roger'], ['friends.#(ok).first', 'Dale'],
        ['children.#(!="Sara")#', ['Alex', 'Jack']], ['children.#(%"*a*").#', undefined],
        ['friends.#(last=="Nobody").first', undefined], ['friends.#(last=="Nobody")#', []],
        ['friends.#(last=="Murphy")#|0.first', 'Dale'], ['friends.#(last=="Murphy")#|#', 2],
        ['friends.#(last == "Craig" ).first', 'Roger'], ['friends.#(last=="Murphy', undefined],
    ]) {
        equal([path, select(people, path)], [path, want]);
    }
});

test('pipes, modifiers, multipaths', () => {
    for (const [path, want] of [
        ['friends.#.first|0', 'Dale'], ['friends|1|first', 'Roger'], ['friends.0.nets|@reverse', ['tw', 'fb', 'ig']],
        ['children|@reverse|0', 'Jack'], ['children.@reverse', ['Jack', 'Alex', 'Sara']], ['@this|age', 37],
        ['name.@keys', ['first', 'last']], ['name.@values', ['Tom', 'Anderson']], ['text.@fromstr.a', 1],
        ['name.@tostr', '{"first":"Tom","last":"Anderson"}'], ['friends.#.nets.@flatten.#', [3, 2, 2]],
        ['friends.#.nets|@flatten|#', 7], ['[age,name.first]', [37, 'Tom']],
        ['{age,name.first,"who":name.last}', { age: 37, first: 'Tom', who: 'Anderson' }],
        ['[age,nobody]', [37]], ['friends.#.{first,age}|1', { first: 'Roger', age: 68 }],
        ['{a:@this}', {}], ['friends.@dig:last', ['Murphy', 'Craig', 'Murphy']], ['!"hi"', 'hi'],
        ['[children.0,!{"x":1}]', ['Sara', { x: 1 }]], ['{"f":friends.#.first,"n":age}.@group',
            [{ f: 'Dale', n: 37 }, { f: 'Roger' }, { f: 'Jane' }]],
    ]) {
        equal([path, select(people, path)], [path, want]);
    }
    equal(select([1, [2, [3]]], '@flatten:{"deep":true}'), [1, 2, 3]);
    equal(select([{ a: 1 }, { a: 2, b: 3 }], '@join'), { a: 2, b: 3 });
});
