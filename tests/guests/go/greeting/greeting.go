// Package greeting is a package of the handler's own, with a file that is embedded.
package greeting

import _ "embed"

// Text is what is answered.
//
//go:embed greeting.txt
var Text string
