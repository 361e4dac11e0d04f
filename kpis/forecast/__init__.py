"""The forecast: read from the log, made by a worker, shown by rights. Pure part: kpis.calc."""
