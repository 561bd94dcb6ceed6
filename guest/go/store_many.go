package doverb

import (
	"runtime"
	"unsafe"
)

// pair is a key with its value as it stands in memory that the host reads.
type pair struct {
	key, value text
}

// found is one of many values as the host gives it.
type found struct {
	there uint32
	pair  pair
}

// GetMany is the values of keys, in their order, each nil if it is not there.
func (s *Store) GetMany(keys ...string) ([][]byte, error) {
	names := placesOf(keys)
	importGetMany(s.handle, pointerOf(names), uint32(len(names)), beginKept())
	runtime.KeepAlive(keys)
	runtime.KeepAlive(names)
	defer end()
	if err := kept.failure(s.name); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	given := unsafe.Slice((*found)(text{data: kept.words[1]}.pointer()), kept.words[2])
	for number := range min(len(values), len(given)) {
		if uint8(given[number].there) != 0 {
			values[number] = append([]byte{}, given[number].pair.value.borrow()...)
		}
	}
	return values, nil
}

// SetMany gives keys their values: all of them or, when that fails, none.
func (s *Store) SetMany(values map[string][]byte) error {
	pairs := make([]pair, 0, len(values))
	for key, value := range values {
		bytes := text{data: address(bytesPointer(value)), length: uint32(len(value))}
		pairs = append(pairs, pair{key: placeOf(key), value: bytes})
	}
	importSetMany(s.handle, pointerOf(pairs), uint32(len(pairs)), beginKept())
	runtime.KeepAlive(values)
	runtime.KeepAlive(pairs)
	defer end()
	return kept.failure(s.name)
}

// DeleteMany takes keys away, all that are there.
func (s *Store) DeleteMany(keys ...string) error {
	names := placesOf(keys)
	importDeleteMany(s.handle, pointerOf(names), uint32(len(names)), beginKept())
	runtime.KeepAlive(keys)
	runtime.KeepAlive(names)
	defer end()
	return kept.failure(s.name)
}

func placesOf(texts []string) []text {
	places := make([]text, len(texts))
	for number, one := range texts {
		places[number] = placeOf(one)
	}
	return places
}

func placeOf(one string) text {
	return text{data: address(pointer(one)), length: length(one)}
}

func pointerOf[T any](list []T) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(list))
}
