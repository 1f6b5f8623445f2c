/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/experimental/fs over open(…, 'b'): one copy of the content, a place in it for each File.
 */
export const SeekMode = Object.freeze({ Start: 0, Current: 1, End: 2 });

const fail = (name, message) => {
    const error = new Error(message);
    error.name = name;
    throw error;
};

export class File {
    #bytes;
    #at = 0;

    constructor(path, bytes) {
        this.path = path;
        this.#bytes = bytes;
    }

    async stat() {
        return { name: this.path.slice(this.path.lastIndexOf('/') + 1), size: this.#bytes.length };
    }

    /* How many bytes came into `target`; null at the end. */
    async read(target) {
        if (!(target instanceof Uint8Array)) {
            fail('TypeError', 'read() needs a Uint8Array to read into');
        }
        if (this.#at >= this.#bytes.length) {
            return null;
        }
        const part = this.#bytes.subarray(this.#at, this.#at + target.length);
        target.set(part);
        this.#at += part.length;
        return part.length;
    }

    async seek(offset, whence) {
        if (!Number.isInteger(offset)) {
            fail('InvalidResourceError', `seek() needs a whole number, not ${offset}`);
        }
        const base = [0, this.#at, this.#bytes.length][whence];
        if (base === undefined) {
            fail('InvalidResourceError', 'seek() needs SeekMode.Start, SeekMode.Current or SeekMode.End');
        }
        const at = base + offset;
        if (at < 0 || at > this.#bytes.length) {
            fail('InvalidResourceError', `seek() to ${at}, outside of the file's ${this.#bytes.length} bytes`);
        }
        this.#at = at;
        return at;
    }

    /* For k6/experimental/csv: all of it. */
    static bytes(file) {
        return file.#bytes;
    }
}

/* In the init stage only, as open() says. */
export async function open(path) {
    return new File(path, new Uint8Array(globalThis.open(path, 'b')));
}

export default { open, SeekMode };
