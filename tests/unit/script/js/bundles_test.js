/* SPDX-License-Identifier: Apache-2.0
 *
 * What npm brought: TypeScript's types are stripped, CSV is read. Skipped when brunt was built without.
 */
import { equal, ok, test, throws } from 'unit';
import { stripTypes } from 'brunt:sucrase';
import Papa, { parse } from 'jslib/papaparse';

test('types go, lines stay', () => {
    equal(stripTypes(`import { Options } from 'k6/options';
import http from 'k6/http';
interface User { name: string }
export const options: Options = { vus: 1 };
export default function <T>(data: T): void {
    const user = http.get<User>('x') as unknown as User;
    return user!.name satisfies string;
}
`).split('\n').map((line) => line.trim()), [
        '', "import http from 'k6/http';", '', 'export const options = { vus: 1 };',
        'export default function (data) {', "const user = http.get('x') ;", 'return user.name ;', '}', '']);
});

test('enums and parameter properties are code', () => {
    const code = stripTypes('enum A { X = 1, Y } class B { constructor(private a: number) {} }\nreturn [A.Y, new B(7)];');
    const [y, b] = new Function(code)();
    equal(y, 2);
    equal({ ...b }, { a: 7 });
});

test('what is no TypeScript is told with its place', () => {
    throws(() => stripTypes('const a: = 1;'), '(1:10)');
});

test('papaparse reads and writes', () => {
    const result = Papa.parse('name,age\r\nAnn,30\r\n"B, Jr",41', { header: true, skipEmptyLines: true });
    equal(result.data, [{ name: 'Ann', age: '30' }, { name: 'B, Jr', age: '41' }]);
    equal(parse('a;b').data, [['a', 'b']]);
    equal(Papa.unparse([{ a: 1, b: 'x,y' }]), 'a,b\r\n1,"x,y"');
    ok(parse('1,2', { dynamicTyping: true }).data[0][1] === 2);
});
