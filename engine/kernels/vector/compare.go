package vector

// Compare sets dst[i] = op(a[i], b[i]).
func Compare(op CompareOp, dst []bool, a, b []float32) {
	active().compare[op](dst, a[:len(dst)], b[:len(dst)])
}

// CompareScalar sets dst[i] = op(a[i], s).
func CompareScalar(op CompareOp, dst []bool, a []float32, s float32) {
	active().compareScalar[op](dst, a[:len(dst)], s)
}

// Select sets dst[i] = a[i] where mask[i], else b[i].
func Select(dst []float32, mask []bool, a, b []float32) {
	active().selection(dst, mask[:len(dst)], a[:len(dst)], b[:len(dst)])
}

// SelectScalar sets dst[i] = a[i] where mask[i], else s.
func SelectScalar(dst []float32, mask []bool, a []float32, s float32) {
	active().selectScalar(dst, mask[:len(dst)], a[:len(dst)], s)
}

// SelectScalarLeft sets dst[i] = s where mask[i], else b[i].
func SelectScalarLeft(dst []float32, mask []bool, s float32, b []float32) {
	active().selectScalarLeft(dst, mask[:len(dst)], b[:len(dst)], s)
}

// FromBool sets dst[i] to 1 where mask[i], else 0.
func FromBool(dst []float32, mask []bool) {
	Fill(dst, 1)
	SelectScalar(dst, mask, dst, 0)
}
