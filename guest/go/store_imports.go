package doverb

import "unsafe"

// What the server has besides the contract, as wit/deps has it.

//go:wasmimport wasi:keyvalue/store@0.2.0-draft2 open
func importStoreOpen(name unsafe.Pointer, nameLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/store@0.2.0-draft2 [method]bucket.get
func importBucketGet(bucket uint32, key unsafe.Pointer, keyLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/store@0.2.0-draft2 [method]bucket.set
func importBucketSet(bucket uint32, key unsafe.Pointer, keyLength uint32, value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/store@0.2.0-draft2 [method]bucket.delete
func importBucketDelete(bucket uint32, key unsafe.Pointer, keyLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/store@0.2.0-draft2 [method]bucket.exists
func importBucketExists(bucket uint32, key unsafe.Pointer, keyLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/store@0.2.0-draft2 [method]bucket.list-keys
func importBucketListKeys(bucket uint32, given uint32, cursor unsafe.Pointer, cursorLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/atomics@0.2.0-draft2 increment
func importIncrement(bucket uint32, key unsafe.Pointer, keyLength uint32, delta int64, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/atomics@0.2.0-draft2 [static]cas.new
func importCasNew(bucket uint32, key unsafe.Pointer, keyLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/atomics@0.2.0-draft2 [method]cas.current
func importCasCurrent(cas uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/atomics@0.2.0-draft2 swap
func importSwap(cas uint32, value unsafe.Pointer, valueLength uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/atomics@0.2.0-draft2 [resource-drop]cas
func importCasDrop(cas uint32)

//go:wasmimport wasi:keyvalue/batch@0.2.0-draft2 get-many
func importGetMany(bucket uint32, keys unsafe.Pointer, count uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/batch@0.2.0-draft2 set-many
func importSetMany(bucket uint32, pairs unsafe.Pointer, count uint32, area unsafe.Pointer)

//go:wasmimport wasi:keyvalue/batch@0.2.0-draft2 delete-many
func importDeleteMany(bucket uint32, keys unsafe.Pointer, count uint32, area unsafe.Pointer)

//go:wasmimport wasi:config/store@0.2.0-rc.1 get
func importConfigGet(name unsafe.Pointer, nameLength uint32, area unsafe.Pointer)
