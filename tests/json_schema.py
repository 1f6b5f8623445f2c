# SPDX-License-Identifier: Apache-2.0
"""As much of JSON Schema (2020-12) as docs/result.schema.json uses. A keyword that is not known here
is an error, so that the schema never says more than is checked. Strict: a member that the schema
does not name is an error, too, although the schema allows readers to meet some."""
import re

KNOWN = {'$schema', '$defs', '$ref', 'title', 'description', 'type', 'properties', 'required',
         'patternProperties', 'additionalProperties', 'items', 'prefixItems', 'minItems', 'maxItems',
         'enum', 'const', 'minimum', 'pattern', 'oneOf'}
TYPES = {'object': dict, 'array': list, 'string': str, 'boolean': bool}


class Invalid(Exception):
    """What does not fit, with its place."""


def is_type(value, name):
    if name == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    if name == 'number':
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Schema:
    def __init__(self, root, name=None):
        """name: one of $defs instead of the whole."""
        self.root = root
        self.top = root if name is None else root['$defs'][name]

    def check(self, value):
        self._check(self.top, value, '$')

    def _need(self, condition, place, message):
        if not condition:
            raise Invalid(f'{place}: {message}')

    def _check(self, schema, value, place):
        unknown = set(schema) - KNOWN
        self._need(not unknown, place, f'the schema uses {unknown}')
        if '$ref' in schema:
            self._check(self.root['$defs'][schema['$ref'].removeprefix('#/$defs/')], value, place)
        if 'oneOf' in schema:
            self._check_one(schema['oneOf'], value, place)
        if 'type' in schema:
            self._need(is_type(value, schema['type']), place, f'{value!r} is no {schema["type"]}')
        if 'const' in schema:
            self._need(value == schema['const'], place, f'{value!r} is not {schema["const"]!r}')
        if 'enum' in schema:
            self._need(value in schema['enum'], place, f'{value!r} is none of {schema["enum"]}')
        if 'minimum' in schema:
            self._need(value >= schema['minimum'], place, f'{value} is too small')
        if 'pattern' in schema:
            self._need(re.search(schema['pattern'], value), place, f'{value!r} has another form')
        if isinstance(value, dict):
            self._check_object(schema, value, place)
        if isinstance(value, list):
            self._check_array(schema, value, place)

    def _check_one(self, choices, value, place):
        """By the constant in `type`, so that the message is about the right one."""
        fits = [c for c in choices if self._type_of(c) == value.get('type')]
        self._need(len(fits) == 1, place, f'no line is of type {value.get("type")!r}')
        self._check(fits[0], value, place)

    def _type_of(self, schema):
        schema = self.root['$defs'][schema['$ref'].removeprefix('#/$defs/')]
        return schema['properties']['type']['const']

    def _check_object(self, schema, value, place):
        if not {'properties', 'patternProperties'} & set(schema):
            return
        for key in schema.get('required', []):
            self._need(key in value, place, f'{key} is missing')
        for key, member in value.items():
            inner = [schema['properties'][key]] if key in schema.get('properties', {}) else []
            inner += [s for p, s in schema.get('patternProperties', {}).items() if re.search(p, key)]
            self._need(inner, place, f'{key} is not in the schema')
            for one in inner:
                self._check(one, member, f'{place}.{key}')

    def _check_array(self, schema, value, place):
        first = schema.get('prefixItems', [])
        self._need(len(value) >= schema.get('minItems', 0), place, 'too short')
        self._need(len(value) <= schema.get('maxItems', len(value)), place, 'too long')
        for i, member in enumerate(value):
            inner = first[i] if i < len(first) else schema.get('items')
            if inner is not None:
                self._check(inner, member, f'{place}[{i}]')
