package reduce

import "github.com/kontrast-ml/kontrast/engine/cpu"

//go:generate go run ./asm -out reduce_amd64.s -stubs stubs_amd64.go -pkg reduce

func assemblyTiers(portable *kernels) [3]*kernels {
	avx2, avx512 := *portable, *portable

	avx512.dot = dotAVX512
	avx512.row[Sum], avx512.row[Max], avx512.row[Min] = rowSumAVX512, rowMaxAVX512, rowMinAVX512
	avx512.rows[Sum], avx512.rows[Max], avx512.rows[Min] = rowsSumAVX512, rowsMaxAVX512, rowsMinAVX512
	avx512.columns[Sum], avx512.columns[Max], avx512.columns[Min] = columnsSumAVX512, columnsMaxAVX512, columnsMinAVX512

	avx2.dot = dotAVX2
	avx2.row[Sum], avx2.row[Max], avx2.row[Min] = rowSumAVX2, rowMaxAVX2, rowMinAVX2
	avx2.rows[Sum], avx2.rows[Max], avx2.rows[Min] = rowsSumAVX2, rowsMaxAVX2, rowsMinAVX2
	avx2.columns[Sum], avx2.columns[Max], avx2.columns[Min] = columnsSumAVX2, columnsMaxAVX2, columnsMinAVX2

	return [3]*kernels{cpu.Portable: portable, cpu.AVX2: &avx2, cpu.AVX512: &avx512}
}
