package doverb

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"runtime"
	"strings"
	"unsafe"
)

// ErrChanging is what Update gives when others change the value all the time.
var ErrChanging = errors.New("the value is changed by others all the time")

// updates is how often Update tries.
const updates = 1000

// Store holds values by their keys, which outlive requests and the server. What a call has changed is kept when it returns.
type Store struct {
	name   string
	handle uint32
}

// OpenStore opens what was granted under a name: doverb serve . --keyvalue default=./data.redb. Where nothing was, the error is
// fs.ErrPermission, and the server's log names the flag.
func OpenStore(name string) (*Store, error) {
	importStoreOpen(pointer(name), length(name), beginKept())
	runtime.KeepAlive(name)
	defer end()
	if err := kept.failure(name); err != nil {
		return nil, err
	}
	return &Store{name: name, handle: kept.words[1]}, nil
}

// Get is the value of a key, or nil if it is not there; an empty value is not nil.
func (s *Store) Get(key string) ([]byte, error) {
	importBucketGet(s.handle, pointer(key), length(key), beginKept())
	runtime.KeepAlive(key)
	defer end()
	return kept.value(s.name)
}

// Set gives a key a value.
func (s *Store) Set(key string, value []byte) error {
	importBucketSet(s.handle, pointer(key), length(key), bytesPointer(value), uint32(len(value)), beginKept())
	runtime.KeepAlive(key)
	runtime.KeepAlive(value)
	defer end()
	return kept.failure(s.name)
}

// Delete takes a key away, if it is there.
func (s *Store) Delete(key string) error {
	importBucketDelete(s.handle, pointer(key), length(key), beginKept())
	runtime.KeepAlive(key)
	defer end()
	return kept.failure(s.name)
}

// Exists says whether a key is there.
func (s *Store) Exists(key string) (bool, error) {
	importBucketExists(s.handle, pointer(key), length(key), beginKept())
	runtime.KeepAlive(key)
	defer end()
	return uint8(kept.words[1]) != 0, kept.failure(s.name)
}

// Keys are all keys, in the order of their bytes. It ends with the first error.
func (s *Store) Keys() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		cursor, given := "", uint32(0)
		for {
			keys, next, more, err := s.page(given, cursor)
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range keys {
				if !yield(key, nil) {
					return
				}
			}
			if !more {
				return
			}
			cursor, given = next, 1
		}
	}
}

func (s *Store) page(given uint32, cursor string) (keys []string, next string, more bool, err error) {
	importBucketListKeys(s.handle, given, pointer(cursor), length(cursor), beginKept())
	runtime.KeepAlive(cursor)
	defer end()
	if err := kept.failure(s.name); err != nil {
		return nil, "", false, err
	}
	list := unsafe.Slice((*text)(text{data: kept.words[1]}.pointer()), kept.words[2])
	keys = make([]string, 0, len(list))
	for _, key := range list {
		keys = append(keys, key.take())
	}
	if uint8(kept.words[3]) != 0 {
		next, more = text{kept.words[4], kept.words[5]}.take(), true
	}
	return keys, next, more, nil
}

// Increment adds to a number, and returns the sum. Nobody comes between. A key that is not there counts as 0.
func (s *Store) Increment(key string, by int64) (int64, error) {
	importIncrement(s.handle, pointer(key), length(key), by, beginKept())
	runtime.KeepAlive(key)
	defer end()
	if uint8(kept.words[0]) != 0 {
		return 0, storeError(s.name, kept.words[2], text{kept.words[3], kept.words[4]})
	}
	return int64(uint64(kept.words[3])<<32 | uint64(kept.words[2])), nil
}

// CompareAndSwap gives a key a value if it has the one that is expected, nil for none. It says whether it did.
func (s *Store) CompareAndSwap(key string, expected, value []byte) (bool, error) {
	cas, err := s.look(key)
	if err != nil {
		return false, err
	}
	current, err := s.seen(cas)
	if err != nil || (current == nil) != (expected == nil) || string(current) != string(expected) {
		importCasDrop(cas)
		return false, err
	}
	again, err := s.swap(cas, value)
	if again != 0 {
		importCasDrop(again)
	}
	return err == nil && again == 0, err
}

// Update makes a key's value out of the one that it has, nil for none. When somebody else has changed it meanwhile, change is
// called again.
func (s *Store) Update(key string, change func(value []byte) []byte) ([]byte, error) {
	cas, err := s.look(key)
	for tries := 0; err == nil && tries < updates; tries++ {
		var current []byte
		if current, err = s.seen(cas); err != nil {
			break
		}
		value := change(current)
		if cas, err = s.swap(cas, value); err == nil && cas == 0 {
			return value, nil
		}
	}
	if cas != 0 {
		importCasDrop(cas)
	}
	if err == nil {
		err = ErrChanging
	}
	return nil, err
}

func (s *Store) look(key string) (uint32, error) {
	importCasNew(s.handle, pointer(key), length(key), beginKept())
	runtime.KeepAlive(key)
	defer end()
	if err := kept.failure(s.name); err != nil {
		return 0, err
	}
	return kept.words[1], nil
}

func (s *Store) seen(cas uint32) ([]byte, error) {
	importCasCurrent(cas, beginKept())
	defer end()
	return kept.value(s.name)
}

// swap takes the handle, and gives another one when the value is not the one that was seen.
func (s *Store) swap(cas uint32, value []byte) (uint32, error) {
	importSwap(cas, bytesPointer(value), uint32(len(value)), beginKept())
	runtime.KeepAlive(value)
	defer end()
	switch {
	case uint8(kept.words[0]) == 0:
		return 0, nil
	case uint8(kept.words[1]) == 0:
		return 0, storeError(s.name, kept.words[2], text{kept.words[3], kept.words[4]})
	default:
		return kept.words[2], nil
	}
}

// Config is a value or secret that the operator has configured the handler with, and whether there is one of this name.
func Config(name string) (string, bool) {
	importConfigGet(pointer(name), length(name), beginKept())
	runtime.KeepAlive(name)
	defer end()
	if uint8(kept.words[0]) != 0 || uint8(kept.words[1]) == 0 {
		return "", false
	}
	return text{kept.words[2], kept.words[3]}.take(), true
}

// kept is where the host writes what such a call gives.
var kept keptArea

type keptArea struct {
	words [6]uint32
	_     [0]uint64
}

func beginKept() unsafe.Pointer {
	begin()
	return unsafe.Pointer(&kept)
}

// failure is that of a result whose other side is no wider than a word.
func (k *keptArea) failure(name string) error {
	if uint8(k.words[0]) == 0 {
		return nil
	}
	return storeError(name, k.words[1], text{k.words[2], k.words[3]})
}

// value is that of a result with an option of bytes.
func (k *keptArea) value(name string) ([]byte, error) {
	if err := k.failure(name); err != nil {
		return nil, err
	}
	if uint8(k.words[1]) == 0 {
		return nil, nil
	}
	return append([]byte{}, text{k.words[2], k.words[3]}.borrow()...), nil
}

func storeError(name string, kind uint32, words text) error {
	switch uint8(kind) {
	case 0:
		return fmt.Errorf("there is no store %q: %w", name, fs.ErrNotExist)
	case 1:
		return fmt.Errorf("the handler was not granted the store %q: %w", name, fs.ErrPermission)
	default:
		return errors.New(strings.Clone(words.borrow()))
	}
}

func bytesPointer(bytes []byte) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(bytes))
}
