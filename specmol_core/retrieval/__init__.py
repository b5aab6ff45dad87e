"""Libraries of candidates and rankings of them: embedding, cache, prefilter and scoring."""
