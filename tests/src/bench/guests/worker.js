// Runs the two forms of a kernel, one after the other. Both get the same little WASI.
"use strict";

const LOADS = 10;
const INSTANCES = 10;
let modules = [];
let names = {};

/** The module's imports: arguments, and an output that is kept; all else is not there. */
function imports(module, args, run) {
    const memory = () => run.instance.exports.memory.buffer;
    const encoder = new TextEncoder();
    const argv = args.map(arg => encoder.encode(`${arg}\0`));
    const set = (at, value) => new DataView(memory()).setUint32(at, value, true);
    const sizes = (strings, count, bytes) => {
        set(count, strings.length);
        set(bytes, strings.reduce((sum, string) => sum + string.length, 0));
        return 0;
    };
    const known = {
        args_sizes_get: (count, bytes) => sizes(argv, count, bytes),
        environ_sizes_get: (count, bytes) => sizes([], count, bytes),
        environ_get: () => 0,
        args_get(pointers, bytes) {
            for (const arg of argv) {
                set(pointers, bytes);
                new Uint8Array(memory()).set(arg, bytes);
                pointers += 4;
                bytes += arg.length;
            }
            return 0;
        },
        fd_write(fd, vectors, count, written) {
            const view = new DataView(memory());
            let sum = 0;
            for (let at = vectors; at < vectors + 8 * count; at += 8) {
                const [start, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
                run.output += new TextDecoder().decode(new Uint8Array(memory(), start, length));
                sum += length;
            }
            set(written, sum);
            return 0;
        },
    };
    const given = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
        (given[from] ??= {})[name] = known[name] ?? (() => 52);
    }
    return given;
}

function instance(module, rounds) {
    const run = { output: "" };
    run.instance = new WebAssembly.Instance(module, imports(module, ["program", rounds], run));
    return run;
}

/** How long each of so many times took; some clocks tell whole milliseconds only. */
function each(times, make) {
    const began = performance.now();
    for (let number = 0; number < times; number++) make(number);
    return (performance.now() - began) / times;
}

/** The module with a custom section that no other has: engines keep what they have compiled once. */
function unlike(bytes, number) {
    const other = new Uint8Array(bytes.length + 5);
    other.set(bytes);
    other.set([0, 3, 1, 120, number], bytes.length);
    return other;
}

async function load(question) {
    const answer = { compile: [], instantiate: [] };
    modules = [];
    names = question;
    for (const form of [0, 1]) {
        const response = await fetch(`/${question.load}/${form}`);
        const bytes = new Uint8Array(await response.arrayBuffer());
        const copies = Array.from({ length: LOADS }, (_, number) => unlike(bytes, number));
        answer.compile.push(each(LOADS, number => new WebAssembly.Module(copies[number])));
        const module = new WebAssembly.Module(bytes);
        answer.instantiate.push(each(INSTANCES, () => instance(module, 1)));
        modules.push(module);
    }
    return answer;
}

function run(rounds) {
    const answer = { ms: [], output: [] };
    for (const module of modules) {
        const run = instance(module, rounds);
        const { exports } = run.instance;
        if (exports[names.fuel]) {
            exports[names.fuel].value = 1n << 60n;
            exports[names.cap].value = 16384;
        }
        answer.ms.push(each(1, () => exports._start()));
        answer.output.push(run.output);
    }
    return answer;
}

onmessage = async ({ data }) => postMessage(data.load ? await load(data) : run(data.rounds));
