package doverb

import "unsafe"

// shared is where doverb's own functions in the compiled module find memory; doverb knows it by its mark.
//
// Go takes all memory behind its own for itself, so nobody else may grow it: the adapter, which gives Go its WASI, gets
// the space here. And while the host hands a result over, nothing may be called that might call the host, as Go's
// allocator does. So texts are put into the target, if they fit, or into the scratch.
var shared = struct {
	used                                   uint64
	size                                   uint64
	mark                                   [16]byte
	target, targetEnd, scratch, scratchEnd uint32
	space                                  [3 << 16]byte
}{used: 48, size: 48 + 3<<16, mark: [16]byte{'d', 'o', 'v', 'e', 'r', 'b', 0, 'a', 'd', 'a', 'p', 't', 'e', 'r', 0xd0, 0xfe}}

// scratch has room for the longest text that the host gives: a header section is 256 KiB at most. What is not used
// takes no memory of the machine's.
var scratch [1 << 20]byte

// aim says where the next results go: into the buffer, if they fit.
func aim(buffer []byte) {
	shared.target = address(unsafe.Pointer(unsafe.SliceData(buffer)))
	shared.targetEnd = shared.target + uint32(len(buffer))
	shared.scratch = address(unsafe.Pointer(&scratch))
	shared.scratchEnd = shared.scratch + uint32(len(scratch))
}

func address(pointer unsafe.Pointer) uint32 {
	return uint32(uintptr(pointer))
}

// The host may call an override with a text before the handler has called anything.
func init() {
	if shared.mark[0] == 0 {
		panic("doverb: the linker has lost the mark")
	}
	aim(nil)
}
