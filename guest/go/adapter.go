package doverb

// adapterMemory is where the adapter that gives Go its WASI keeps its state and its stack.
//
// Go takes all memory behind its own for itself, so the adapter must not grow the memory. doverb finds this place in
// the compiled module by its mark and adds a function that hands it out.
var adapterMemory = struct {
	used  uint64
	size  uint64
	mark  [16]byte
	space [3 << 16]byte
}{used: 32, size: 32 + 3<<16, mark: [16]byte{'d', 'o', 'v', 'e', 'r', 'b', 0, 'a', 'd', 'a', 'p', 't', 'e', 'r', 0xd0, 0xfe}}

// The linker leaves out what nothing looks at.
func init() {
	if adapterMemory.mark[0] == 0 {
		panic("doverb: there is no memory for the adapter")
	}
}
