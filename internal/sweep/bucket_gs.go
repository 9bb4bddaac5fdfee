//go:build gs

package sweep

import _ "gocloud.dev/blob/gcsblob" // gs://
