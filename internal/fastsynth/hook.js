'use strict';
// Loaded by Node before the kernel of jsii. See the documentation of the package
// fastsynth, which writes its settings into the last line.
(function (settings) {
  const crypto = require('crypto');
  const fs = require('fs');
  const Module = require('module');
  const path = require('path');

  const packageDir = path.join('@cdktf', 'provider-aws');
  const description = path.sep + path.join(packageDir, '.jsii');
  const index = path.sep + path.join(packageDir, 'lib', 'index.js');
  const lazyIndex = 'lazy-index.js';
  const assets = path.sep + path.join('cdktf', 'lib', 'private', 'fs.js');
  const readFileSync = fs.readFileSync;
  const resolveFilename = Module._resolveFilename;
  const load = Module._load;

  // Without the first two changes there is none.
  function restore() {
    fs.readFileSync = readFileSync;
    Module._resolveFilename = resolveFilename;
    Module._load = load;
  }

  fs.readFileSync = function (file, ...options) {
    if (typeof file !== 'string' || !file.endsWith(description)) {
      return readFileSync.call(this, file, ...options);
    }
    try {
      return reduced(file);
    } catch (error) {
      restore();
      process.stderr.write(`synthesis is not made fast: ${error.message}\n`);
      return readFileSync.call(this, file, ...options);
    }
  };

  Module._resolveFilename = function (...request) {
    const found = resolveFilename.apply(this, request);
    return found.endsWith(index) ? path.join(path.dirname(found), lazyIndex) : found;
  };

  // CDKTF zips assets with a package that consists, all in all, of two hundred modules.
  // It is loaded when there is an asset.
  Module._load = function (name, parent, ...rest) {
    const zips = name === 'archiver' && parent && parent.filename.endsWith(assets);
    const loaded = () => load.call(this, name, parent, ...rest);
    return zips ? (...options) => loaded()(...options) : loaded();
  };

  // reduced is the part of the description that the imported submodules need, as the
  // bytes of a file.
  function reduced(file) {
    if (!fs.existsSync(path.join(path.dirname(file), 'lib', lazyIndex))) {
      throw new Error(`${packageDir} has no ${lazyIndex}`);
    }
    const { version, fingerprint } = identity(file);
    if (version !== settings.version) {
      throw new Error(`${packageDir} is ${version}, and ${settings.version} is what is known`);
    }
    const key = hash(JSON.stringify([fingerprint, settings.submodules]));
    const cached = path.join(settings.cache, `types-${key.slice(0, 32)}.json`);
    return stored(cached) || store(cached, reduce(file));
  }

  // identity is the version and jsii's own hash of the content, which end the file.
  function identity(file) {
    const length = 200;
    const size = fs.statSync(file).size;
    const end = Buffer.alloc(Math.min(length, size));
    const descriptor = fs.openSync(file, 'r');
    try {
      fs.readSync(descriptor, end, 0, end.length, size - end.length);
    } finally {
      fs.closeSync(descriptor);
    }
    const found = /"version": "([^"]+)",\s*"fingerprint": "([^"]+)"\s*}\s*$/.exec(end.toString('utf8'));
    if (!found) {
      throw new Error(`${packageDir} is described in another form`);
    }
    return { version: found[1], fingerprint: found[2] };
  }

  // reduce leaves out the types of all submodules that the program does not import.
  // The Go package of a submodule has its name in lower case.
  function reduce(file) {
    const assembly = JSON.parse(readFileSync(file, 'utf8'));
    const wanted = new Set(settings.submodules);
    const isWanted = ([name]) => wanted.has(name.split('.')[1].toLowerCase());
    assembly.types = Object.fromEntries(Object.entries(assembly.types).filter(isWanted));
    assembly.submodules = Object.fromEntries(Object.entries(assembly.submodules).filter(isWanted));
    for (const name of wanted) {
      if (!Object.keys(assembly.submodules).some((full) => full.split('.')[1].toLowerCase() === name)) {
        throw new Error(`${packageDir} has no submodule ${name}`);
      }
    }
    return Buffer.from(JSON.stringify(assembly));
  }

  // A cached file begins with the hash of the rest, and is made anew without it.
  const hashLength = 64;

  function stored(file) {
    let content;
    try {
      content = readFileSync(file);
    } catch {
      return undefined;
    }
    const rest = content.subarray(hashLength);
    return content.subarray(0, hashLength).toString() === hash(rest) ? rest : undefined;
  }

  function store(file, content) {
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      fs.writeFileSync(temporary, Buffer.concat([Buffer.from(hash(content)), content]), { mode: 0o600 });
      fs.renameSync(temporary, file);
    } catch {
      // What cannot be kept is made again next time.
      try {
        fs.unlinkSync(temporary);
      } catch {
        // It was never there.
      }
    }
    return content;
  }

  function hash(content) {
    return crypto.createHash('sha256').update(content).digest('hex');
  }
})(/* settings */);
