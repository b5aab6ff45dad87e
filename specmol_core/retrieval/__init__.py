"""From a library of candidates to a ranking: cache, index, prefilter and scoring."""
