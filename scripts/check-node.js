'use strict';
// Fails if this Node is older than the first argument, and says so if it is past its end
// of life, older than the second. The third is the release to install.
const [found, oldest, supported] = [process.versions.node, ...process.argv.slice(2)].map((version) => version.split('.').map(Number));
const recommended = process.argv[4];

if (found[0] < oldest[0] || (found[0] === oldest[0] && found[1] < oldest[1])) {
  process.exit(1);
}
if (found[0] < supported[0]) {
  console.error(`Node ${found[0]} is past its end of life. It still works here; better install Node ${recommended}.`);
}
