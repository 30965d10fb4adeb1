"""Models in the general form, with leads and lags: record, functions, outputs."""
