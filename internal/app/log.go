package app

import (
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// LogFile is the path of the log of all runs.
func LogFile(options Options) string { return filepath.Join(runsFolder(options), "kontrast.log") }

// provideLog logs as JSON to kontrast.log in the folder of the runs, and
// warnings (with Verbose everything) as text to the console.
func provideLog(options Options) (*zap.Logger, func(), error) {
	folder := runsFolder(options)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, nil, fmt.Errorf("log: %w", err)
	}
	file, err := os.OpenFile(LogFile(options), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("log: %w", err)
	}
	level := zapcore.WarnLevel
	if options.Verbose {
		level = zapcore.DebugLevel
	}
	text := zap.NewDevelopmentEncoderConfig()
	text.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05")
	text.CallerKey, text.StacktraceKey = "", ""
	console := options.Console
	if console == nil {
		console = os.Stderr
	}
	lines := zap.NewProductionEncoderConfig()
	lines.EncodeTime = zapcore.ISO8601TimeEncoder
	log := zap.New(zapcore.NewTee(
		zapcore.NewCore(zapcore.NewJSONEncoder(lines), zapcore.Lock(file), zapcore.DebugLevel),
		zapcore.NewCore(zapcore.NewConsoleEncoder(text), zapcore.Lock(zapcore.AddSync(console)), level),
	))
	return log, func() {
		log.Sync() //nolint:errcheck // a console can't be synced everywhere, and the file is closed next
		file.Close()
	}, nil
}
