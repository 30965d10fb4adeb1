"""The record: series, moments with standard errors, facts as they are shipped."""
