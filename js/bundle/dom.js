/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML as browsers read it, and CSS selectors, for k6/html.
 */
import { is, selectAll } from 'css-select';
import { parse, parseFragment, serialize, serializeOuter } from 'parse5';
import { adapter as treeAdapter } from 'parse5-htmlparser2-tree-adapter';

export const parseDocument = (text) => parse(text, { treeAdapter, scriptingEnabled: true });
export const parsePiece = (text, context) => parseFragment(context, text, { treeAdapter });
export const innerHtml = (node) => serialize(node, { treeAdapter });
export const outerHtml = (node) => serializeOuter(node, { treeAdapter });

const OPTIONS = { xmlMode: false };

export const select = (selector, nodes) => selectAll(selector, nodes, OPTIONS);
export const matches = (node, selector) => is(node, selector, OPTIONS);
