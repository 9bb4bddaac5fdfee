//go:build s3

package sweep

import _ "gocloud.dev/blob/s3blob" // s3://
