// Package fastsynth makes synthesis start in a fraction of the time and memory.
//
// [Start] is all there is to do. Node then loads hook.js first, which makes two changes to
// what the kernel of jsii does with the AWS provider's package: of its two thousand modules
// only those are loaded that are used, and of the description of its types, more than
// 100 MB, only the part is read that the imported submodules need. That part is kept in the
// user's cache folder.
//
// What is synthesised is the same to the byte. Whatever is not as expected leaves
// the kernel as it is, with one line on standard error.
//
// It also keeps jsii from printing banners about releases of Node, and from failing
// where its cache cannot be written.
//
// Nothing is made fast where `FLASK_API_FAST_SYNTHESIS` is "off" or `JSII_RUNTIME` names
// another kernel. It adds to the user's own `NODE_OPTIONS`.
package fastsynth
