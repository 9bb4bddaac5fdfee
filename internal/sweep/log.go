package sweep

import "log/slog"

func silentLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
