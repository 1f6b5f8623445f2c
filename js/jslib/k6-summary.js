/* SPDX-License-Identifier: Apache-2.0
 *
 * What scripts import as https://jslib.k6.io/k6-summary/VERSION/index.js: the summary of a run as text, in
 * the layout k6 had before its first major version, and as JUnit's XML. Written from k6's documented output.
 */

const COLOURS = { bold: 1, faint: 2, red: 31, green: 32, cyan: 36 };

function painter(isOn) {
    return (text, ...names) =>
        isOn ? `\x1b[${names.map((name) => COLOURS[name]).join(';')}m${text}\x1b[0m` : text;
}

/* Columns a terminal needs; combining marks and control sequences take none. */
function width(text) {
    const visible = text.normalize('NFKC').replace(/\x1b\[[0-9;]*m/g, '');
    let columns = 0;
    for (const character of visible) {
        const code = character.codePointAt(0);
        columns += code < 0x20 || (code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200d) ? 0 : 1;
    }
    return columns;
}

const pad = (text, columns) => text + ' '.repeat(Math.max(0, columns - width(text)));

/* At most so many decimals, rounded or cut, and no zeros at the end. */
const rounded = (value, decimals) => String(parseFloat(value.toFixed(decimals)));
const cut = (value, decimals) => rounded(Math.trunc(value * 10 ** decimals) / 10 ** decimals, decimals);

function humanizeBytes(bytes) {
    const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
    if (!(bytes >= 10)) {
        return `${bytes} B`;
    }
    const power = Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
    const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
    return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}

const FIXED_UNITS = { s: ['s', 0.001], ms: ['ms', 1], us: ['µs', 1000] };

function humanizeDuration(ms, unit) {
    if (unit && Object.hasOwn(FIXED_UNITS, unit)) {
        const [name, factor] = FIXED_UNITS[unit];
        return (ms * factor).toFixed(2) + name;
    }
    if (ms === 0) {
        return '0s';
    }
    if (ms < 0.001) {
        return `${Math.trunc(ms * 1000000)}ns`;
    }
    if (ms < 1) {
        return `${cut(ms * 1000, 2)}µs`;
    }
    if (ms < 1000) {
        return `${cut(ms, 2)}ms`;
    }
    const seconds = `${cut((ms % 60000) / 1000, ms > 60000 ? 0 : 2)}s`;
    const minutes = Math.trunc(ms / 60000);
    if (minutes < 1) {
        return seconds;
    }
    const hours = Math.trunc(minutes / 60);
    return `${hours < 1 ? '' : `${hours}h`}${minutes % 60}m${seconds}`;
}

export function humanizeValue(value, metric, timeUnit) {
    if (metric.type === 'rate') {
        return `${(Math.trunc(value * 10000) / 100).toFixed(2)}%`;
    }
    switch (metric.contains) {
    case 'data':
        return humanizeBytes(value);
    case 'time':
        return humanizeDuration(value, timeUnit);
    default:
        return rounded(value, 6);
    }
}

function checkLines(indent, check, paint) {
    if (check.fails === 0) {
        return [paint(`${indent}✓ ${check.name}`, 'green')];
    }
    const percent = Math.floor((100 * check.passes) / (check.passes + check.fails));
    return [
        paint(`${indent}✗ ${check.name}\n${indent} ↳  ${percent}% — ✓ ${check.passes} / ✗ ${check.fails}`, 'red'),
    ];
}

function groupLines(indent, group, paint) {
    const lines = [];
    let inner = indent;
    if (group.name !== '') {
        lines.push(`${indent}█ ${group.name}\n`);
        inner += '  ';
    }
    for (const check of group.checks) {
        lines.push(...checkLines(inner, check, paint));
    }
    if (group.checks.length > 0) {
        lines.push('');
    }
    for (const child of group.groups) {
        lines.push(...groupLines(inner, child, paint));
    }
    return lines;
}

/* Alphabetical, a submetric behind its parent. */
function sortedNames(metrics) {
    const key = (name) => {
        const brace = name.indexOf('{');
        return brace < 0 ? [name, ''] : [name.slice(0, brace), name.slice(brace)];
    };
    return Object.keys(metrics).sort((a, b) => {
        const [parentA, subA] = key(a);
        const [parentB, subB] = key(b);
        const order = (x, y) => (x < y ? -1 : Number(x > y));
        return order(parentA, parentB) || order(subA, subB);
    });
}

function shownName(name) {
    const brace = name.indexOf('{');
    return brace < 0 ? { indent: '', text: name }
        : { indent: '  ', text: `{ ${name.slice(brace + 1, -1)} }` };
}

/* The value and what stands behind it. */
function simpleValues(metric, unit) {
    const { values } = metric;
    switch (metric.type) {
    case 'counter':
        return [humanizeValue(values.count, metric, unit), `${humanizeValue(values.rate, metric, unit)}/s`];
    case 'gauge':
        return [humanizeValue(values.value, metric, unit), `min=${humanizeValue(values.min, metric, unit)}`,
            `max=${humanizeValue(values.max, metric, unit)}`];
    case 'rate':
        return [humanizeValue(values.rate, metric, unit), `✓ ${values.passes}`, `✗ ${values.fails}`];
    default:
        return ['[no data]'];
    }
}

function trendValues(metric, stats, unit) {
    return stats.map((stat) => {
        const value = metric.values[stat];
        if (value === undefined) {
            return '';
        }
        return stat === 'count' ? String(value) : humanizeValue(value, metric, unit);
    });
}

const widths = (rows) => {
    const result = [];
    for (const row of rows) {
        row.forEach((text, i) => (result[i] = Math.max(result[i] ?? 0, width(text))));
    }
    return result;
};

function metricMark(metric, paint) {
    if (!metric.thresholds) {
        return ' ';
    }
    return Object.values(metric.thresholds).every((threshold) => threshold.ok)
        ? paint('✓', 'green') : paint('✗', 'red');
}

function metricLines(options, data, paint) {
    const { metrics } = data;
    const stats = options.summaryTrendStats;
    const rows = sortedNames(metrics).map((name) => {
        const metric = metrics[name];
        const isTrend = metric.type === 'trend';
        const unit = options.summaryTimeUnit;
        return { ...shownName(name), metric, isTrend,
            columns: isTrend ? trendValues(metric, stats, unit) : simpleValues(metric, unit) };
    });
    const nameWidth = Math.max(0, ...rows.map((row) => width(row.indent + row.text)));
    const trendWidths = widths(rows.filter((row) => row.isTrend).map((row) => row.columns));
    const simple = rows.filter((row) => !row.isTrend).map((row) => row.columns);
    const valueWidth = widths(simple.map((columns) => columns.slice(0, 1)))[0];
    const extraWidths = widths(simple.filter((columns) => columns.length > 2).map((columns) => columns.slice(1)));

    return rows.map(({ indent, text, metric, isTrend, columns }) => {
        const dots = '.'.repeat(nameWidth - width(indent + text) + 3);
        const label = indent + text + paint(`${dots}:`, 'faint');
        let values;
        if (isTrend) {
            values = columns.map((value, i) => `${stats[i]}=${pad(paint(value, 'cyan'), trendWidths[i])}`);
        } else {
            values = columns.map((value, i) => {
                const colours = i === 0 ? ['cyan'] : ['cyan', 'faint'];
                const columnWidth = i === 0 ? valueWidth : columns.length > 2 ? extraWidths[i - 1] : 0;
                return pad(paint(value, ...colours), columnWidth);
            });
        }
        return `${options.indent}  ${metricMark(metric, paint)} ${label} ${values.join(' ')}`;
    });
}

/* The text that k6 printed at the end of a test. Options: indent, enableColors, summaryTimeUnit,
 * summaryTrendStats; the latter two are those of the test unless said. */
export function textSummary(data, options = {}) {
    const all = { indent: ' ', enableColors: true, summaryTimeUnit: data.options?.summaryTimeUnit,
        summaryTrendStats: data.options?.summaryTrendStats, ...options };
    all.summaryTrendStats ??= ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'];
    const paint = painter(all.enableColors);
    return [...groupLines(`${all.indent}    `, data.root_group, paint), ...metricLines(all, data, paint)].join('\n');
}

const ENTITIES = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&apos;', '"': '&quot;' };
const escapeXml = (text) => String(text).replace(/[<>&'"]/g, (character) => ENTITIES[character]);

function failureText(metricName, threshold, metric) {
    const values = Object.entries(metric.values).map(([key, value]) => `${key} value: ${value}`);
    return `${metricName} ${threshold} failed: ${values.join(', ')}`;
}

/* A test case for each threshold. Options: name of the suite, classname of its cases. */
export function jUnit(data, options = {}) {
    const name = options.name ?? 'k6 thresholds';
    const className = options.classname ?? 'Unnamed folder';
    const cases = [];
    let failures = 0;
    for (const [metricName, metric] of Object.entries(data.metrics)) {
        for (const [threshold, { ok }] of Object.entries(metric.thresholds ?? {})) {
            const head = `<testcase name="${escapeXml(`${metricName} - ${threshold}`)}" ` +
                `classname="${escapeXml(className)}"`;
            if (ok) {
                cases.push(`${head} />`);
            } else {
                failures++;
                cases.push(`${head}><failure message="${escapeXml(failureText(metricName, threshold, metric))}" ` +
                    '/></testcase>');
            }
        }
    }
    return '<?xml version="1.0"?>\n' +
        `<testsuites tests="${cases.length}" failures="${failures}">\n` +
        `<testsuite name="${escapeXml(name)}" tests="${cases.length}" failures="${failures}">` +
        `${cases.map((text) => `\n${text}`).join('')}\n</testsuite>\n</testsuites>\n`;
}
